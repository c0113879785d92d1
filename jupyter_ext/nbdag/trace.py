"""What a run has left: outputs of cells, files, and each variable as the last step has it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from nbdag_converters.analysis.names import import_names
from nbdag_converters.magics import to_python
from nbdag_converters.model import Pipeline, Step

from .runs.events import Run, StepRun
from .runs.history import RunFolder
from .verdict import Seen, Stop, Trace, outputs_seen

LEFT_OUT = (".nbdag", ".git", ".ipynb_checkpoints", "__pycache__")


def read_trace(
    pipeline: Pipeline,
    state: Run,
    left: RunFolder,
    folder: Path,
    owners: Mapping[str, tuple[str, ...]],
) -> Trace:
    """Return what a run with fingerprints left; *folder* is the notebook's after it.

    *owners* are the steps that have each variable at the end, see `Built`.
    """
    reports = {step.name: left.report(step.name) for step in pipeline}
    outputs: dict[int, list[Mapping[str, Any]]] = {}
    for step in pipeline:
        for line in left.outputs(step.name):
            outputs.setdefault(line["cell"], []).append(line["output"])
    return Trace(
        variables=last_values(pipeline, reports, owners),
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


def last_values(
    pipeline: Pipeline,
    reports: Mapping[str, Mapping[str, Any]],
    owners: Mapping[str, tuple[str, ...]],
) -> dict[str, Seen]:
    """Return each variable as the step leaves it that has it at the end of the notebook.

    Of the *owners* the first one that has it counts; where they aren't known, the last step in
    notebook order that changes it. A variable that no step changes (a parameter, or one from a
    slice) is as any step has it.
    """
    found: dict[str, Seen | None] = {}
    kept: dict[str, Seen] = {}
    for step in reversed(in_notebook_order(pipeline)):
        report = reports[step.name]
        changed = {*report.get("bound", ()), *report.get("changed", ()), *step.changes}
        for name, seen in _left_by(step, report).items():
            if name in changed or seen is None:
                found.setdefault(name, seen)
            if seen is not None:
                kept.setdefault(name, seen)
    known: dict[str, Seen | None] = {}
    left = {step.name: _left_by(step, reports[step.name]) for step in pipeline}
    for name, steps in owners.items():
        having = [left[step][name] for step in steps if name in left.get(step, ())]
        if having:
            known[name] = having[0]
    merged = {**kept, **found, **known}
    return {name: seen for name, seen in merged.items() if seen is not None}


def _left_by(step: Step, report: Mapping[str, Any]) -> dict[str, Seen | None]:
    """Return the variables that a step has at its end; None for those that it has deleted."""
    left: dict[str, Seen | None] = {}
    values = cast("Mapping[str, Mapping[str, Any]]", report.get("values", {}))
    for name, value in values.items():
        shown = f"{value.get('type')} {value.get('preview')}"
        left[name] = Seen(str(value.get("hash") or ""), shown)
    for name in (*report.get("deleted", ()), *(_unset_by(step) if report else ())):
        left.setdefault(name, None)
    return left


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
