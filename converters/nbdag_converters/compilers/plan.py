"""What goes into a step's container beside its order: where values and files come from.

The runtime's `pod` module reads it from the config map.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nbdag_converters.compilers.local import make_order, make_part
from nbdag_converters.model import Input, Parameter, Pipeline, Step, StepConfig, Value
from nbdag_converters.rules import Place


@dataclass(frozen=True, slots=True)
class Source:
    """A step whose values or files another one takes; `optional` where it may not have run."""

    step: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A step as its container sees it.

    `number` is its place in the pipeline, from 0. `values` are in notebook order. `files` are the
    numbers of all steps that have run by then, as `0-3,5`: whatever files they have written are
    there, as in the notebook's folder, even where analysis saw neither the writing nor the reading.
    """

    step: Step
    config: StepConfig
    number: int
    values: tuple[Source, ...]
    files: str

    @property
    def place(self) -> Place:
        """Return where the step begins."""
        cells = self.step.cells
        return Place(cell=cells[0].number if cells else None)


def plain_env(config: StepConfig) -> dict[str, str]:
    """Return the environment that the manifest may hold: nothing that templates would read."""
    return {name: value for name, value in config.env if "{{" not in value}


def hidden_env(config: StepConfig) -> dict[str, str]:
    """Return the rest, which the runtime sets before the step's code runs."""
    return {name: value for name, value in config.env if "{{" in value}


def make_plans(pipeline: Pipeline, configs: Mapping[str, StepConfig]) -> tuple[Plan, ...]:
    """Return the plans of all steps."""
    place = {step.name: number for number, step in enumerate(pipeline.steps)}
    above = _above(pipeline, place)

    def sources(step: Step) -> tuple[Source, ...]:
        names = {name for version in _inputs(step) for name in _steps(version)}
        ordered = sorted((name for name in names if name in place), key=place.__getitem__)
        return tuple(
            Source(name, step.config.on_exit or pipeline.steps[place[name]].condition is not None)
            for name in ordered
        )

    return tuple(
        Plan(step, configs[step.name], number, sources(step), _ranges(above[number]))
        for number, step in enumerate(pipeline.steps)
    )


def _above(pipeline: Pipeline, place: Mapping[str, int]) -> list[int]:
    """Return for each step the steps that have run before it, a bit each."""
    found = [0] * len(place)
    for edge in sorted(pipeline.edges, key=lambda edge: place[edge.target]):
        source = place[edge.source]
        found[place[edge.target]] |= found[source] | 1 << source
    first = sum(1 << place[step.name] for step in pipeline.steps if not step.config.on_exit)
    return [
        mask | first if step.config.on_exit else mask
        for step, mask in zip(pipeline.steps, found, strict=True)
    ]


_WORD = 256
_SET = re.compile("1+")


def _ranges(mask: int) -> str:
    """Return the numbers of the bits that are set: `0-3,5`. No range goes beyond a word."""
    texts = (
        _runs(first, mask >> first & (1 << _WORD) - 1)
        for first in range(0, mask.bit_length(), _WORD)
    )
    return ",".join(filter(None, texts))


@lru_cache(maxsize=64)  # steps near each other have most words in common
def _runs(first: int, word: int) -> str:
    runs = [found.span() for found in _SET.finditer(f"{word:b}"[::-1])]
    return ",".join(
        [
            f"{first + low}-{first + end - 1}" if end - low > 1 else f"{first + low}"
            for low, end in runs
        ]
    )


def _inputs(step: Step) -> tuple[Input, ...]:
    return (*step.inputs, *(version for piece in step.slices for version in piece.inputs))


def _steps(version: Input) -> tuple[str, ...]:
    return (version.step, *version.otherwise)


def plan_texts(pipeline: Pipeline, plan: Plan, *, fingerprint: bool = False) -> dict[str, str]:
    """Return the JSON that the step's containers read, in ASCII, by part; "" is a whole step."""
    order = make_order(pipeline, plan.step, fingerprint=fingerprint)
    if plan.step.config.on_exit:  # any step may have failed then
        for piece in (order, *order["slices"]):
            piece["inputs"] = {
                name: [steps] if isinstance(steps, str) else steps
                for name, steps in piece["inputs"].items()
            }
    loop = plan.step.loop
    if loop is None:
        return {"": _text(pipeline, plan, order)}
    return {
        part: _text(pipeline, plan, make_part(order, loop, part))
        for part in ("items", "iteration", "gather")
    }


_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def _text(pipeline: Pipeline, plan: Plan, order: Mapping[str, Any]) -> str:
    types = {p.name: _kind(p) for p in pipeline.parameters if p.name in plan.step.parameters}
    data: dict[str, Any] = {
        "order": order,
        "types": types,
        "values": [source.step for source in plan.values],
        "files": plan.files,
        "env": hidden_env(plan.config),
    }
    return _JSON.encode(data)


def _kind(parameter: Parameter) -> str:
    """Return how the text of a value is to be read: `str` as it is, all others as JSON."""
    return parameter.type if isinstance(parameter.default, str) or parameter.type != "str" else ""


def parameter_text(parameter: Parameter, value: Value) -> str:
    """Return a value as the text of a workflow's parameter."""
    if _kind(parameter) == "str" and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
