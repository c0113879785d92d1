"""What is seen while a run goes on: JSON lines, plain lines, or the DAG live."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from nbdag.runs.base import OnEvent
from nbdag.runs.events import Phase, Run, RunEvent, apply
from nbdag_converters.model import Pipeline

from .progress import state_of
from .terminal import coloured, counted, rich_console, say


@contextmanager
def display(pipeline: Pipeline, *, as_json: bool) -> Generator[OnEvent]:
    """Yield what is to be called with each event of a run of *pipeline*, in any one thread."""
    if as_json:
        yield _show_line
    elif sys.stdout.isatty() and coloured(sys.stdout):
        from .live import LiveDag

        with LiveDag(pipeline, rich_console()).running() as show:
            yield show
    else:
        yield PlainLines(pipeline).show


def _show_line(event: RunEvent) -> None:
    print(event.to_line(), flush=True)


class PlainLines:
    """Prints a line when a step's phase changes, without control codes: for CI and pipes."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._run = Run()
        self._width = max((len(step.name) for step in pipeline), default=0)

    def show(self, event: RunEvent) -> None:
        """Print a line if the event changes a phase."""
        before, self._run = self._run, apply(self._run, event)
        if event.kind == "run-started":
            count = counted(len(self._run.steps), "step")
            say(f"run {self._run.id}: {self._run.notebook}, {count}")
            return
        old, new = before.steps.get(event.step), self._run.steps.get(event.step)
        if new is None or (old is not None and old.phase is new.phase):
            return
        state = state_of(new, event.time)
        words = "running" if new.phase is Phase.RUNNING else state.label
        more = f": {state.detail}" if state.detail else ""
        say(f"  {state.icon} {new.name:{self._width}}  {words}{more}")
