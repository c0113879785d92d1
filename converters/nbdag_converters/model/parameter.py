"""A parameter of the pipeline: a typed JSON value that is set when a run is submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name, its default, and where the notebook sets it.

    `type` is one of int, float, bool, str, none, list, dict: that of the annotation where there
    is one, else that of the default. `cell` and `line` are counted from 1.
    """

    name: str
    type: str
    default: Value
    cell: int
    line: int
    help: str = ""
