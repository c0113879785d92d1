"""`nbdag verify`: shows that the DAG gives what the notebook gives."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import json_option, notebook_argument, parameter_values, parameters_option
from .terminal import bold, counted, faint, report_diagnostics, rich_console, say

if TYPE_CHECKING:
    from nbdag.verdict import Row, Verdict


_MOST_NAMES = 8


@click.command()
@notebook_argument
@parameters_option
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="How many steps run at once."
)
@json_option
@click.pass_context
def verify(
    ctx: click.Context, notebook: Path, given: tuple[str, ...], jobs: int | None, as_json: bool
) -> None:
    """Run a notebook both ways, and compare every variable, file and output.

    Both runs are made in a copy of the notebook's folder: nothing of yours is changed.
    """
    from nbdag.verify import verify as compare_runs
    from nbdag_converters.build import build

    values = parameter_values(given, build(notebook).pipeline.parameters) if given else {}
    with _waiting(shown=not as_json):
        verdict = compare_runs(notebook, parameters=values, jobs=jobs)
    if as_json:
        _print_json(verdict)
    else:
        _show(verdict)
    ctx.exit(0 if verdict.equal else 1)


@contextmanager
def _waiting(*, shown: bool) -> Generator[None]:
    """Show, on a terminal, that something goes on."""
    if not (shown and sys.stderr.isatty()):
        yield
        return
    with rich_console(err=True).status("running the notebook, and its DAG"):
        yield


def _print_json(verdict: Verdict) -> None:
    """Print a line for each thing that was compared, and a last one with what came of it."""
    for row in verdict.rows:
        line = {
            "kind": row.kind,
            "name": row.name,
            "match": row.match.value,
            "details": row.details,
        }
        say(json.dumps(line, ensure_ascii=False))
    last = {
        "notebook": verdict.notebook,
        "equal": verdict.equal,
        "diagnostics": [asdict(found) for found in verdict.diagnostics],
    }
    say(json.dumps(last, ensure_ascii=False))


def _show(verdict: Verdict) -> None:
    if verdict.refused:
        report_diagnostics(verdict.diagnostics)
        say()
        say(f"{bold(verdict.notebook)}: refused, with a clear error in place of a result")
        return
    if verdict.equal:
        mark = click.style("✓", fg="green", bold=True)
        say(f"{mark} {bold(verdict.notebook)}: the DAG gives what the notebook gives")
    else:
        mark = click.style("✕", fg="red", bold=True)
        say(f"{mark} {bold(verdict.notebook)}: the DAG does NOT give what the notebook gives")
    for kind in ("variable", "file", "output", "error"):
        rows = [row for row in verdict.rows if row.kind == kind]
        equal = [row for row in rows if row.match.value == "equal"]
        if equal:
            names = ", ".join(row.name for row in equal[:_MOST_NAMES])
            names += ", …" if len(equal) > _MOST_NAMES else ""
            say(f"  {counted(len(equal), kind)} equal: {faint(names)}")
        for row in rows:
            if row not in equal:
                _show_row(row)


def _show_row(row: Row) -> None:
    colour = "red" if row.match.wrong else "yellow"
    say(f"  {row.kind} {bold(row.name)}: {click.style(row.match.value, fg=colour)}")
    for line in row.details.splitlines():
        say(f"      {line}")
