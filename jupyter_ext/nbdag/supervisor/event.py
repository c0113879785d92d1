"""Event: what started a run here, and what of it becomes a parameter; as Argo Events reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from nbdag_converters.compilers.argo.events import Filter
from nbdag_converters.model import Parameter, Value
from nbdag_converters.parameters import parse_value

MISSING = object()


def value_at(event: object, path: str) -> object:
    """Return the value at `items.0.name` of an event, MISSING where there is none."""
    found = event
    for key in () if path == "." else path.split("."):
        if isinstance(found, Mapping) and key in found:
            found = cast("Mapping[str, object]", found)[key]
        elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = cast("list[object]", found)[int(key)]
        else:
            return MISSING
    return found


def counts(event: object, filters: Iterable[Filter]) -> bool:
    """Return whether all *filters* hold of an event; one whose field is missing does not."""
    return all(_holds(each, value_at(event, each.path)) for each in filters)


def values_of(
    event: object, fields: Sequence[tuple[str, str]], parameters: Iterable[Parameter]
) -> dict[str, Value]:
    """Return the parameters that get a value of the event; others have their default.

    Raises
    ------
    ParameterError
        If a value isn't of its parameter's type.
    """
    known = {parameter.name: parameter for parameter in parameters}
    found = {name: value_at(event, path) for name, path in fields}
    return {
        name: parse_value(known[name], _text(value))
        for name, value in found.items()
        if value is not MISSING
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _holds(wanted: Filter, value: Any) -> bool:
    if value is MISSING:
        return False
    if wanted.comparator in (">", ">=", "<", "<="):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        bound = float(wanted.value)
        return {
            ">": value > bound,
            ">=": value >= bound,
            "<": value < bound,
            "<=": value <= bound,
        }[wanted.comparator]
    text = _text(value)
    if wanted.comparator == "~":
        return re.search(wanted.value, text) is not None
    return (text == wanted.value) == (wanted.comparator == "=")
