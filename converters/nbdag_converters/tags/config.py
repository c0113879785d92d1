"""Tags → the settings of a step."""

from __future__ import annotations

from typing import Any

from nbdag_converters.model import StepConfig

from .parse import Tag

_NONE = StepConfig()


def step_config(tags: tuple[Tag, ...]) -> StepConfig:
    """Return the settings that *tags*, which don't contradict each other, say."""
    if not tags:
        return _NONE
    values: dict[str, Any] = {}
    for tag in tags:
        attribute = tag.directive.sets
        if tag.directive.many:
            values[attribute] = (*values.get(attribute, ()), tag.setting)
        else:
            values[attribute] = tag.setting
    return StepConfig(**values)
