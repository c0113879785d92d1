"""Models: which of the values that a step leaves were fitted, so that the portal lists them."""

from __future__ import annotations

import re

from nbdag_converters.model import Step

_CALLED = re.compile(r"\b(\w+)\.fit\w*\(")
_MADE = re.compile(r"^\s*(\w+)\s*=(?=[^=].*\.fit\()", re.MULTILINE)


def fitted(step: Step) -> tuple[str, ...]:
    """Return the outputs of *step* that its cells fit: `NAME.fit(…)`, or `NAME = ….fit(…)`.

    It decides nothing but how the portal shows the artifact with the step's values.
    """
    code = "\n".join(cell.source for cell in step.cells)
    found = {*_CALLED.findall(code), *_MADE.findall(code)}
    return tuple(name for name in step.outputs if name in found)
