"""The stages in order: notebook → draft → statements → versions and edges → Pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .analysis import SourceCell, analyse
from .assemble import Parts, assemble
from .collector import paused
from .conditions import branching, candidates, in_order, opened
from .dataflow import flow, statements_of
from .diagnostics import Diagnostic
from .errors import NotebookError
from .fanout import loops_of
from .magics import to_python
from .model import Pipeline
from .notebook import Notebook, read_notebook
from .placement import SETUP_STEP, place, steps_in_order
from .report import Reporter
from .steadiness import varying
from .steps import Draft, draft


@dataclass(frozen=True, slots=True)
class Built:
    """A Pipeline, the notebook that it is of, and what there is to say about it (no errors).

    `owners` are, by variable, the steps that have it at the end of the notebook; the first one that
    has bound it counts. There is none for what is made again wherever it is wanted.
    """

    pipeline: Pipeline
    notebook: Notebook
    diagnostics: tuple[Diagnostic, ...]
    owners: Mapping[str, tuple[str, ...]]


@paused()
def build(source: str | Path | Mapping[str, Any] | Notebook) -> Built:
    """Return the Pipeline of a notebook.

    Raises
    ------
    NotebookError
        If it can't become one; its diagnostics name the cells. CycleError is one.
    """
    notebook = source if isinstance(source, Notebook) else read_notebook(source)
    drafted = draft(notebook)
    diagnostics = list(drafted.diagnostics)
    cells = _source_cells(drafted, diagnostics)
    _refuse(diagnostics)
    ifs = candidates(drafted, cells)
    program = analyse(opened(cells, ifs))
    choices = branching(drafted, program, ifs)
    placed = place(drafted, program)
    names = steps_in_order(drafted, placed, choices.names)
    items = in_order(placed, choices.choices)
    found = flow(items, names, program)
    report = Reporter(notebook, statements_of(items), drafted, cells)
    diagnostics += [*report.problems(found.problems), *report.flags()]
    diagnostics += report.changed_by_skipped()
    diagnostics += [*report.inside(program, ifs), *report.unseeded(found)]
    _refuse(diagnostics)
    loops, told = loops_of(drafted, placed, found)
    diagnostics += told
    varies = varying(items, found)
    parts = Parts(drafted, program, placed, names, choices, found, loops, varies)
    pipeline = assemble(parts, diagnostics)
    diagnostics += report.uncached(pipeline, varies)
    return Built(pipeline, notebook, tuple(diagnostics), found.owners)


def _refuse(diagnostics: Sequence[Diagnostic]) -> None:
    if any(d.severity == "error" for d in diagnostics):
        raise NotebookError(tuple(diagnostics))


def _source_cells(drafted: Draft, diagnostics: list[Diagnostic]) -> list[SourceCell]:
    cells: list[SourceCell] = []
    fanning = {step.name for step in drafted.steps if step.config.fan_out is not None}
    for item in drafted.cells:
        if item.role == "skip":
            continue
        cell = item.cell
        python = to_python(cell.source, cell=cell.number)
        fanned = (item.step or SETUP_STEP) in fanning
        diagnostics += [d for d in python.diagnostics if d not in diagnostics]
        cells.append(SourceCell(cell.number, cell.source, python.text, python.tree, fanned=fanned))
    return cells
