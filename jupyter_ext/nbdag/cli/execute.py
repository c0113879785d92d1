"""What `run` and `retry` have in common: a run with its display, its gates and its summary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from nbdag.runs.base import OnEvent, RunHandle
from nbdag.runs.history import RunFolder
from nbdag.runs.plan import Ask
from nbdag_converters.errors import PipelineError
from nbdag_converters.model import Pipeline

from .display import display
from .summary import show_summary
from .terminal import rich_console

Start: TypeAlias = Callable[[OnEvent, Ask | None], RunHandle]


def execute(pipeline: Pipeline, start: Start, *, output: Path | None, as_json: bool) -> int:
    """Start a run, show it until its end, and return the exit code.

    Raises
    ------
    PipelineError
        If the run can't be started, or *output*, the executed notebook, can't be written.
    """
    with display(pipeline, as_json=as_json) as shown:
        handle = start(shown.show, shown.ask)
        state = handle.wait()
    problem = write_output(handle.folder, output)
    if not as_json:
        executed = None if problem else output
        show_summary(rich_console(), pipeline, state, handle.folder, executed)
    if problem:
        raise problem
    return 0 if state.phase.value == "Succeeded" else 1


def write_output(run: RunFolder, output: Path | None) -> PipelineError | None:
    """Write the executed notebook where it was asked for; return why it could not be written."""
    if output is None:
        return None
    from nbdag import reach
    from nbdag.runs.executed import write_executed

    try:
        reach.fetch_outputs(run)
        write_executed(run, output)
    except PipelineError as problem:
        return problem
    return None
