"""Outline: what the guard asks about a pipeline whatever its steps report; worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from nbdag_converters.model import Condition, Input, Pipeline, Slice, Step
from nbdag_converters.model.graph import reachable, successors


class Remade(NamedTuple):
    """A slice of the step at *position* makes *name* again; *origin* is its `cell:line`."""

    position: int
    name: str
    origin: str


Slices: TypeAlias = Mapping[str, Slice]


class Outline:
    """Steps in notebook order, where their cells are, what their slices make."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.steps: Mapping[str, Step] = {step.name: step for step in pipeline.steps}
        self.order = {name: index for index, name in enumerate(self.steps)}
        self.first_cell: Mapping[str, int] = {
            step.name: min((cell.number for cell in step.cells), default=0)
            for step in pipeline.steps
        }
        self.last_cell: Mapping[str, int] = {
            step.name: max((cell.number for cell in step.cells), default=0)
            for step in pipeline.steps
        }
        self._slices: dict[str, Slices] = {}
        self._below: dict[str, frozenset[str]] = {}

    @cached_property
    def choices(self) -> Mapping[str, tuple[Input, ...]]:
        """By step, the inputs of which it depends on which steps run where they come from."""
        found = {
            step.name: tuple(
                given
                for inputs in (step.inputs, *(piece.inputs for piece in step.slices))
                for given in inputs
                if given.otherwise or given.optional
            )
            for step in self.steps.values()
        }
        return {name: inputs for name, inputs in found.items() if inputs}

    @cached_property
    def conditions(self) -> Mapping[str, Condition]:
        """The conditions of the steps that have one."""
        return {
            step.name: step.condition for step in self.steps.values() if step.condition is not None
        }

    @cached_property
    def owners(self) -> Mapping[int, str]:
        """The step of each cell."""
        return {cell.number: step.name for step in self.steps.values() for cell in step.cells}

    @cached_property
    def holders(self) -> Mapping[str, tuple[str, ...]]:
        """The steps that hold a value of each name, in notebook order."""
        found: dict[str, dict[str, None]] = {}
        for step in self.steps.values():
            names = [given.name for given in step.inputs]
            names += [given.name for piece in step.slices for given in piece.inputs]
            for name in (*names, *self.slices_of(step.name)):
                found.setdefault(name, {})[step.name] = None
        return {name: tuple(steps) for name, steps in found.items()}

    @cached_property
    def remade(self) -> Mapping[int, tuple[Remade, ...]]:
        """What slices make again, by the cell of the statement that they repeat."""
        found: dict[int, list[Remade]] = {}
        for position, step in enumerate(self.steps):
            for name, piece in self.slices_of(step).items():
                made = Remade(position, name, f"{piece.cell}:{piece.line}")
                found.setdefault(piece.cell, []).append(made)
        return {cell: tuple(made) for cell, made in found.items()}

    @cached_property
    def sources(self) -> Mapping[int, tuple[str, ...]]:
        """All code by the number of its cell: of the cells of steps, and of slices."""
        found: dict[int, dict[str, None]] = {}
        for step in self.steps.values():
            for piece in step.slices:
                found.setdefault(piece.cell, {})[piece.source] = None
            for cell in step.cells:
                found.setdefault(cell.number, {})[cell.source] = None
        return {number: tuple(texts) for number, texts in sorted(found.items())}

    @cached_property
    def _following(self) -> Mapping[str, tuple[str, ...]]:
        pairs = [(edge.source, edge.target) for edge in self.pipeline.edges]
        return successors(tuple(self.steps), pairs)

    def below(self, step: str) -> frozenset[str]:
        """Return all steps that wait for *step*, directly or not."""
        if step not in self._below:
            self._below[step] = frozenset(reachable([step], self._following) - {step})
        return self._below[step]

    def slices_of(self, step: str) -> Slices:
        """Return the last slice by name that binds what *step*'s cells have from no other place.

        Where no step has run from which an optional input comes, it is the slice's too.
        """
        if step not in self._slices:
            own = self.steps[step]
            other = {given.name for given in own.inputs if not given.optional} | set(own.before)
            found = {name: piece for piece in own.slices for name in piece.binds}
            made = {name: piece for name, piece in found.items() if name not in other}
            self._slices[step] = MappingProxyType(made)
        return self._slices[step]
