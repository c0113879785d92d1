"""Draw a Pipeline: as SVG, for a terminal, as Mermaid, as DOT.

Pipeline in, text out. This package must not read files, start anything or know what runs a
Pipeline; `layout` and what it uses must not know what a Pipeline is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbdag_converters.public import publish

if TYPE_CHECKING:
    from .dot import dot
    from .mermaid import mermaid
    from .states import StepState, duration
    from .svg import svg
    from .text import text

__all__ = ["StepState", "dot", "duration", "mermaid", "svg", "text"]

publish(
    __name__,
    {
        "dot": ("dot",),
        "mermaid": ("mermaid",),
        "states": ("StepState", "duration"),
        "svg": ("svg",),
        "text": ("text",),
    },
)
