"""Draft: what the cells and tags of a notebook say, before its code is analysed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Parameter, PipelineConfig, StepConfig
from nbdag_converters.notebook import Cell, Notebook

Role: TypeAlias = Literal[
    "step", "imports", "functions", "parameters", "metrics", "skip", "preamble"
]


@dataclass(frozen=True, slots=True)
class DraftCell:
    """A code cell's part. `step` is set for the roles `step` and `metrics` only."""

    cell: Cell
    role: Role
    step: str | None = None


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step as its tags say.

    `title` is the heading above its first cell, or its name. `after` are the steps that `prev:`
    and `depends:` name: steps of the draft, or `setup` where there is code above the first step.
    `metrics` are variables that become metrics of the run.
    """

    name: str
    title: str
    cells: tuple[Cell, ...]
    config: StepConfig = field(default_factory=StepConfig)
    after: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """The code cells that aren't empty, in notebook order, and the steps by first appearance.

    A step that the user calls `setup` is one with the step that the code above the first step
    forms. `diagnostics` hold the findings of all stages so far, also those of `to_python` about
    cells that aren't skipped.
    """

    notebook: Notebook
    cells: tuple[DraftCell, ...]
    steps: tuple[StepDraft, ...]
    parameters: tuple[Parameter, ...]
    config: PipelineConfig
    diagnostics: tuple[Diagnostic, ...] = ()
