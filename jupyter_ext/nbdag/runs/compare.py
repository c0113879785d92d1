"""What differs between two runs: parameters, metrics, how steps ended and took, what they ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbdag_converters.model import Pipeline, Step, StepCell

from .cache.digests import digest_values
from .events import Run, StepRun
from .history import RunFolder


class Absent:
    """Stands for what one of the two runs does not have."""

    def __repr__(self) -> str:
        return "-"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Pair:
    """Something called *name* in both runs; `ABSENT` in one that doesn't have it."""

    name: str
    before: Any
    after: Any

    @property
    def same(self) -> bool:
        """Whether it is equal in both."""
        return type(self.before) is type(self.after) and bool(self.before == self.after)

    @property
    def difference(self) -> float | None:
        """How much it grew; `None` for what is no number."""
        if _is_number(self.before) and _is_number(self.after):
            return float(self.after) - float(self.before)
        return None


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that differs; `None` in the run that doesn't have it."""

    before: StepCell | None
    after: StepCell | None


@dataclass(frozen=True, slots=True)
class StepComparison:
    """A step in both runs; `None` in one that doesn't have it.

    `cells` are those with other code, `slices` says whether statements from elsewhere that it runs
    again differ, `inputs` names the variables of which it got another value, as far as the runs
    still have them, and `parameters` those of its parameters that differ.
    """

    name: str
    before: StepRun | None
    after: StepRun | None
    cells: tuple[CellChange, ...] = ()
    slices: bool = False
    inputs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether it ran other code, or the same on other values."""
        missing = self.before is None or self.after is None
        return bool(missing or self.cells or self.slices or self.inputs or self.parameters)

    @property
    def seconds(self) -> Pair:
        """How long it took."""
        return Pair("seconds", _seconds(self.before), _seconds(self.after))

    @property
    def phase(self) -> Pair:
        """How it ended."""
        return Pair("state", _phase(self.before), _phase(self.after))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, *before* and *after*; `steps` are in the order of the later one."""

    before: Run
    after: Run
    parameters: tuple[Pair, ...]
    metrics: tuple[Pair, ...]
    steps: tuple[StepComparison, ...]

    @property
    def seconds(self) -> Pair:
        """How long the runs took."""
        return Pair("seconds", _or_absent(self.before.seconds), _or_absent(self.after.seconds))

    @property
    def changed_steps(self) -> tuple[StepComparison, ...]:
        """The steps that ran other code, or the same on other values."""
        return tuple(step for step in self.steps if step.changed)


def compare(before: RunFolder, after: RunFolder) -> Comparison:
    """Return what is the same and what differs in two runs of a notebook.

    Raises
    ------
    RunError
        If one of them can't be read.
    """
    sides = (_Side(before), _Side(after))
    names = [step.name for step in sides[1].pipeline]
    names += [step.name for step in sides[0].pipeline if step.name not in names]
    first, second = sides[0].run, sides[1].run
    return Comparison(
        before=first,
        after=second,
        parameters=_pairs(first.parameters, second.parameters),
        metrics=_pairs(first.metrics, second.metrics),
        steps=tuple(_step(name, *sides) for name in names),
    )


class _Side:
    """One of the two runs, read once."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.run = folder.state()
        self.pipeline: Pipeline = folder.pipeline()
        self.steps: Mapping[str, Step] = {step.name: step for step in self.pipeline}
        self._digests: dict[str, Mapping[str, str]] = {}

    def inputs(self, step: Step) -> dict[str, str]:
        """Return a digest of each value that *step* got, of those that are still there."""
        versions = (*step.inputs, *(item for piece in step.slices for item in piece.inputs))
        found: dict[str, str] = {}
        for version in versions:
            for source in (version.step, *version.otherwise):
                digests = self._of(source)
                if version.name in digests:
                    found.setdefault(version.name, digests[version.name])
                    break
        return found

    def _of(self, step: str) -> Mapping[str, str]:
        if step not in self._digests:
            try:
                found = digest_values(self.folder.steps / step / "values.nbv").names
            except (OSError, ValueError):
                found = {}
            self._digests[step] = found
        return self._digests[step]


def _step(name: str, before: _Side, after: _Side) -> StepComparison:
    runs = [side.run.steps.get(name) for side in (before, after)]
    first, second = before.steps.get(name), after.steps.get(name)
    if first is None or second is None:
        return StepComparison(name, runs[0], runs[1])
    given, now = before.inputs(first), after.inputs(second)
    parameters = _pairs(_own(first, before.run), _own(second, after.run))
    return StepComparison(
        name,
        runs[0],
        runs[1],
        cells=_cells(first, second),
        slices=[piece.source for piece in first.slices] != [p.source for p in second.slices],
        inputs=tuple(n for n in now if n in given and given[n] != now[n] and n[0] != "@"),
        parameters=tuple(pair.name for pair in parameters if not pair.same),
    )


def _own(step: Step, run: Run) -> dict[str, Any]:
    return {name: run.parameters[name] for name in step.parameters if name in run.parameters}


def _cells(first: Step, second: Step) -> tuple[CellChange, ...]:
    """Return the cells that differ, matched by their ids, or by their place where these are new."""
    found: list[CellChange] = []
    rest = list(first.cells)
    for cell in second.cells:
        same = next((old for old in rest if old.id == cell.id), None)
        same = same or next((old for old in rest if old.source == cell.source), None)
        if same is None and len(first.cells) == len(second.cells):
            same = first.cells[second.cells.index(cell)]
        if same in rest:
            rest.remove(same)
        if same is None or same.source != cell.source:
            found.append(CellChange(same, cell))
    return (*found, *(CellChange(cell, None) for cell in rest))


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Pair, ...]:
    names = dict.fromkeys((*before, *after))
    return tuple(Pair(name, before.get(name, ABSENT), after.get(name, ABSENT)) for name in names)


def _phase(step: StepRun | None) -> str | Absent:
    return ABSENT if step is None else "cached" if step.cached else step.phase.value


def _seconds(step: StepRun | None) -> float | Absent:
    return ABSENT if step is None else _or_absent(step.seconds)


def _or_absent(value: float | None) -> float | Absent:
    return ABSENT if value is None else value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
