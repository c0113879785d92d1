"""The command line as a page of documentation, made from what click knows."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from .app import COMMANDS, app

INTRODUCTION = """Every command takes `--help`. Colours are left out where the output is no
terminal, and where `NO_COLOR` is set.

| exit code | meaning |
|---|---|
| 0 | well |
| 1 | the notebook or the run failed |
| 2 | wrong usage |
| 130 | interrupted |

Before a command: `--version` prints nbdag's version, and `--debug` shows the traceback of an error
that nobody expected."""


def cli_markdown() -> str:
    """Return the page; it ends with a newline."""
    group = click.Context(app, info_name="nbdag")
    lines = ["# Command line", "", INTRODUCTION]
    for name in COMMANDS:
        command = app.get_command(group, name)
        if command is not None:
            ctx = click.Context(command, parent=group, info_name=name)
            lines += ["", *_section(command, ctx)]
    return "\n".join(lines) + "\n"


def _section(command: click.Command, ctx: click.Context) -> Iterator[str]:
    """Yield the lines on one command."""
    pieces = " ".join(command.collect_usage_pieces(ctx))
    yield f"## nbdag {ctx.info_name}"
    yield ""
    yield f"    {ctx.command_path} {pieces}"
    yield ""
    yield inspect.cleandoc(command.help or "")
    options = [found for found in command.params if isinstance(found, click.Option)]
    if options:
        yield ""
        yield "| option | |"
        yield "|---|---|"
        yield from (_row(option, ctx) for option in options)


def _row(option: click.Option, ctx: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if not option.is_flag:
        metavar = option.make_metavar(ctx).replace("|", " \\| ")
        names += f" {metavar}" if metavar.startswith("[") else f" *{metavar}*"
    default = f" Default: {option.default}." if option.show_default else ""
    return f"| {names} | {option.help or ''}{default} |"
