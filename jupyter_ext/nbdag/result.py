"""What a notebook's user has of a run: `Run`, and of each of its steps a `StepResult`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbdag_converters import drawing, model
from nbdag_converters.diagnostics import Diagnostic

from . import reach
from .runs import history, local
from .runs.base import RunError, RunHandle
from .runs.events import IterationRun, Phase, StepRun
from .runs.events import Run as RunState
from .runs.executed import write_executed


class Run:
    """A run of a pipeline, going on or over. In a notebook it draws how far it is."""

    def __init__(self, folder: history.RunFolder, *, handle: RunHandle | None = None) -> None:
        self._folder = folder
        self._handle = handle
        self._model: model.Pipeline = handle.pipeline if handle else folder.pipeline()

    @property
    def id(self) -> str:
        """The run's id."""
        return self._folder.id

    @property
    def folder(self) -> Path:
        """Where its values, logs and events are."""
        return self._folder.path

    @property
    def state(self) -> RunState:
        """All that is known of it now."""
        return self._handle.state if self._handle else self._folder.state()

    @property
    def phase(self) -> Phase:
        """Where it is: `Running`, `Succeeded`, `Failed`, …."""
        return self.state.phase

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics until now, by name."""
        return self.state.metrics

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What the guard found wrong, if anything."""
        return self.state.diagnostics

    def wait(self, timeout: float | None = None) -> Run:
        """Wait until it is over, or *timeout* seconds, and return this run."""
        self._attach()
        if self._handle:
            self._handle.wait(timeout)
        return self

    def _attach(self) -> None:
        """Follow a run on a cluster that nobody in this process follows."""
        if self._handle is None and reach.is_unsettled(self._folder):
            self._handle = reach.attach(self._folder)

    def stop(self) -> None:
        """Ask it to end, whichever process drives it; `wait` returns when it has.

        Raises
        ------
        RunError
            If another process drives it, and can't be reached.
        """
        if self._handle:
            self._handle.stop()
        elif not self.phase.done:
            reach.send(self._folder, "stop")

    def suspend(self) -> None:
        """Start no more steps until `resume`; those that run go on to their end.

        Raises
        ------
        RunError
            If it is over, or can't be reached.
        """
        reach.send(self._folder, "suspend")

    def resume(self, step: str | None = None, *, approve: bool = True) -> None:
        """Go on after `suspend`, or answer the gate of *step*, or of all steps that wait.

        Raises
        ------
        RunError
            If it is over, has no such step, or can't be reached.
        """
        reach.send(self._folder, "resume" if approve else "deny", step)

    def retry(self) -> Run:
        """Start a new run that goes on from what succeeded in this one, and return it.

        Raises
        ------
        RunError
            If this one isn't over, did well, or its plan isn't what it was.
        """
        remote = reach.is_remote(self._folder)
        started = reach.retry(self._folder) if remote else local.retry(self._folder)
        return Run(started.folder, handle=started)

    def save(self, path: str | Path) -> Path:
        """Write the executed notebook to *path*, and return it."""
        reach.fetch_outputs(self._folder)
        write_executed(self._folder, Path(path))
        return Path(path)

    def report(self, path: str | Path) -> Path:
        """Write one HTML page on the run to *path*, and return it."""
        from .report import write_report

        write_report(self._folder, Path(path))
        return Path(path)

    def __getitem__(self, step: str) -> StepResult:
        names = [each.name for each in self._model.steps]
        if step not in names:
            msg = f"There is no step '{step}'; the steps are: {', '.join(names)}."
            raise KeyError(msg)
        return StepResult(self, self._folder, self._model.step(step))

    def __iter__(self) -> Iterator[StepResult]:
        return (self[step.name] for step in self._model.steps)

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.phase.value}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        steps = self.state.steps
        return drawings(self._model, {name: _drawn(step) for name, step in steps.items()})

    def _ipython_display_(self) -> None:
        if not self.phase.done:
            with suppress(RunError):  # what is known of it can be drawn all the same
                self._attach()
        show(self._model, self._repr_mimebundle_, self._folder)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step did in a run."""

    run: Run
    _folder: history.RunFolder
    model: model.Step

    @property
    def state(self) -> StepRun:
        """All that is known of it now."""
        return self.run.state.steps.get(self.model.name, StepRun(self.model.name))

    @property
    def phase(self) -> Phase:
        """Where it is."""
        return self.state.phase

    @property
    def duration(self) -> float | None:
        """How many seconds it took; `None` before its end."""
        return self.state.seconds

    @property
    def message(self) -> str:
        """Why it failed or was skipped, "" otherwise."""
        return self.state.message

    @property
    def iterations(self) -> tuple[IterationRun, ...]:
        """The iterations of its loop that were started, in order, if it fans out."""
        return tuple(one for _, one in sorted(self.state.iterations.items()))

    @property
    def outputs(self) -> tuple[Mapping[str, Any], ...]:
        """What its cells displayed, as nbformat's outputs, in order."""
        return tuple(line["output"] for line in self._folder.outputs(self.model.name))

    def logs(self) -> str:
        """Return what its process printed."""
        return self._folder.log(self.model.name)

    def value(self, name: str) -> Any:
        """Return the value that the variable *name* had at the end of the step.

        It is loaded into this process, so this process needs the packages that it is made of.

        Raises
        ------
        RunError
            If the step didn't save it.
        """
        from .runs.values import read_value

        reach.fetch_values(self._folder, [self.model.name, *(v.step for v in self.model.inputs)])
        return read_value(self._folder, self.model, name)

    def restore(self, namespace: dict[str, Any]) -> tuple[str, ...]:
        """Put into *namespace* what the first cell of the step found, and return the names.

        `run["train"].restore(globals())` in a console, and its cells can be tried line by line.
        The states of random generators and of libraries are set in this process.

        Raises
        ------
        RunError
            If something of it isn't saved, or can't be loaded here.
        """
        from .runs.inputs import restore_inputs, steps_before

        reach.fetch_values(self._folder, list(steps_before(self.model)))
        return restore_inputs(self._folder, self.model, namespace)

    def __repr__(self) -> str:
        return f"<StepResult {self.model.name}: {self.phase.value}>"


def show(
    pipeline: model.Pipeline,
    pictures: Callable[[], Mapping[str, str]],
    folder: history.RunFolder | None = None,
) -> None:
    """Display it live where somebody looks on; else IPython takes the pictures alone.

    Raises
    ------
    NotImplementedError
        If nobody does: so IPython is told.
    """
    from .widget.shown import is_watched, show

    if not is_watched():
        raise NotImplementedError
    show(pipeline, pictures, folder)


def _drawn(step: StepRun) -> drawing.StepState:
    seconds = step.seconds
    if step.phase is Phase.RUNNING and step.started is not None:
        seconds = max(time.time() - step.started, 0.0)
    detail = step.message.partition("\n")[0]
    phase = "cached" if step.cached else step.phase.value
    return drawing.StepState(phase, seconds, detail)


def drawings(pipeline: model.Pipeline, states: Mapping[str, drawing.StepState]) -> dict[str, str]:
    """Return the pictures of a pipeline by MIME type, for IPython."""
    return {
        "image/svg+xml": drawing.svg(pipeline, states),
        "text/vnd.mermaid": drawing.mermaid(pipeline, states),
        "text/plain": drawing.text(pipeline, states),
    }
