"""Tables for people: the steps of a run, its metrics, and how numbers are shown in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from nbdag.runs.events import Run, StepRun
from nbdag_converters.drawing import duration
from nbdag_converters.drawing.states import Phase as Look
from nbdag_converters.model import Pipeline

from .progress import state_of

COLOURS: Mapping[Look, str] = {
    "pending": "bright_black",
    "running": "blue",
    "succeeded": "green",
    "cached": "green",
    "skipped": "bright_black",
    "failed": "red",
    "waiting": "yellow",
}


def table(*columns: str) -> Table:
    """Return an empty table as all of nbdag's look."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def steps_table(pipeline: Pipeline, run: Run) -> Table:
    """Return step, state, duration, processor time and peak memory, steps in notebook order."""
    made = table("step", "state")
    for name in ("duration", "cpu", "peak memory"):
        made.add_column(name, justify="right", no_wrap=True)
    for each in pipeline:
        step = run.steps.get(each.name, StepRun(each.name))
        state = state_of(step, run.finished or 0.0)
        where = f" on {step.cluster}" if step.cluster else ""
        made.add_row(
            Text(each.name),
            Text(f"{state.icon} {state.look}{where}", COLOURS[state.look]),
            time(step.seconds),
            time(step.cpu),
            "" if step.rss is None else size(step.rss),
        )
    return made


def metrics_table(metrics: Mapping[str, Any]) -> Table:
    """Return the metrics with their values, in the order in which they came."""
    made = table("metric")
    made.add_column("value", justify="right")
    for name, value in metrics.items():
        made.add_row(Text(name), Text(shown_value(value)))
    return made


def time(seconds: float | None) -> str:
    """Return a duration, "" where there is none."""
    return "" if seconds is None else duration(seconds)


def size(count: int) -> str:
    """Return a number of bytes as people say it: `82 MB`, `1.4 GB`."""
    number = float(count)
    for unit in ("B", "kB", "MB"):
        if number < 999.5:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def shown_value(value: object) -> str:
    """Return a metric's or a parameter's value in one line."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
