"""What each top-level statement of a notebook reads, binds, changes, shares and uses.

Static analysis on `ast`, one pass in notebook order, with summaries of the notebook's own
functions. It is not sound, as nothing is for Python: it leans to the safe side where that costs
only an edge, and the run-time guard catches the rest. This package must not know steps: that is
`dataflow`'s part.
"""

from __future__ import annotations

from .facts import Alias, FileUse, RandomUse, Statement
from .opened import OpenIf
from .program import Program, SourceCell, analyse

__all__ = [
    "Alias",
    "FileUse",
    "OpenIf",
    "Program",
    "RandomUse",
    "SourceCell",
    "Statement",
    "analyse",
]
