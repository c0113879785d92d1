"""The order of a step: what its process has to do. Written by the compiler as JSON."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, NamedTuple


class OrderError(Exception):
    """The order does not have the form that this runtime reads."""


class Cell(NamedTuple):
    """A cell of the step; `number` counts all cells of the notebook from 1."""

    number: int
    source: str
    id: str = ""


class Slice(NamedTuple):
    """A statement of another cell that is run again here; `line` is its first line in that cell.

    `inputs` maps the variables that the statement reads to the steps that made them.
    """

    cell: int
    line: int
    source: str
    kind: str = ""
    binds: List[str] = []  # noqa: RUF012 - never changed
    inputs: Dict[str, str] = {}  # noqa: RUF012


class Order(NamedTuple):
    """One step, as its process sees it. ARCHITECTURE.md explains the fields."""

    step: str
    cells: List[Cell]
    notebook: str = ""
    fingerprint: bool = False
    slices: List[Slice] = []  # noqa: RUF012
    inputs: Dict[str, str] = {}  # noqa: RUF012
    parameters: Dict[str, Any] = {}  # noqa: RUF012
    outputs: List[str] = []  # noqa: RUF012
    changes: List[str] = []  # noqa: RUF012
    before: List[str] = []  # noqa: RUF012
    metrics: List[str] = []  # noqa: RUF012
    keep: int = 1 << 24


def parse_order(data: Any) -> Order:
    """Return the order in *data*, which is JSON text or what JSON decodes to.

    Raises
    ------
    OrderError
        If a field is missing or unknown; the message names it.
    """
    try:
        fields = json.loads(data) if isinstance(data, str) else data
        order: Order = _record(Order, fields)
        return order._replace(
            cells=[_record(Cell, cell) for cell in order.cells],
            slices=[_record(Slice, item) for item in order.slices],
        )
    except (ValueError, TypeError) as error:
        raise OrderError("the order of the step can't be read: %s" % error) from error


def _record(kind: Any, fields: Any) -> Any:
    """Return a *kind*; the constructor names the fields that are missing or unknown."""
    if not isinstance(fields, dict):
        raise TypeError("%s has to be an object, not %r" % (kind.__name__, fields))
    return kind(**fields)


def read_order() -> Order:
    """Return the order in the environment variable NBDAG_ORDER: JSON, or `@` and a file's path."""
    text = os.environ.get("NBDAG_ORDER", "")
    if text.startswith("@"):
        try:
            with open(text[1:], encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            raise OrderError("the order of the step can't be read: %s" % error) from error
    return parse_order(text)
