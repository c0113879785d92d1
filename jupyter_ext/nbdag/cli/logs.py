"""`nbdag logs`: what the steps of a run printed."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import complete_run
from .terminal import bold, say


@click.command()
@click.argument("run", metavar="RUN", shell_complete=complete_run)
@click.argument("step", metavar="[STEP]", required=False)
@click.option(
    "-C",
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="The folder of the notebook; this one unless said.",
)
def logs(run: str, step: str | None, folder: Path) -> None:
    """Print what the steps of a run printed, or one of them.

    RUN is a run's id, the beginning of it or of its last part, or `last`.
    """
    from nbdag.runs.history import find_run

    found = find_run(run, folder)
    names = [each.name for each in found.pipeline()]
    if step is None:
        for name in names:
            log = found.log(name)
            if log:
                say(bold(f"── {name} "))
                say(log.removesuffix("\n"))
        return
    if step not in names:
        msg = f"run {found.id} has no step '{step}'; its steps are: {', '.join(names)}."
        raise click.BadParameter(msg, param_hint="'STEP'")
    log = found.log(step)
    if log:
        say(log.removesuffix("\n"))
