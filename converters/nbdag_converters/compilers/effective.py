"""The settings of a step as they hold: its own before those of all steps before the pipeline's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from functools import cache, partial
from typing import Any

from nbdag_converters.model import Pipeline, SecretRef, StepConfig, Volume

_PAIRS = ("env", "labels", "annotations", "node_selector", "limits")


def effective_configs(pipeline: Pipeline) -> dict[str, StepConfig]:
    """Return the settings of each step, by name, in which those of the pipeline are merged."""
    merged = cache(partial(_merged, pipeline))  # most steps say nothing of their own
    return {step.name: merged(step.config) for step in pipeline.steps}


def _merged(pipeline: Pipeline, own: StepConfig) -> StepConfig:
    shared = pipeline.config.step_defaults
    values: dict[str, Any] = {
        name: _pairs(getattr(shared, name), getattr(own, name)) for name in _PAIRS
    }
    values["env"] = _pairs(pipeline.config.env, values["env"])
    values["secrets"] = _once((*shared.secrets, *own.secrets))
    values["volumes"] = _by_path((*pipeline.config.volumes, *shared.volumes, *own.volumes))
    for field in fields(StepConfig):
        if field.name not in values and getattr(own, field.name) is None:
            values[field.name] = getattr(shared, field.name)
    if own.image is None and shared.image is None:
        values["image"] = pipeline.config.image
    return replace(own, **values)


def _pairs(
    first: Iterable[tuple[str, str]], second: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Return both, *second* where a key is in both."""
    return tuple({**dict(first), **dict(second)}.items())


def _once(secrets: Iterable[SecretRef]) -> tuple[SecretRef, ...]:
    return tuple(dict.fromkeys(secrets))


def _by_path(volumes: Iterable[Volume]) -> tuple[Volume, ...]:
    return tuple({volume.path: volume for volume in volumes}.values())
