"""The DAG for a terminal: one line a step, with rails that lead to the steps that need it.

```
 ●    read_data_aws
 │ ●  read_data_ceph
 ●─╯  transform_data     ← transactions_aws, transactions_ceph
 ├─●  hyper_tuning       ← features
 ●─╯  train_model        ← features, params
```
A rail ends where its step's last target stands (`╯`), goes on (`├`), or is passed by (`│`).
Steps have their names here, not their titles: those are what commands take.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nbdag_converters.model.pipeline import Edge, Pipeline, Step

from .edges import cargo, condition, drawn_edges
from .states import StepState
from .widths import columns, shorten

_LONGEST_NAME = 36
_SHORTEST_CARGO = 12


@dataclass(frozen=True, slots=True)
class TextRow:
    """One step: the rails before its icon and after it, and what it takes from others."""

    step: Step
    before: str
    after: str
    cargo: str


def text(
    pipeline: Pipeline, states: Mapping[str, StepState] | None = None, *, width: int = 80
) -> str:
    """Return the drawing, no line wider than *width* columns; it ends with a newline."""
    known = states or {}
    rows = text_rows(pipeline, width=width)
    names = [shorten(row.step.name, _LONGEST_NAME, columns) for row in rows]
    labels = [known[row.step.name].label if row.step.name in known else "" for row in rows]
    widest = max(map(columns, names), default=0), max(map(columns, labels), default=0)
    lines: list[str] = []
    for row, name, label in zip(rows, names, labels, strict=True):
        icon = known[row.step.name].icon if row.step.name in known else "●"
        after = row.after[columns(icon) - 1 :]
        line = f"{row.before}{icon}{after} {_padded(name, widest[0])}"
        if known:
            line += f"  {_padded(label, widest[1])}"
        left = width - columns(line) - 4
        if row.cargo and left >= _SHORTEST_CARGO:
            line += f"  ← {shorten(_plain(row.cargo), left, columns)}"
        lines.append(shorten(line.rstrip(), width, columns))
    return "".join(line + "\n" for line in lines) or "no steps\n"


def text_rows(pipeline: Pipeline, *, width: int = 80) -> tuple[TextRow, ...]:
    """Return the steps with rails of one width; without rails, if they need half of *width*."""
    edges = drawn_edges(pipeline)
    into: dict[str, list[Edge]] = {step.name: [] for step in pipeline.steps}
    for edge in edges:
        into[edge.target].append(edge)
    rails = list(_rails(pipeline, edges))
    widest = max((len(before) + 1 + len(after) for before, after in rails), default=0)
    if widest > width // 2:
        return tuple(
            TextRow(step, "", "", _taken(step, [_named(edge) for edge in into[step.name]], "; "))
            for step in pipeline
        )
    return tuple(
        TextRow(
            step,
            before,
            after.ljust(widest - len(before) - 1),
            _taken(step, [name for edge in into[step.name] for name in cargo(edge)], ", "),
        )
        for step, (before, after) in zip(pipeline, rails, strict=True)
    )


def _taken(step: Step, names: list[str], between: str) -> str:
    """Return what a step takes, each once, and the condition under which it runs."""
    shown = between.join(dict.fromkeys(names))
    return " ".join(filter(None, (shown, f"({condition(step)})" if step.condition else "")))


def _named(edge: Edge) -> str:
    return f"{edge.source}: {', '.join(cargo(edge))}" if cargo(edge) else edge.source


def _rails(pipeline: Pipeline, edges: tuple[Edge, ...]) -> Iterator[tuple[str, str]]:
    """Yield for each step what stands before and after its icon."""
    waiting: dict[str, set[str]] = {step.name: set() for step in pipeline}
    for edge in edges:
        waiting[edge.source].add(edge.target)
    rails: list[str | None] = []  # in each column the step whose rail it holds
    column = -1
    for step in pipeline:
        taken = {n for n, source in enumerate(rails) if source and step.name in waiting[source]}
        ending = {n for n in taken if waiting[str(rails[n])] == {step.name}}
        for number in taken:
            waiting[str(rails[number])].discard(step.name)
        column = min(ending) if ending else _free_column(rails, taken, column)
        rails.extend([None] * (column + 1 - len(rails)))
        yield _row(rails, column, taken, ending)
        for number in ending:
            rails[number] = None
        rails[column] = step.name if waiting[step.name] else None
        while rails and rails[-1] is None:
            rails.pop()


def _free_column(rails: list[str | None], taken: set[int], above: int) -> int:
    """Return a column for a step that ends no rail: to the right of one that it takes from.

    It isn't under the icon *above*, where it would look as if it came from that step.
    """
    column = min(taken, default=0)
    while column == above or (column < len(rails) and rails[column] is not None):
        column += 1
    return column


def _row(
    rails: list[str | None], column: int, taken: set[int], ending: set[int]
) -> tuple[str, str]:
    """Return the line of one step, cut at its icon."""
    span = taken | {column}
    first, last = min(span), max(span)
    line = ""
    for number, source in enumerate(rails):
        if number in taken:
            place = 0 if number == first else 2 if number == last else 1
            glyph = ("╰┴╯" if number in ending else "├┼┤")[place]
        elif source is not None:
            glyph = "│"
        else:
            glyph = "─" if first < number < last else " "
        line += glyph + ("─" if first <= number < last else " ")
    return line[: 2 * column], line[2 * column + 1 :]


def _padded(shown: str, width: int) -> str:
    return shown + " " * (width - columns(shown))


def _plain(shown: str) -> str:
    """Return text without control characters, which could move a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in shown)
