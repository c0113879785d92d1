"""`nbdag tags`: the tag language."""

from __future__ import annotations

import shutil

import click

from .terminal import say


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def tags(as_json: bool) -> None:
    """Print the tags that cells can have, and what they mean."""
    from nbdag_converters.tags import tags_json, tags_text

    width = min(shutil.get_terminal_size().columns, 100)
    say((tags_json() if as_json else tags_text(width=width)).removesuffix("\n"))
