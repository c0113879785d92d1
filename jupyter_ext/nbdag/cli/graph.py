"""`nbdag graph`: the DAG, as text or in a format for elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import notebook_argument, output_option
from .terminal import say

if TYPE_CHECKING:
    from nbdag_converters.model import Pipeline

FORMATS = ("text", "mermaid", "svg", "dot", "json")


@click.command()
@notebook_argument
@click.option(
    "--format", "-f", "form", type=click.Choice(FORMATS), help="What to print; text unless said."
)
@output_option
def graph(notebook: Path, form: str | None, output: Path | None) -> None:
    """Draw the DAG of a notebook.

    With --output, the format is that of the file's ending unless said.
    """
    from nbdag_converters.build import build

    pipeline = build(notebook).pipeline
    drawing = _drawn(pipeline, form or _format_of(output), to_terminal=output is None)
    if output is None:
        say(drawing.removesuffix("\n"))
    else:
        from .files import write_text

        write_text(output, drawing)


def _format_of(output: Path | None) -> str:
    if output is None:
        return "text"
    endings = {".mmd": "mermaid", ".md": "mermaid", ".gv": "dot"}
    ending = endings.get(output.suffix, output.suffix.removeprefix("."))
    return ending if ending in FORMATS else "text"


def _drawn(pipeline: Pipeline, form: str, *, to_terminal: bool) -> str:
    from nbdag_converters import drawing

    if form == "svg":
        return drawing.svg(pipeline)
    if form == "mermaid":
        return drawing.mermaid(pipeline)
    if form == "dot":
        return drawing.dot(pipeline)
    if form == "json":
        from nbdag_converters.model import pipeline_to_json

        return pipeline_to_json(pipeline)
    width = shutil.get_terminal_size().columns if to_terminal else 80
    return drawing.text(pipeline, width=width)
