"""Statements with the step that they belong to, and what is gathered for each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from nbdag_converters.analysis import Statement
from nbdag_converters.model import Reason
from nbdag_converters.model.pipeline import Rule


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement in its step. *step* None: it is no step's own, only run as a slice.

    *parameter*: it sets a pipeline parameter. *everywhere*: it is run in every later step.
    """

    statement: Statement
    step: str | None
    parameter: bool = False
    everywhere: bool = False


@dataclass(eq=False)
class Version:
    """One value of a name.

    `step` made it: None for slices that belong to no step, and for parameters. `remade`: it can be
    made again by running its statement, with what it read (`sources`). `group` is the group of its
    object. `captured` are the functions, and globals of functions, that the value may carry inside.
    Where it is not certain that the name was bound, `otherwise` is the version that it has if not.
    """

    name: str
    step: str | None
    placed: Placed | None
    kind: str
    group: int
    captured: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict[str, "Source"])
    remade: bool = False
    otherwise: Source | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A version as a statement read it: `step` had it then, unless it could be `remade` then.

    `stamp` tells one state of the object from a later one.
    """

    version: Version
    step: str | None
    remade: bool
    stamp: int


Sources: TypeAlias = dict[str, Source]  # by name


@dataclass
class StepFlow:
    """What dataflow finds for one step; insertion order is the notebook's.

    `slices` maps the statements that are run again, by index, to versions that these read. `known`
    are the names that are set when the step begins, with the statement that can make them again, or
    -1.
    """

    inputs: dict[str, str] = field(default_factory=dict[str, str])
    outputs: dict[str, None] = field(default_factory=dict[str, None])
    slices: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    changes: dict[str, None] = field(default_factory=dict[str, None])
    parameters: dict[str, None] = field(default_factory=dict[str, None])
    random: dict[str, None] = field(default_factory=dict[str, None])
    reads_files: dict[str, None] = field(default_factory=dict[str, None])
    writes_files: dict[str, None] = field(default_factory=dict[str, None])
    known: dict[str, int] = field(default_factory=dict[str, int])
    bound: set[str] = field(default_factory=set[str])
    used: set[str] = field(default_factory=set[str])


@dataclass
class EdgeFlow:
    """What flows from one step to another."""

    names: dict[str, None] = field(default_factory=dict[str, None])
    files: dict[str, None] = field(default_factory=dict[str, None])
    reasons: dict[tuple[Rule, int, int], dict[str, None]] = field(
        default_factory=dict[tuple[Rule, int, int], dict[str, None]]
    )

    def as_reasons(self) -> tuple[Reason, ...]:
        """Return the reasons, names of one rule and place together."""
        return tuple(
            Reason(rule, tuple(names), cell, line)
            for (rule, cell, line), names in self.reasons.items()
        )
