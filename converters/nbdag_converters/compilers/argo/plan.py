"""What goes into a step's container beside its order: where values and files come from.

The runtime's `pod` module reads it from the config map.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbdag_converters.compilers.local import make_order
from nbdag_converters.model import Input, Parameter, Pipeline, Step, StepConfig, Value


@dataclass(frozen=True, slots=True)
class Source:
    """A step whose values or files another one takes; `optional` where it may not have run."""

    step: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A step as its container sees it; `values` and `files` are in notebook order."""

    step: Step
    config: StepConfig
    values: tuple[Source, ...]
    files: tuple[Source, ...]

    @property
    def plain_env(self) -> dict[str, str]:
        """Return the environment that the manifest may hold: nothing that templates would read."""
        return {name: value for name, value in self.config.env if "{{" not in value}

    @property
    def hidden_env(self) -> dict[str, str]:
        """Return the rest, which the runtime sets before the step's code runs."""
        return {name: value for name, value in self.config.env if "{{" in value}


def make_plans(pipeline: Pipeline, configs: Mapping[str, StepConfig]) -> tuple[Plan, ...]:
    """Return the plans of all steps."""
    place = {step.name: number for number, step in enumerate(pipeline.steps)}
    files: dict[str, set[str]] = {}
    for edge in pipeline.edges:
        if edge.files:
            files.setdefault(edge.target, set()).add(edge.source)

    def sources(step: Step, names: set[str]) -> tuple[Source, ...]:
        ordered = sorted((name for name in names if name in place), key=place.__getitem__)
        return tuple(
            Source(name, step.config.on_exit or pipeline.steps[place[name]].condition is not None)
            for name in ordered
        )

    return tuple(
        Plan(
            step,
            configs[step.name],
            sources(step, {name for version in _inputs(step) for name in _steps(version)}),
            sources(step, files.get(step.name, set())),
        )
        for step in pipeline.steps
    )


def _inputs(step: Step) -> tuple[Input, ...]:
    return (*step.inputs, *(version for piece in step.slices for version in piece.inputs))


def _steps(version: Input) -> tuple[str, ...]:
    return (version.step, *version.otherwise)


def plan_text(pipeline: Pipeline, plan: Plan) -> str:
    """Return the JSON that the step's container reads, in ASCII."""
    types = {p.name: _kind(p) for p in pipeline.parameters if p.name in plan.step.parameters}
    data: dict[str, Any] = {
        "order": make_order(pipeline, plan.step),
        "types": types,
        "values": [source.step for source in plan.values],
        "files": [source.step for source in plan.files],
        "env": plan.hidden_env,
    }
    return json.dumps(data, separators=(",", ":"))


def _kind(parameter: Parameter) -> str:
    """Return how the text of a value is to be read: `str` as it is, all others as JSON."""
    return parameter.type if isinstance(parameter.default, str) or parameter.type != "str" else ""


def parameter_text(parameter: Parameter, value: Value) -> str:
    """Return a value as the text of a workflow's parameter."""
    if _kind(parameter) == "str" and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
