"""`nbdag open`: a run in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import folder_option, run_argument
from .terminal import say


@click.command()
@run_argument
@folder_option
@click.option(
    "--argo",
    envvar="NBDAG_ARGO_URL",
    metavar="URL",
    help="The address of Argo's portal, for a run on a cluster.  [env: NBDAG_ARGO_URL]",
)
@click.option("--print", "only_print", is_flag=True, help="Print the address, open nothing.")
def open(run: str, folder: Path, argo: str | None, *, only_print: bool) -> None:  # noqa: A001
    """Open a run in the browser.

    RUN is a run's id, the beginning of it or of its last part, or `last`. It is the page that
    `nbdag report` writes, made anew beside the run's history; of a run on a cluster, with --argo,
    that of Argo's portal.
    """
    from nbdag import reach
    from nbdag.runs.history import find_run

    found = find_run(run, folder)
    if argo and reach.is_remote(found):
        address = reach.portal(found, argo)
    else:
        from nbdag.report import write_report

        reach.refresh(found)
        path = found.path / "report.html"
        write_report(found, path)
        address = path.absolute().as_uri()
    if only_print or click.launch(address) != 0:
        say(address)
