"""Plan: the pipeline as the guard asks about it, with the reports that are there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from nbdag_converters.model import Input, Slice, Step
from nbdag_converters.rules import Place

from .outline import Outline, Slices
from .report import Report


class Version(NamedTuple):
    """A value of *name*; *origin* is the step in which it was made first.

    A statement above the steps that slices repeat has its place, `cell:line`, as origin.
    """

    name: str
    origin: str


class Holding(NamedTuple):
    """*step* has *version*, for what it does in cell *cell* or above.

    It was loaded, or *made* again by a slice of the step.
    """

    step: str
    version: Version
    cell: int
    made: bool


class Plan:
    """The outline of a pipeline with the reports that are there, in notebook order.

    `fresh` are the steps whose reports are new: what only others' reports could tell was found
    before. Without it all are new; and so they are where the version that a step takes depends on
    which steps have run, as then each report may show more about the others.
    """

    def __init__(
        self,
        outline: Outline,
        reports: Mapping[str, Report],
        *,
        skipped: Collection[str] = (),
        fresh: Collection[str] | None = None,
    ) -> None:
        self.outline = outline
        self.steps = outline.steps
        self.order = outline.order
        self.reports: Mapping[str, Report] = {
            name: reports[name] for name in outline.steps if name in reports
        }
        new = self.reports if fresh is None or outline.choices else fresh
        self.fresh: Mapping[str, Report] = {
            name: self.reports[name] for name in new if name in self.reports
        }
        self._skipped = frozenset(skipped)

    def holdings(self, name: str) -> tuple[Holding, ...]:
        """Return all that steps hold of *name*, in notebook order."""
        return tuple(
            holding
            for step in self.outline.holders.get(name, ())
            for holding in self.held_by(step)
            if holding.version.name == name
        )

    def held_by(self, step: str) -> tuple[Holding, ...]:
        """Return all that *step* holds; nothing where it is skipped."""
        return () if step in self._skipped else tuple(self._holdings_of(self.steps[step]))

    def _holdings_of(self, step: Step) -> Iterator[Holding]:
        last, loaded = self.last_cell(step.name), set[str]()
        for given in step.inputs:
            if self._is_left_to_slices(step.name, given):
                continue
            loaded.add(given.name)
            yield Holding(step.name, self._version(step.name, given), last, made=False)
        for piece in step.slices:
            for given in piece.inputs:
                version = self._version(step.name, given)
                yield Holding(step.name, version, piece.cell, made=False)
        for name, piece in self.slices_of(step.name).items():
            if name not in loaded:
                yield Holding(step.name, Version(name, self.origin_of(piece)), last, made=True)

    def _is_left_to_slices(self, step: str, given: Input) -> bool:
        """Return whether a slice gives *step* an input, as no step from which it comes has run."""
        if not given.optional or given.name not in self.slices_of(step):
            return False
        report = self.reports.get(step)
        if report:
            return given.name not in report.loaded
        return self._skipped.issuperset((given.step, *given.otherwise))

    def _version(self, step: str, given: Input) -> Version:
        """Return the version that *step* takes for an input: of several steps, of that which ran.

        Where none has until now it is that of the first.
        """
        report = self.reports.get(step)
        if report and given.name in report.loaded:
            return Version(given.name, report.loaded[given.name])
        ran = (name for name in (given.step, *given.otherwise) if name in self.reports)
        return Version(given.name, next(ran, given.step))

    def origin_of(self, piece: Slice) -> str:
        """Return what made first what a slice makes again: the step of its cell, or its place."""
        return self.outline.owners.get(piece.cell, f"{piece.cell}:{piece.line}")

    def start(self, step: str, name: str) -> Version | None:
        """Return the version that *step* had of *name* before its cells ran."""
        given = {version.name: version for version in self.steps[step].inputs}
        if name in given and not self._is_left_to_slices(step, given[name]):
            return self._version(step, given[name])
        source = self.reports[step].loaded.get(name)
        if source:
            return Version(name, source)
        piece = self.slices_of(step).get(name)
        return Version(name, self.origin_of(piece)) if piece else None

    def is_stale(self, holding: Holding, step: str) -> bool:
        """Return whether a value that *step* changes is held, as it was before, by a later step.

        A slice may make a value only for another slice, as it was at that statement. So where the
        change was expected, the plan knows what it does; and so it does where the cells of two
        steps are mixed.
        """
        name, origin = holding.version
        expected = name in self.steps[step].changes
        if holding.step == step or holding.cell <= self.first_cell(step):
            return False
        if self.order.get(origin, -1) >= self.order[step] or self._made_below(holding, step):
            return False
        return not expected or (
            not holding.made
            and self.last_cell(step) < holding.cell
            and self.apart(step, holding.step)
        )

    def _made_below(self, holding: Holding, step: str) -> bool:
        """Return whether a slice makes the value at a statement below all of *step*."""
        piece = self.slices_of(holding.step).get(holding.version.name)
        return holding.made and piece is not None and piece.cell > self.last_cell(step)

    def ordered(self, first: str, second: str) -> bool:
        """Return whether one of two steps waits for the other, directly or not."""
        return second in self.outline.below(first) or first in self.outline.below(second)

    def first_cell(self, step: str) -> int:
        """Return the number of the step's first cell."""
        return self.outline.first_cell[step]

    def last_cell(self, step: str) -> int:
        """Return the number of the step's last cell."""
        return self.outline.last_cell[step]

    def later(self, step: str) -> tuple[str, ...]:
        """Return the other steps of which a cell comes after some cell of *step*."""
        first = self.first_cell(step)
        return tuple(
            name
            for name in self.steps
            if name != step and name not in self._skipped and self.last_cell(name) > first
        )

    def apart(self, first: str, second: str) -> bool:
        """Return whether all of *first*'s cells come before all of *second*'s."""
        return self.last_cell(first) < self.first_cell(second)

    def slices_of(self, step: str) -> Slices:
        """Return the last slice by name that binds what *step*'s cells have from no other place."""
        return self.outline.slices_of(step)

    def remade_from(self, step: str) -> Mapping[str, str]:
        """Return by name the `cell:line` of slices that make again what *step* bound."""
        report, made = self.reports[step], self.outline.remade
        found = sorted(one for cell in self.steps[step].cells for one in made.get(cell.number, ()))
        return {
            one.name: one.origin
            for one in found
            if one.name in report.bound and one.name not in report.changed
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
