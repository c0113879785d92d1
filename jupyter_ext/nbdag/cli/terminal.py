"""What all commands print with: colours, errors, diagnostics drawn with their source line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console

    from nbdag_converters.diagnostics import Diagnostic, Severity

_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "info": "blue"}


def coloured(stream: TextIO) -> bool:
    """Return whether *stream* shows colours: a terminal, unless `NO_COLOR` or `FORCE_COLOR`."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (
        stream.isatty() and os.environ.get("TERM") != "dumb"
    )


def say(text: str = "", *, err: bool = False) -> None:
    """Print text that may hold colours; they are taken out where they would not be seen."""
    stream = sys.stderr if err else sys.stdout
    click.echo(text, file=stream, color=coloured(stream))


def bold(text: str) -> str:
    """Return *text* in bold."""
    return click.style(text, bold=True)


def faint(text: str) -> str:
    """Return *text* as what matters less."""
    return click.style(text, dim=True)


def error(message: str) -> None:
    """Print that something went wrong, on standard error."""
    say(click.style("Error: ", fg="red", bold=True) + message, err=True)


def note(message: str) -> None:
    """Print something by the way, on standard error, so that it never gets into a pipe."""
    say(faint(message), err=True)


def printable(text: str) -> str:
    """Return text of a notebook in which nothing can move the cursor; columns stay as they are."""
    return "".join(
        char if char.isprintable() or char == "\n" else " " if char == "\t" else "\ufffd"
        for char in text
    )


def drawn(diagnostic: Diagnostic) -> str:
    """Return the diagnostic as `str` draws it, in colours."""
    head, *lines = printable(str(diagnostic)).split("\n")
    code, _, rest = head.partition(" ")
    colour = _COLOURS[diagnostic.severity]
    place = f"{diagnostic.place}: " if diagnostic.place else ""
    shown = [click.style(code, fg=colour, bold=True) + " " + bold(place) + rest[len(place) :]]
    for line in lines:
        if set(line.strip()) == {"^"}:
            shown.append(click.style(line, fg=colour))
        elif line.startswith("    "):
            shown.append(line)
        else:
            shown.append(faint(line))
    return "\n".join(shown)


def report_diagnostics(diagnostics: Iterable[Diagnostic], *, err: bool = False) -> None:
    """Print diagnostics, a blank line between them."""
    for number, diagnostic in enumerate(diagnostics):
        if number:
            say(err=err)
        say(drawn(diagnostic), err=err)


def counted(number: int, noun: str) -> str:
    """Return `1 step`, `2 steps`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def rich_console(*, err: bool = False) -> Console:
    """Return a rich Console of standard output or error, with the same say on colours."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    shows = coloured(stream)
    return Console(file=stream, no_color=not shows, highlight=False, soft_wrap=False)
