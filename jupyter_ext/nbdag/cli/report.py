"""`nbdag report`: one HTML page on a run."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import folder_option, output_option, run_argument
from .terminal import say


@click.command()
@run_argument
@folder_option
@output_option
def report(run: str, folder: Path, output: Path | None) -> None:
    """Write one HTML page on a run: DAG, timeline, metrics, the executed notebook.

    RUN is a run's id, the beginning of it or of its last part, or `last`. The page needs no
    network. It is named after the run and written here unless --output says otherwise.
    """
    from nbdag.report import write_report
    from nbdag.runs.history import find_run

    found = find_run(run, folder)
    path = output or Path(f"{found.id}.html")
    write_report(found, path)
    say(f"wrote {path}")
