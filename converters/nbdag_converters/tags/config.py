"""Tags → the settings of a step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nbdag_converters.model import StepConfig

from .parse import Tag


def step_config(tags: tuple[Tag, ...]) -> StepConfig:
    """Return the settings that *tags*, which don't contradict each other, say."""
    values: dict[str, Any] = {}
    for tag in tags:
        attribute = tag.directive.sets
        if tag.directive.many:
            values[attribute] = (*values.get(attribute, ()), tag.setting)
        else:
            values[attribute] = tag.setting
    return replace(StepConfig(), **values)
