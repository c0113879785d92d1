"""`nbdag runs`: what was run, and what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import NotebookPath, context_option, json_option
from .terminal import rich_console, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbdag.runs.events import Run
    from nbdag.runs.history import RunFolder

_WIDE = 110


@click.command()
@click.argument("notebook", type=NotebookPath(), metavar="[NOTEBOOK]", required=False)
@click.option(
    "--remote",
    is_flag=True,
    help="Ask Argo first: for runs that schedules, triggers and others have started, and for news.",
)
@click.option("-n", "--namespace", default="", metavar="NAME", help="remote: the namespace.")
@context_option
@json_option
def runs(
    notebook: Path | None, *, remote: bool, namespace: str, context: str, as_json: bool
) -> None:
    """List the runs of a notebook, or of all in this folder, the newest first.

    A folder may be given in place of a notebook.
    """
    if remote:
        _ask(notebook or Path(), namespace, context)
    elif namespace or context:
        msg = "--namespace and --context are for --remote."
        raise click.UsageError(msg)
    found = runs_at(notebook or Path())
    if as_json:
        for each in found:
            say(json.dumps(_facts(each), ensure_ascii=False))
    elif found:
        _show(found)
    else:
        say(f"no runs of {notebook if notebook else 'notebooks in this folder'} yet")


def _ask(place: Path, namespace: str, context: str) -> None:
    """Take runs on a cluster into the history, and what has become of those that are there."""
    from nbdag import reach
    from nbdag.cluster.connection import Place
    from nbdag.cluster.discovery import discover
    from nbdag.runs.base import RunError

    folder, name = (place, "") if place.is_dir() else (place.parent, place.name)
    discover(Place(namespace, context), folder, name)
    for each in runs_at(place):
        try:
            reach.refresh(each)
        except RunError as problem:  # noqa: PERF203 - each is on a cluster of its own
            say(f"{each.id}: {problem}", err=True)


def runs_at(place: Path) -> tuple[RunFolder, ...]:
    """Return the runs of a notebook, or of all in a folder, the newest first."""
    from nbdag.runs.history import list_runs
    from nbdag_converters.notebook import read_text

    if place.is_dir():
        return list_runs(place)
    read_text(place)  # says what is wrong with the path
    return list_runs(place.parent, notebook=place.name)


def _facts(run: RunFolder) -> dict[str, object]:
    state = run.state()
    return {
        "id": run.id,
        "notebook": state.notebook,
        "phase": state.phase.value,
        "started": state.started,
        "seconds": state.seconds,
        "steps": {name: step.phase.value for name, step in state.steps.items()},
        "parameters": state.parameters,
        "metrics": state.metrics,
        "message": state.message,
        "folder": str(run.path),
    }


def _show(found: tuple[RunFolder, ...]) -> None:
    from rich.text import Text

    from nbdag_converters.drawing import StepState

    from .progress import finished
    from .tables import COLOURS, table, time

    console = rich_console()
    # What is in the run's name, or in the icon, makes room for what is not.
    wide = console.width >= _WIDE
    made = table()
    widths = {"run": max(len(each.id) for each in found), "state": 11, "duration": 8, "steps": 5}
    widths |= {"started": 11} if wide else {"state": 5}
    for name in ("run", "state", *(["started"] if wide else []), "duration", "steps"):
        made.add_column(name, no_wrap=True, min_width=widths.get(name))
    for name in ("parameters", "metrics"):
        made.add_column(name, no_wrap=True, overflow="ellipsis", max_width=40)
    for each in found:
        run = each.state()
        state = StepState(run.phase.value)
        made.add_row(
            Text(each.id),
            Text(f"{state.icon} {state.look}" if wide else state.icon, COLOURS[state.look]),
            *([_started(run.started)] if wide else []),
            time(run.seconds),
            f"{finished(run)}/{len(run.steps)}",
            Text(_values(_changed(each, run))),
            Text(_values(run.metrics)),
        )
    console.print(made)


def _started(moment: float | None) -> str:
    from datetime import datetime

    if moment is None:
        return ""
    return datetime.fromtimestamp(moment).astimezone().strftime("%m-%d %H:%M")


def _changed(folder: RunFolder, run: Run) -> dict[str, object]:
    """Return the parameters that had another value than their default."""
    from nbdag.runs.base import RunError

    try:
        defaults = {found.name: found.default for found in folder.pipeline().parameters}
    except (RunError, ValueError):
        return dict(run.parameters)
    return {
        name: value
        for name, value in run.parameters.items()
        if name not in defaults or defaults[name] != value
    }


def _values(values: Mapping[str, object]) -> str:
    from .tables import shown_value

    return ", ".join(f"{name}={shown_value(value)}" for name, value in values.items())
