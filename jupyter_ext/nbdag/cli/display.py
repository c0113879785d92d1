"""What is seen while a run goes on: JSON lines, plain lines, or the DAG live."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from nbdag.runs.base import OnEvent
from nbdag.runs.events import Phase, Run, RunEvent, StepRun, apply
from nbdag.runs.plan import Ask
from nbdag_converters.model import Pipeline

from .progress import attempts, iterations, state_of
from .terminal import coloured, counted, rich_console, say


@dataclass(frozen=True, slots=True)
class Shown:
    """What takes the events of a run, and what asks at a gate where someone can answer."""

    show: OnEvent
    ask: Ask | None = None


@contextmanager
def display(pipeline: Pipeline, *, as_json: bool) -> Generator[Shown]:
    """Yield what is to be called with each event of a run of *pipeline*, in any one thread."""
    if as_json:
        yield Shown(_show_line)
    elif sys.stdout.isatty() and coloured(sys.stdout):
        from .gates import asker
        from .live import LiveDag

        live = LiveDag(pipeline, rich_console())
        with live.running() as show:
            yield Shown(show, asker(live) if sys.stdin.isatty() else None)
    else:
        yield Shown(PlainLines(pipeline).show)


def _show_line(event: RunEvent) -> None:
    print(event.to_line(), flush=True)


class PlainLines:
    """Prints a line when a step's phase changes, without control codes: for CI and pipes."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._run = Run()
        self._width = max((len(step.name) for step in pipeline), default=0)

    def show(self, event: RunEvent) -> None:
        """Print a line if the event changes a phase, or what is told of it."""
        before, self._run = self._run, apply(self._run, event)
        if event.kind == "run-started":
            count = counted(len(self._run.steps), "step")
            say(f"run {self._run.id}: {self._run.notebook}, {count}")
        elif event.kind in _OF_RUN:
            say(f"run {self._run.id}: {_OF_RUN[event.kind]}")
        new = self._run.steps.get(event.step)
        if new is not None and self._says(before.steps.get(event.step), new):
            self._line(new, event)

    def _says(self, old: StepRun | None, new: StepRun) -> bool:
        if old is None or old.phase is not new.phase or old.retry_at != new.retry_at:
            return True
        if new.phase is Phase.PENDING and old.message != new.message:
            return True
        done = new.progress
        return done is not None and done != old.progress and done[0] > 0

    def _line(self, step: StepRun, event: RunEvent) -> None:
        state = state_of(step, event.time)
        words = "running" if step.phase is Phase.RUNNING else state.label
        told = [words, iterations(step), attempts(step, self._pipeline, event.time), state.detail]
        say(f"  {state.icon} {step.name:{self._width}}  {': '.join(filter(None, told))}")
        if step.phase is Phase.SUSPENDED:
            say(f"    answer with: nbdag resume {self._run.id} {step.name} [--no]")


_OF_RUN = {
    "run-suspended": "suspended, starts no more steps",
    "run-resumed": "goes on",
    "run-retrying": "tries again what failed",
}
