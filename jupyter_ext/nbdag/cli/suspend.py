"""`nbdag suspend`: has a run start no more steps."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import folder_option, run_argument
from .terminal import say


@click.command()
@run_argument
@folder_option
def suspend(run: str, folder: Path) -> None:
    """Start no more steps of a run; those that run go on to their end.

    `nbdag resume RUN` goes on.
    """
    from nbdag import reach
    from nbdag.runs.history import find_run

    found = find_run(run, folder)
    reach.send(found, "suspend")
    say(f"suspending {found.id}; go on with: nbdag resume {found.id}")
