"""Shape: what the template of a step's container depends on, but for the texts in its slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nbdag_converters.compilers.plan import Plan
from nbdag_converters.model import StepConfig

Part: TypeAlias = Literal["", "items", "iteration", "gather"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Steps that have one shape may share a template.

    `optional` says of each step whose values it takes whether that one may not have run, `files`
    whether any has run before it. `decisions` counts.
    """

    part: Part
    config: StepConfig
    optional: tuple[bool, ...]
    files: bool
    parameters: tuple[str, ...]
    decisions: int
    metrics: tuple[str, ...]


def shape_of(plan: Plan, part: Part = "") -> Shape:
    """Return the shape of a step, or of a part of its loop."""
    return Shape(
        part=part,
        config=plan.config,
        optional=tuple([source.optional for source in plan.values]),
        files=bool(plan.files),
        parameters=plan.step.parameters,
        decisions=len(plan.step.decides),
        metrics=plan.step.metrics,
    )
