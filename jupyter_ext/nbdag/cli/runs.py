"""`nbdag runs`: what was run, and what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import NotebookPath, json_option
from .terminal import rich_console, say

if TYPE_CHECKING:
    from nbdag.runs.history import RunFolder


@click.command()
@click.argument("notebook", type=NotebookPath(), metavar="[NOTEBOOK]", required=False)
@json_option
def runs(notebook: Path | None, as_json: bool) -> None:
    """List the runs of a notebook, or of all in this folder, the newest first.

    A folder may be given in place of a notebook.
    """
    from nbdag.runs.history import list_runs
    from nbdag_converters.notebook import read_text

    place = notebook or Path()
    if place.is_dir():
        found = list_runs(place)
    else:
        read_text(place)  # says what is wrong with the path
        found = list_runs(place.parent, notebook=place.name)
    if as_json:
        for each in found:
            say(json.dumps(_facts(each), ensure_ascii=False))
    elif found:
        _show(found)
    else:
        say(f"no runs of {place if notebook else 'notebooks in this folder'} yet")


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

    from .live import COLOURS
    from .progress import finished
    from .tables import shown_value, table, time

    made = table()
    widths = {"run": max(len(each.id) for each in found), "state": 11, "duration": 8, "steps": 5}
    for name in ("run", "state", "duration", "steps"):
        made.add_column(name, no_wrap=True, min_width=widths.get(name))
    made.add_column("metrics", no_wrap=True, overflow="ellipsis")
    for each in found:
        run = each.state()
        state = StepState(run.phase.value)
        made.add_row(
            Text(each.id),
            Text(f"{state.icon} {state.look}", COLOURS[state.look]),
            time(run.seconds),
            f"{finished(run)}/{len(run.steps)}",
            Text(", ".join(f"{name}={shown_value(v)}" for name, v in run.metrics.items())),
        )
    rich_console().print(made)
