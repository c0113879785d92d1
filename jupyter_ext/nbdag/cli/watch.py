"""`nbdag watch`: the live display of a run that another process drives."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import executed_option, folder_option, json_option, run_argument
from .terminal import rich_console


@click.command()
@run_argument
@folder_option
@executed_option
@json_option
@click.pass_context
def watch(ctx: click.Context, run: str, folder: Path, output: Path | None, as_json: bool) -> None:
    """Show a run as `nbdag run` does, whichever process drives it; Ctrl-C leaves it alone."""
    from nbdag import reach
    from nbdag.runs.history import find_run

    from .display import display
    from .execute import write_output
    from .follow import events
    from .summary import show_summary

    found = find_run(run, folder)
    pipeline = found.pipeline()
    with display(pipeline, as_json=as_json) as shown:
        if reach.is_unsettled(found):
            reach.attach(found, shown.show).wait()
        else:
            for event in events(found):
                shown.show(event)
    state = found.state()
    problem = write_output(found, output)
    if not as_json:
        show_summary(rich_console(), pipeline, state, found, None if problem else output)
    if problem:
        raise problem
    ctx.exit(0 if state.phase.value == "Succeeded" else 1)
