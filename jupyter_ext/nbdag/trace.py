"""What a run has left: outputs of cells, files, and each variable as the last step has it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from nbdag_converters.analysis import SourceCell, analyse
from nbdag_converters.analysis.names import import_names
from nbdag_converters.magics import to_python
from nbdag_converters.model import Pipeline, Step
from nbdag_converters.notebook import Cell, Notebook

from .runs.events import Run, StepRun
from .runs.history import RunFolder
from .verdict import Seen, Stop, Trace, outputs_seen

LEFT_OUT = (".nbdag", ".git", ".ipynb_checkpoints", "__pycache__")

Touched: TypeAlias = Mapping[str, Mapping[int, object]]
"""By name, the cells that bind, delete or change it."""


def read_trace(
    notebook: Notebook, pipeline: Pipeline, state: Run, left: RunFolder, folder: Path
) -> Trace:
    """Return what a run with fingerprints left; *folder* is the notebook's after it."""
    reports = {step.name: left.report(step.name) for step in pipeline}
    outputs: dict[int, list[Mapping[str, Any]]] = {}
    for step in pipeline:
        for line in left.outputs(step.name):
            outputs.setdefault(line["cell"], []).append(line["output"])
    return Trace(
        variables=last_values(pipeline, reports, touched(notebook)),
        files={
            path.relative_to(folder).as_posix(): _file_seen(path)
            for path in files_below(folder)
            if path.name != pipeline.notebook
        },
        outputs={cell: outputs_seen(shown) for cell, shown in outputs.items()},
        stop=_first_stop(state, outputs),
    )


def _first_stop(state: Run, outputs: Mapping[int, list[Mapping[str, Any]]]) -> Stop | None:
    """Return the error of the first cell, in notebook order, that has one."""
    stops = [_stop_of(step, outputs) for step in state.failures]
    if not stops and state.phase.bad:
        return Stop(0, state.message or state.phase.value)
    return min(stops, default=None)


def _stop_of(step: StepRun, outputs: Mapping[int, list[Mapping[str, Any]]]) -> Stop:
    cell = step.cell or 0
    for output in reversed(outputs.get(cell, [])):
        if output.get("output_type") == "error":
            return Stop(cell, str(output.get("ename")))
    return Stop(cell, step.message.partition(":")[0] or step.problem)


def code_cells(notebook: Notebook) -> Iterator[Cell]:
    """Yield the cells that the notebook's code is made of."""
    for cell in notebook.cells:
        if cell.kind == "code" and cell.source.strip() and "skip" not in cell.tags:
            yield cell


def touched(notebook: Notebook) -> Touched:
    """Return which cells bind, delete or change each name, as far as their code tells."""
    cells: list[SourceCell] = []
    for cell in code_cells(notebook):
        python = to_python(cell.source)
        cells.append(SourceCell(cell.number, cell.source, python.text, python.tree))
    found: dict[str, dict[int, object]] = {}
    for statement in analyse(cells).statements:
        own = (*statement.binds, *statement.may_bind, *statement.deletes, *statement.changes)
        for name in own:
            found.setdefault(name, {})[statement.cell] = None
    return found


def last_values(
    pipeline: Pipeline, reports: Mapping[str, Mapping[str, Any]], places: Touched
) -> dict[str, Seen]:
    """Return each variable as the step leaves it that is the last one to change it.

    A step with cells apart from one another may have changed it before another one did. A variable
    that no step changes (a parameter, or one from a slice) is as any step has it.
    """
    found: dict[str, tuple[int, Seen | None]] = {}
    kept: dict[str, Seen] = {}
    for step in in_notebook_order(pipeline):
        report = reports[step.name]
        values = cast("Mapping[str, Mapping[str, Any]]", report.get("values", {}))
        changed = {*report.get("bound", ()), *report.get("changed", ()), *step.changes}
        left: dict[str, Seen | None] = {}
        for name, value in values.items():
            seen = Seen(str(value.get("hash") or ""), f"{value.get('type')} {value.get('preview')}")
            kept[name] = seen
            if name in changed:
                left[name] = seen
        for name in (*report.get("deleted", ()), *(_unset_by(step) if report else ())):
            left.setdefault(name, None)
        for name, seen_or_none in left.items():
            cell = last_cell(step, name, places)
            if name not in found or cell >= found[name][0]:
                found[name] = (cell, seen_or_none)
    merged = {**kept, **{name: seen for name, (_, seen) in found.items()}}
    return {name: seen for name, seen in merged.items() if seen is not None}


def last_cell(step: Step, name: str, places: Touched) -> int:
    """Return the number of the last cell of *step* that changes *name*; the last of all if none."""
    own = [cell.number for cell in step.cells]
    return max((number for number in own if number in places.get(name, ())), default=own[-1])


def in_notebook_order(pipeline: Pipeline) -> list[Step]:
    """Return the steps that have cells, by their last one; the others only decide."""
    return sorted((s for s in pipeline if s.cells), key=lambda step: step.cells[-1].number)


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below *folder*, in order, without those that are no result."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not any(part in LEFT_OUT for part in parts) and path.is_file() and not path.is_symlink():
            yield path


def _unset_by(step: Step) -> Iterator[str]:
    """Yield the names that the step may set and then lack: deleted ones, and modules."""
    for cell in step.cells:
        for node in ast.walk(to_python(cell.source).tree):
            match node:
                case ast.Name(id=name, ctx=ast.Del()) | ast.ExceptHandler(name=str(name)):
                    yield name
                case ast.Import() | ast.ImportFrom():
                    yield from import_names(node)
                case _:
                    pass


def _file_seen(path: Path) -> Seen:
    data = path.read_bytes()
    return Seen(hashlib.sha256(data).hexdigest(), f"{len(data)} bytes")
