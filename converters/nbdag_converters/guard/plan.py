"""Plan: the pipeline as the guard asks about it, with the reports that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from nbdag_converters.model import Pipeline, Slice, Step
from nbdag_converters.model.graph import reachable, successors
from nbdag_converters.rules import Place

from .report import Report


class Reading(NamedTuple):
    """*step* takes *name* as *source* made it, at the earliest in cell *cell*."""

    step: str
    name: str
    source: str
    cell: int


class Plan:
    """Steps in notebook order, who reads what, and where in the notebook that is."""

    def __init__(self, pipeline: Pipeline, reports: Mapping[str, Report]) -> None:
        self.steps: Mapping[str, Step] = {step.name: step for step in pipeline.steps}
        self.order = {name: index for index, name in enumerate(self.steps)}
        self.reports: Mapping[str, Report] = {
            name: reports[name] for name in self.steps if name in reports
        }
        self._pipeline = pipeline

    @cached_property
    def readings(self) -> Mapping[str, tuple[Reading, ...]]:
        """All readings of a name, in notebook order: by a step's inputs and by its slices'."""
        found: dict[str, list[Reading]] = {}
        for step in self.steps.values():
            for reading in _readings(step, self.last_cell(step.name)):
                found.setdefault(reading.name, []).append(reading)
        return {name: tuple(readings) for name, readings in found.items()}

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """All steps that wait for a step, directly or not."""
        pairs = [(edge.source, edge.target) for edge in self._pipeline.edges]
        following = successors(tuple(self.steps), pairs)
        return {name: frozenset(reachable([name], following) - {name}) for name in self.steps}

    def first_cell(self, step: str) -> int:
        """Return the number of the step's first cell."""
        return min((cell.number for cell in self.steps[step].cells), default=0)

    def last_cell(self, step: str) -> int:
        """Return the number of the step's last cell."""
        return max((cell.number for cell in self.steps[step].cells), default=0)

    def later(self, step: str) -> tuple[str, ...]:
        """Return the other steps of which a cell comes after some cell of *step*."""
        first = self.first_cell(step)
        return tuple(name for name in self.steps if name != step and self.last_cell(name) > first)

    def apart(self, first: str, second: str) -> bool:
        """Return whether all of *first*'s cells come before all of *second*'s."""
        return self.last_cell(first) < self.first_cell(second)

    def slices_of(self, step: str) -> Mapping[str, Slice]:
        """Return the last slice by name that binds what *step*'s cells have from no other place."""
        own = self.steps[step]
        other = {version.name for version in own.inputs} | set(own.before)
        found = {name: piece for piece in own.slices for name in piece.binds}
        return {name: piece for name, piece in found.items() if name not in other}

    def remade_from(self, step: str) -> Mapping[str, str]:
        """Return by name the `cell:line` of slices that make again what *step* bound."""
        report = self.reports[step]
        own = {cell.number for cell in self.steps[step].cells}
        return {
            name: f"{piece.cell}:{piece.line}"
            for other in self.steps
            for name, piece in self.slices_of(other).items()
            if piece.cell in own and name in report.bound and name not in report.changed
        }

    def place(self, step: str, name: str = "", *, pattern: str = "") -> Place:
        """Return where *step* last did something to *name*: as reported, else where it is written.

        *pattern* is a regular expression to look for in place of the name.
        """
        report = self.reports.get(step)
        at = report.lines.get(name) if report else None
        cells = {cell.number: cell.source.split("\n") for cell in self.steps[step].cells}
        if at and at[0] in cells:
            lines = cells[at[0]]
            text = lines[at[1] - 1] if 0 < at[1] <= len(lines) else ""
            return Place(cell=at[0], line=at[1], source=text)
        wanted = re.compile(pattern or rf"\b{re.escape(name)}\b")
        for number, lines in reversed(cells.items()):
            for line, text in reversed(list(enumerate(lines, 1))):
                if (name or pattern) and wanted.search(text):
                    return Place(cell=number, line=line, source=text)
        return Place(cell=self.last_cell(step))


def _readings(step: Step, cell: int) -> Iterator[Reading]:
    for version in step.inputs:
        yield Reading(step.name, version.name, version.step, cell)
    for piece in step.slices:
        for version in piece.inputs:
            yield Reading(step.name, version.name, version.step, piece.cell)
