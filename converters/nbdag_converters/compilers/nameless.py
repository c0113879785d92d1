"""What steps lack that name no image: they get one with Python alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Pipeline
from nbdag_converters.rules import Place, targets

from .plan import Plan

_CELL = re.compile(r"\s*(%%\w+)[ \t]*(.*)")
_LINE = re.compile(r"\s*(?:[\w.,\[\]'\" ]+?\s*=\s*)?(%\w+)")
LINES = frozenset(["%cd", "%env", "%set_env", "%time", "%matplotlib", "%config", "%autosave"])
CELLS = frozenset(["%%script", "%%writefile"])
ALONE = frozenset(["%%bash", "%%sh", "%%time", "%%capture"])
"""The magics of `runtime/magics.py`: of a line, of a cell, and of a cell without options."""


def find_lacks(pipeline: Pipeline, plans: Sequence[Plan], image: str) -> Iterator[Diagnostic]:
    """Yield what *image*, which steps get that name none, doesn't have and the notebook needs."""
    nameless = [plan for plan in plans if plan.config.image is None]
    if nameless and pipeline.requirements:
        yield targets.NO_IMAGE.at(image=image, packages=", ".join(pipeline.requirements))
    for plan in nameless:
        for cell in plan.step.cells:
            for line, magic in _unknown(cell.source):
                place = Place(cell=cell.number, line=line)
                yield targets.NO_IPYTHON.at(place, magic=magic, step=plan.step.name, image=image)


def _unknown(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each magic of a cell that the runtime doesn't do itself."""
    if "%" not in source or _is_python(source):
        return
    cell = _CELL.match(source)
    if cell:
        if cell[1] not in CELLS and (cell[1] not in ALONE or cell[2].strip()):
            yield 1, cell[1]
        return
    for number, line in enumerate(source.split("\n"), 1):
        found = _LINE.match(line)
        if found and found[1] not in LINES:
            yield number, found[1]


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True
