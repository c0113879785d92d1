"""Figure: a measured number, its goal, its floor, and the table in which it is printed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number.

    `goal` is the most it may be; `floor` is what the machine needs at least, measured beside it,
    and is printed as the ratio of the two.
    """

    what: str
    value: float
    unit: str
    goal: float | None = None
    floor: float | None = None

    @property
    def missed(self) -> bool:
        """Return whether the goal is missed."""
        return self.goal is not None and self.value > self.goal

    def cells(self) -> tuple[str, ...]:
        """Return what stands in the figure's row."""
        ratio = f"{self.value / self.floor:.1f} x" if self.floor else ""
        goal = "" if self.goal is None else f"≤ {number(self.goal)}"
        verdict = "" if self.goal is None else "missed" if self.missed else "met"
        return (self.what, f"{number(self.value)} {self.unit}", goal, verdict, ratio)


Measure: TypeAlias = Callable[[], Sequence[Figure]]
HEAD = ("measure", "value", "goal", "", "over the floor")


def number(value: float) -> str:
    """Return *value* with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(title: str, figures: Sequence[Figure]) -> str:
    """Return the figures as aligned columns under a title."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = [
        "  ".join(
            cell.ljust(width) if i in (0, 3) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    rule = "-" * max(map(len, lines))
    return "\n".join([title, rule, lines[0], rule, *lines[1:], ""])


def main(title: str, measure: Measure) -> None:
    """Print the table of *measure*; with `--strict` a missed goal is exit status 1."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--strict", action="store_true", help="fail where a goal is missed")
    strict: bool = parser.parse_args().strict
    figures = measure()
    # Other work on the machine makes wall times longer; it is told, so that they can be judged.
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    print(table(f"{title}; load {load:.1f} on {cores} cores", figures))
    if strict and any(figure.missed for figure in figures):
        sys.exit(1)
