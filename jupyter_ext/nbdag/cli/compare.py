"""`nbdag compare`: what differs between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import complete_run, folder_option
from .terminal import bold, rich_console, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table
    from rich.text import Text

    from nbdag.runs.compare import Comparison, Pair, StepComparison


@click.command()
@click.argument("before", metavar="RUN", shell_complete=complete_run)
@click.argument("after", metavar="RUN", shell_complete=complete_run)
@folder_option
def compare(before: str, after: str, folder: Path) -> None:
    """Show what differs between two runs: parameters, metrics, steps and how long they took."""
    from nbdag.runs import compare as comparing
    from nbdag.runs.history import find_run

    runs = [find_run(run, folder) for run in (before, after)]
    _show(comparing.compare(*runs), *(run.id for run in runs))


def _show(found: Comparison, before: str, after: str) -> None:
    from .tables import shown_value, table

    console = rich_console()
    say(f"{bold('before')}  {before}")
    say(f"{bold('after')}   {after}")
    for noun, pairs in (("parameter", found.parameters), ("metric", found.metrics)):
        if pairs:
            made = table(noun, "before", "after", "difference")
            for pair in pairs:
                values = (shown_value(_plain(v)) for v in (pair.before, pair.after))
                made.add_row(*map(_text, (pair.name, *values, _difference(pair))))
            say()
            console.print(made)
    say()
    console.print(_steps(found.steps))
    changed = ", ".join(step.name for step in found.changed_steps)
    say(f"\nchanged steps: {changed or 'none'}")


def _steps(steps: Iterable[StepComparison]) -> Table:
    from .tables import table, time

    made = table("step", "state", "before", "after", "changed")
    for step in steps:
        phases = dict.fromkeys(
            str(_plain(v)).lower() for v in (step.phase.before, step.phase.after)
        )
        times = [v if isinstance(v, float) else None for v in _both(step.seconds)]
        made.add_row(*map(_text, (step.name, " → ".join(phases), *map(time, times), _why(step))))
    return made


def _why(step: StepComparison) -> str:
    """Return what is other in a step, in words; "" where nothing is."""
    if step.before is None or step.after is None:
        return "only after" if step.before is None else "only before"
    cells = [cell.after or cell.before for cell in step.cells]
    words = [f"cell {cell.number}" for cell in cells if cell]
    words += ["statements of other cells"] if step.slices else []
    words += [f"input {name}" for name in step.inputs]
    return ", ".join([*words, *(f"parameter {name}" for name in step.parameters)])


def _difference(pair: Pair) -> str:
    if pair.same:
        return ""
    return "changed" if pair.difference is None else f"{pair.difference:+.6g}"


def _both(pair: Pair) -> tuple[object, object]:
    return pair.before, pair.after


def _plain(value: object) -> object:
    from nbdag.runs.compare import ABSENT

    return "-" if value is ABSENT else value


def _text(shown: str) -> Text:
    from rich.text import Text

    return Text(shown)
