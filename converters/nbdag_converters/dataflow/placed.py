"""Statements with the step that they belong to, and what is gathered for each step."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of an `if` that is a condition of the DAG: its step and its statements."""

    step: str
    index: int
    text: str
    body: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """An `if` whose branches are steps. `test` has the facts of all its tests together.

    `own_step` is the name of the step that decides where no other can.
    """

    name: str
    test: Statement
    tests: tuple[str, ...]
    branches: tuple[Branch, ...]
    has_else: bool
    own_step: str


class StepFlow:
    """What dataflow finds for one step; insertion order is the notebook's.

    `inputs` maps names to the steps that may have the version, the first that ran counts. `slices`
    maps the statements that are run again, by index, to versions that these read. `known` are the
    names that are set when the step begins, with the statement that can make them again, or -1;
    `wanted` those that its cells use, with the slice that makes them.

    It is no dataclass, nor is `EdgeFlow`, as thousands are made, and factories of fields are slow.
    """

    def __init__(self) -> None:
        self.inputs: dict[str, tuple[str, ...]] = {}
        self.outputs: dict[str, None] = {}
        self.slices: dict[int, dict[str, tuple[str, ...]]] = {}
        self.changes: dict[str, None] = {}
        self.parameters: dict[str, None] = {}
        self.random: dict[str, None] = {}
        self.reads_files: dict[str, None] = {}
        self.writes_files: dict[str, None] = {}
        self.known: dict[str, int] = {}
        self.wanted: dict[str, int] = {}
        self.bound: set[str] = set()
        self.decides: list[Choice] = []
        self.condition: tuple[str, Choice, Branch] | None = None


class EdgeFlow:
    """What flows from one step to another."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.files: dict[str, None] = {}
        self.reasons: dict[tuple[Rule, int, int], dict[str, None]] = {}

    def as_reasons(self) -> tuple[Reason, ...]:
        """Return the reasons, names of one rule and place together."""
        return tuple(
            Reason(rule, tuple(names), cell, line)
            for (rule, cell, line), names in self.reasons.items()
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that dataflow can't express, at a statement: the rule's code, name and step."""

    code: str
    statement: Statement
    name: str
    step: str | None
    other: str = ""
