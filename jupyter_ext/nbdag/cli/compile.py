"""`nbdag compile`: the text for a target."""

from __future__ import annotations

from pathlib import Path

import click

from .arguments import notebook_argument, output_option
from .terminal import say


@click.command()
@notebook_argument
@click.option("--to", "target", required=True, metavar="TARGET", help="The target: local.")
@output_option
def compile(notebook: Path, target: str, output: Path | None) -> None:  # noqa: A001
    """Compile a notebook to the manifest of a target."""
    from nbdag_converters.build import build
    from nbdag_converters.compilers.base import find_compiler, targets

    if target not in targets():
        msg = f"'{target}' is not one of: {', '.join(targets())}."
        raise click.BadParameter(msg, param_hint="'--to'")
    manifest = find_compiler(target).compile(build(notebook).pipeline)
    if output is None:
        say(manifest.text.removesuffix("\n"))
    else:
        from .files import write_text

        write_text(output, manifest.text)
