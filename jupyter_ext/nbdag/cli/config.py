"""`nbdag config`: the settings of a notebook's pipeline, in its metadata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import notebook_argument
from .terminal import bold, faint, say

if TYPE_CHECKING:
    from nbdag_converters.notebook import Notebook


@click.command()
@notebook_argument
@click.argument("assignments", nargs=-1, metavar="[KEY=VALUE]...")
def config(notebook: Path, assignments: tuple[str, ...]) -> None:
    """Show the settings of a notebook's pipeline, or set some in its metadata.

    KEY= with nothing after it takes a setting away.
    """
    from nbdag_converters.editing import with_settings
    from nbdag_converters.errors import NotebookError
    from nbdag_converters.notebook import read_notebook

    source = read_notebook(notebook)
    if not assignments:
        _show(source)
        return
    try:
        text = with_settings(source, assignments)
    except NotebookError as problem:
        raise click.BadParameter(str(problem), param_hint="'KEY=VALUE'") from None
    from .files import write_text

    write_text(notebook, text)


def _show(source: Notebook) -> None:
    """Print those that are set, then those that could be."""
    from nbdag_converters.settings import shown_settings

    rows = shown_settings(source.metadata)
    width = max(len(name) for name, _, _ in rows)
    for name, value, about in rows:
        if value:
            say(f"{bold(name.ljust(width))}  {value}  {faint(about)}")
    for name, value, about in rows:
        if not value:
            say(faint(f"{name.ljust(width)}  {about}"))
