"""`nbdag retry`: goes on from what succeeded in a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import folder_option, json_option, run_argument

if TYPE_CHECKING:
    from nbdag.runs.base import OnEvent, RunHandle
    from nbdag.runs.plan import Ask


@click.command()
@run_argument
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="How many steps run at once."
)
@click.option("--isolate", is_flag=True, help="Start a fresh interpreter for each step.")
@folder_option
@json_option
@click.pass_context
def retry(
    ctx: click.Context, *, run: str, jobs: int | None, isolate: bool, folder: Path, as_json: bool
) -> None:
    """Start a new run that goes on from what succeeded in an earlier one.

    It does what that run was to do: the notebook as it was then, with the same parameters.
    """
    from nbdag import reach
    from nbdag.runs import local
    from nbdag.runs.history import find_run
    from nbdag.settings import RunSettings

    from .execute import execute

    found = find_run(run, folder)
    settings = RunSettings(isolate=isolate)

    def start(show: OnEvent, ask: Ask | None) -> RunHandle:
        if reach.is_remote(found):
            return reach.retry(found, show)
        return local.retry(found, jobs=jobs, settings=settings, on_event=show, ask=ask)

    if reach.is_remote(found):
        reach.refresh(found)
    ctx.exit(execute(found.pipeline(), start, output=None, as_json=as_json))
