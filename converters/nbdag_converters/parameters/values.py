"""Values that are given for a run: are they right, and what a text on a command line means."""

from __future__ import annotations

import ast
import difflib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.errors import ParameterError
from nbdag_converters.model import Parameter, Value
from nbdag_converters.rules import did_you_mean, settings

from .literals import shortened

SHOWN = {"none": "None", "list": "a list", "dict": "a dict"}


def is_of_type(value: object, kind: str) -> bool:
    """Return whether a value may be given for a parameter of that type."""
    if kind == "none":
        return is_json(value)
    if kind in ("int", "float"):
        numbers = (int, float) if kind == "float" else int
        return isinstance(value, numbers) and not isinstance(value, bool) and is_json(value)
    expected = {"bool": bool, "str": str, "list": list, "dict": dict}[kind]
    return isinstance(value, expected) and is_json(value)


def is_json(value: object) -> bool:
    """Return whether *value* is exactly a JSON value."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(is_json(item) for item in cast("list[object]", value))
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        return all(isinstance(key, str) and is_json(item) for key, item in items)
    return value is None or isinstance(value, bool | int | str)


def check_values(parameters: Sequence[Parameter], given: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of all parameters for a run: *given*, and defaults for the rest.

    Raises
    ------
    ParameterError
        If there is no parameter of a name, or its type doesn't fit; all such are told.
    """
    known = {parameter.name: parameter for parameter in parameters}
    wrong: list[Diagnostic] = []
    for name, value in given.items():
        parameter = known.get(name)
        if parameter is None:
            wrong.append(unknown_parameter(name, tuple(known)))
        elif not is_of_type(value, parameter.type) and (
            value is not None or parameter.default is not None
        ):
            wrong.append(wrong_value(parameter, value))
    if wrong:
        raise ParameterError(tuple(wrong))
    return {name: given.get(name, parameter.default) for name, parameter in known.items()}


def parse_value(parameter: Parameter, text: str) -> Value:
    """Return the value that *text*, from a command line, means for a parameter.

    Raises
    ------
    ParameterError
        If it doesn't fit the parameter's type.
    """
    value = text if parameter.type == "str" else value_of_text(parameter.type, text.strip())
    nothing = text.strip().lower() in ("none", "null") and parameter.type != "str"
    if nothing and parameter.default is None:
        return None
    if not is_of_type(value, parameter.type):
        raise ParameterError((wrong_value(parameter, value),))
    return cast("Value", value)


def value_of_text(kind: str, text: str) -> object:
    """Return what *text* means: a number, a truth value, JSON or a Python literal, or itself."""
    if kind == "bool":
        truth = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return truth.get(text.lower(), text)
    for read in (json.loads, ast.literal_eval):
        try:
            value: Any = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if kind == "int" and isinstance(value, float) and value.is_integer() and "e" in text:
            return int(value)
        return value
    return text


def unknown_parameter(name: str, known: tuple[str, ...]) -> Diagnostic:
    """Return the finding that there is no such parameter."""
    close = difflib.get_close_matches(name, known, 1)
    there_are = f"It has {', '.join(known)}." if known else "No cell is tagged `parameters`."
    advice = did_you_mean(close[0] if close else None, otherwise=there_are)
    return settings.UNKNOWN_PARAMETER.at(name=name, advice=advice)


def wrong_value(parameter: Parameter, value: object) -> Diagnostic:
    """Return the finding that a value has the wrong type."""
    return settings.WRONG_VALUE.at(
        name=parameter.name,
        expected=SHOWN.get(parameter.type, parameter.type),
        given=shown_value(value),
        advice=f"Its default is `{shortened(repr(parameter.default))}`.",
    )


def shown_value(value: object) -> str:
    """Return a value and its type for a message."""
    return "None" if value is None else f"`{shortened(repr(value))}` ({type(value).__name__})"
