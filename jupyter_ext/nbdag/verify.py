"""Verify: runs a notebook as one step and as its DAG, and compares what both leave.

Both runs happen in a fresh copy of the notebook's folder, one after the other at the same path, so
that the user's files stay as they are and absolute paths are equal. The notebook as one step is the
reference: its cells in order in one process, as in Jupyter.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbdag_converters.build import build
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.errors import NotebookError
from nbdag_converters.model import Pipeline, Step, StepCell, Value
from nbdag_converters.notebook import Cell, Notebook
from nbdag_converters.rules import Place
from nbdag_converters.rules.guard import MISSED
from nbdag_converters.rules.travel import STAYS

from .runs import local
from .runs.base import RunError
from .runs.events import Phase, Run
from .settings import RunSettings
from .trace import (
    LEFT_OUT,
    files_below,
    in_notebook_order,
    read_trace,
)
from .verdict import Row, Trace, Verdict, compare, without_unsteady

if TYPE_CHECKING:
    from .runs.zygote import Zygote

LARGEST_FOLDER = 500_000_000
TRAVEL = ("save", "load")
"""Failures of a step whose value can't be handed on: the run says so in place of a result."""


def verify(
    notebook: str | Path,
    *,
    parameters: Mapping[str, Value] | None = None,
    jobs: int | None = None,
    zygote: Zygote | None = None,
) -> Verdict:
    """Return whether the notebook's DAG gives what the notebook gives.

    What differs is looked at again in a second run of the notebook itself: what differs there too
    (a clock, an unseeded draw) is not comparable.

    Parameters
    ----------
    jobs
        How many steps run at once.
    zygote
        A warm interpreter to fork from; else each run starts its own.

    Raises
    ------
    ParameterError
        If a parameter is unknown or has another type.
    RunError
        If nothing can be run: an unknown kernel, a folder that is too large to be copied.
    """
    path = Path(notebook)
    try:
        built = build(path)
    except NotebookError as error:
        return Verdict(path.name, diagnostics=_errors(error.diagnostics))
    source, pipeline = built.notebook, built.pipeline
    reference = as_one_step(source, pipeline, parameters or {})
    with _Bench.made(path, jobs=jobs, zygote=zygote) as bench:
        expected = bench.run(reference)
        found = bench.run(pipeline, parameters, built.owners)
        refusals = expected.refusals or found.refusals
        if refusals:
            return Verdict(path.name, diagnostics=refusals)
        rows = compare_runs(source, pipeline, expected.trace, found.trace)
        if any(row.match.wrong for row in rows):
            again = bench.run(reference)
            rows = without_unsteady(rows, compare(expected.trace, again.trace))
    return Verdict(path.name, rows=rows)


def compare_runs(
    notebook: Notebook, pipeline: Pipeline, expected: Trace, found: Trace
) -> tuple[Row, ...]:
    """Return a row of each thing that the notebook left, or the run of its *pipeline*."""
    unset = _not_needed(notebook, pipeline, expected)
    old = unset.intersection(name for step in pipeline for name in step.changes)
    now = {name: seen for name, seen in found.variables.items() if name not in old}
    return compare(expected, replace(found, variables=now, unset=unset))


def run_as_one_step(
    notebook: str | Path,
    *,
    parameters: Mapping[str, Value] | None = None,
    zygote: Zygote | None = None,
) -> Trace:
    """Return what the notebook leaves when all its cells run in order in one process.

    Raises
    ------
    NotebookError
        If it can't be built.
    RunError
        If it can't be run, or nbdag itself stops it with an error.
    """
    path = Path(notebook)
    built = build(path)
    reference = as_one_step(built.notebook, built.pipeline, parameters or {})
    with _Bench.made(path, jobs=1, zygote=zygote) as bench:
        outcome = bench.run(reference)
    if outcome.refusals:
        raise RunError("\n".join(str(diagnostic) for diagnostic in outcome.refusals))
    return outcome.trace


def as_one_step(
    notebook: Notebook, pipeline: Pipeline, parameters: Mapping[str, Value]
) -> Pipeline:
    """Return the notebook as a pipeline of one step, which is the notebook run top to bottom.

    Cells tagged `skip` are no part of it. Values given for parameters are set after the last cell
    that sets one, as papermill does.
    """
    given_after = max((p.cell for p in pipeline.parameters if p.name in parameters), default=0)
    cells: list[StepCell] = []
    for cell in _code_cells(notebook):
        cells.append(StepCell(cell.number, cell.id, cell.source))
        if cell.number == given_after:
            lines = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
            cells.append(StepCell(cell.number, f"{cell.id}-given", lines))
    step = Step(name="notebook", title=notebook.name, cells=tuple(cells))
    return Pipeline(
        name=pipeline.name,
        notebook=pipeline.notebook,
        kernel=pipeline.kernel,
        steps=(step,),
        files=pipeline.files,
        requirements=pipeline.requirements,
        config=pipeline.config,
    )


def _code_cells(notebook: Notebook) -> Iterator[Cell]:
    for cell in notebook.cells:
        if cell.kind == "code" and cell.source.strip() and "skip" not in cell.tags:
            yield cell


def _errors(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    return tuple(diagnostic for diagnostic in diagnostics if diagnostic.severity == "error")


def _not_needed(notebook: Notebook, pipeline: Pipeline, expected: Trace) -> frozenset[str]:
    """Return the variables that code outside the steps sets, and that no step changes afterwards.

    Such a constant, import or parameter is nobody's: a step that uses it makes it again, and others
    don't have it.
    """
    inside = {cell.number for step in pipeline for cell in step.cells}
    changed = {
        name: step.cells[-1].number for step in in_notebook_order(pipeline) for name in step.changes
    }
    outside = {
        cell.number: cell.source for cell in _code_cells(notebook) if cell.number not in inside
    }
    words = {word: number for number, source in outside.items() for word in _WORD.findall(source)}
    starred = max((n for n, source in outside.items() if _STAR.search(source)), default=-1)
    return frozenset(
        name
        for name in expected.variables
        if max(words.get(name, -1), starred) > changed.get(name, 0)
    )


_WORD = re.compile(r"\w+")
_STAR = re.compile(r"import\s*\*")


# Running --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A run's Trace, or the clear errors that it ended with."""

    trace: Trace
    refusals: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where a notebook is run again and again, each time in a fresh copy of its folder."""

    source: Path
    folder: Path
    jobs: int | None
    settings: RunSettings

    @classmethod
    @contextmanager
    def made(cls, path: Path, *, jobs: int | None, zygote: Zygote | None) -> Generator[_Bench]:
        size = sum(file.stat().st_size for file in files_below(path.parent))
        if size > LARGEST_FOLDER:
            msg = (
                f"{path.parent} holds {size / 1e6:,.0f} MB, too much to copy for a comparison; "
                f"put {path.name} and the files that it reads into a folder of their own"
            )
            raise RunError(msg)
        settings = RunSettings(fingerprint=True, zygote=zygote, cache=False)
        with tempfile.TemporaryDirectory(prefix="nbdag-verify-") as folder:
            yield cls(path.absolute(), Path(folder).resolve() / "work", jobs, settings)

    def run(
        self,
        pipeline: Pipeline,
        parameters: Mapping[str, Value] | None = None,
        owners: Mapping[str, tuple[str, ...]] | None = None,
    ) -> _Outcome:
        """Run *pipeline* in a fresh copy, and return what it left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        ignore = shutil.ignore_patterns(*LEFT_OUT)
        shutil.copytree(self.source.parent, self.folder, symlinks=True, ignore=ignore)
        run = local.start(
            replace(pipeline, config=replace(pipeline.config, notify=())),
            notebook=self.folder / self.source.name,
            parameters=parameters,
            jobs=self.jobs,
            settings=self.settings,
        )
        state = run.wait()
        refusals = _refusals(state)
        if not refusals:
            _raise_broken(state)
        if refusals:
            return _Outcome(Trace(), refusals)
        return _Outcome(read_trace(pipeline, state, run.folder, self.folder, owners or {}))


def _refusals(state: Run) -> tuple[Diagnostic, ...]:
    """Return the clear errors in place of a result; the notebook's own error is none."""
    stays = (
        STAYS.at(Place(cell=step.cell, line=step.line), message=_sentence(step.message))
        for step in state.failures
        if step.problem in TRAVEL
    )
    # A step that was stopped at once has left no report to be judged.
    stopped = (
        Diagnostic(MISSED.code, "error", step.message, cell=step.cell, line=step.line)
        for step in state.failures
        if step.problem == "guard" and step.phase is Phase.FAILED and step.cell
    )
    told = _errors(state.diagnostics)
    return (*(told or stopped), *stays)


def _raise_broken(state: Run) -> None:
    """Raise what nbdag itself could not do: two runs that break are not two equal runs."""
    for step in state.failures:
        if step.phase is Phase.ERROR or step.problem == "order":
            place = f" in cell {step.cell}" if step.cell else ""
            msg = f"step '{step.name}' could not be run{place}: {step.message}"
            raise RunError(msg)
    if state.phase is Phase.ERROR:
        raise RunError(state.message)


def _sentence(message: str) -> str:
    """Return the first sentence: what to do is the rule's to say."""
    return message.partition(". Make or open")[0].rstrip(".") + "."
