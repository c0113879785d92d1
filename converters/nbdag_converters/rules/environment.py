"""Packages, files and machines: NB500-NB599."""

from __future__ import annotations

from .rule import Rule

INSTALL = Rule(
    "NB501",
    "warning",
    "The notebook installs packages",
    "the cell installs {packages}.",
    "Install it beforehand and remove the line; `nbdag config NB packages=...` notes it.",
    """Steps run at the same time, and each on its own machine. What one of them installs, another
one may not see. The packages become requirements of the pipeline's image.""",
)
