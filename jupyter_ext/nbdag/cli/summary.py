"""What `nbdag run` says at the end: steps, metrics, what failed and why, where things are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from nbdag.runs.events import Phase, Run, StepRun
from nbdag.runs.history import RunFolder
from nbdag_converters.drawing import duration
from nbdag_converters.model import Pipeline
from nbdag_converters.model.graph import reachable, successors

from .progress import place_of
from .tables import metrics_table, steps_table
from .terminal import bold, counted, drawn, faint, printable, say

_LOG_LINES = 10
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def show_summary(
    console: Console, pipeline: Pipeline, run: Run, folder: RunFolder, executed: Path | None
) -> None:
    """Print all that is to be said after a run; *executed* is the executed notebook, if any."""
    say()
    console.print(steps_table(pipeline, run))
    say()
    if run.metrics:
        console.print(metrics_table(run.metrics))
        say()
    for step in run.failures:
        say("\n".join(_failure(step, pipeline, run, folder)))
        say()
    messages = {step.message for step in run.failures}
    for diagnostic in run.diagnostics:
        if diagnostic.message not in messages:
            say(drawn(diagnostic) + "\n")
    say(_verdict(run))
    for event in folder.events():
        if event.kind == "notified" and event.data.get("problem"):
            told = f"{event.data['kind']} was not told: {event.data['problem']}"
            say(click.style(f"  {printable(told)}", fg="yellow"))
    if executed is not None:
        say(f"  executed notebook  {executed}")
    say(f"  history            {shown_path(folder.path)}")
    if run.failures:
        say(f"  what is left       nbdag retry {run.id}")


def _verdict(run: Run) -> str:
    time = "" if run.seconds is None else f" in {duration(run.seconds)}"
    if run.phase is Phase.SUCCEEDED:
        done = click.style("✓ succeeded", fg="green", bold=True)
        warning = (
            "\n" + click.style(f"  {printable(run.message)}", fg="yellow") if run.message else ""
        )
        return f"{done}: {counted(len(run.steps), 'step')}{time}{warning}"
    reasons = [f"'{step.name}' failed" for step in run.failures] or [run.message or "no reason"]
    failed = click.style(f"✕ {run.phase.value.lower()}", fg="red", bold=True)
    return f"{failed}{time}: {', '.join(reasons)}"


def _failure(step: StepRun, pipeline: Pipeline, run: Run, folder: RunFolder) -> Iterator[str]:
    """Yield the lines on one step that failed."""
    place = place_of(step)
    where = f" in {bold(place)}" if place else ""
    yield f"{click.style('✕ ' + step.name, fg='red', bold=True)} failed{where}"
    finding = next((found for found in run.diagnostics if found.message == step.message), None)
    if finding is not None:
        yield drawn(finding)
    else:
        yield from _what_happened(step, pipeline)
    log = log_tail(folder.log(step.name), count=_LOG_LINES)
    if log and step.problem != "guard":
        yield faint("  the last lines of its log:")
        yield from (f"  {faint('│')} {line}" for line in log)
        yield faint(f"  all of it: nbdag logs {run.id} {step.name}")
    skipped = _not_run(step, pipeline, run)
    if skipped:
        yield f"  not run because of it: {', '.join(skipped)}"


def _what_happened(step: StepRun, pipeline: Pipeline) -> Iterator[str]:
    """Yield the line of the notebook and the error."""
    source = _source_line(step, pipeline)
    if source:
        yield f"    {printable(source)}"
    for line in printable(step.message).strip().splitlines():
        yield "  " + click.style(line, fg="red")


def _source_line(step: StepRun, pipeline: Pipeline) -> str:
    """Return the line of the notebook at which the step failed."""
    for cell in pipeline.step(step.name).cells:
        lines = cell.source.split("\n")
        if cell.number == step.cell and step.line and step.line <= len(lines):
            return lines[step.line - 1].strip()
    return ""


def log_tail(log: str, *, count: int) -> list[str]:
    """Return the last lines of a log without colours and without blank lines at its end."""
    lines = _ESCAPES.sub("", log).rstrip().split("\n")[-count:]
    # Of a line that was drawn over and over, as a progress bar is, the last state is what was seen.
    return [printable(line.rstrip("\r").rpartition("\r")[2]).rstrip() for line in lines if log]


def _not_run(step: StepRun, pipeline: Pipeline, run: Run) -> list[str]:
    names = [each.name for each in pipeline]
    following = successors(names, [(edge.source, edge.target) for edge in pipeline.edges])
    after = reachable([step.name], following) - {step.name}
    return [
        name
        for name in names
        if name in after and name in run.steps and run.steps[name].phase is Phase.SKIPPED
    ]


def shown_path(path: Path) -> str:
    """Return a path relative to the working folder where it lies below that."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
