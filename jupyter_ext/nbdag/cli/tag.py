"""`nbdag tag`: writes step tags into a notebook that has none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .arguments import notebook_argument, output_option
from .terminal import counted, faint, note, say

if TYPE_CHECKING:
    from nbdag_converters.notebook import Notebook


@click.command()
@notebook_argument
@click.option(
    "--by",
    type=click.Choice(["heading", "cell"]),
    default="heading",
    show_default=True,
    help="A step for each heading, or for each code cell.",
)
@output_option
@click.option("--in-place", is_flag=True, help="Write the tags into the notebook itself.")
def tag(
    notebook: Path, by: Literal["heading", "cell"], output: Path | None, in_place: bool
) -> None:
    """Propose steps for a notebook without tags.

    Without --output or --in-place, the proposal is only shown.
    """
    from nbdag_converters.editing import with_tags
    from nbdag_converters.notebook import read_notebook
    from nbdag_converters.proposal import propose

    if output and in_place:
        msg = "give --output or --in-place, not both."
        raise click.UsageError(msg)
    source = read_notebook(notebook)
    tags = propose(source, by)
    target = notebook if in_place else output
    if target is None:
        _show(source, tags)
        note("Nothing is written yet: add --in-place, or --output FILE.")
        return
    from .files import write_text

    write_text(target, with_tags(source, tags))
    count = sum(any(text.startswith("step:") for text in texts) for texts in tags)
    say(f"{target}: tagged {counted(count, 'step')}")


def _show(source: Notebook, tags: tuple[tuple[str, ...], ...]) -> None:
    """Print each cell that gets a tag, with its first line."""
    for cell, texts in zip(source.cells, tags, strict=True):
        new = [text for text in texts if text not in cell.tags]
        if new:
            first = cell.source.strip().partition("\n")[0]
            say(f"cell {cell.number}: {', '.join(new)}  {faint(first[:60])}")
