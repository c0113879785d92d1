"""`nbdag stop`: ends a run that another process drives."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import folder_option, run_argument
from .terminal import say


@click.command()
@run_argument
@click.option("--now", is_flag=True, help="Kill its steps, do not ask them to end.")
@folder_option
def stop(run: str, now: bool, folder: Path) -> None:
    """End a run, as Ctrl-C does where it was started."""
    from nbdag import reach
    from nbdag.runs.history import find_run

    found = find_run(run, folder)
    reach.send(found, "stop", now=now)
    say(f"stopping {found.id}; what succeeded is kept: nbdag retry {found.id}")
