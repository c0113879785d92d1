"""The order of a step: what its process has to do. Written by the compiler as JSON."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List


class OrderError(Exception):
    """The order does not have the form that this runtime reads."""


class Record:
    """Values by name. A subclass names and annotates them; those with a value may be left out.

    It never changes. To import `typing` for its NamedTuple, a step would start later.
    """

    def __init__(self, **fields: Any) -> None:
        kind = type(self)
        for name in fields.keys() - kind.__annotations__.keys():
            raise TypeError("%s has no field %r" % (kind.__name__, name))
        for name in kind.__annotations__:
            if name not in fields and not hasattr(kind, name):
                raise TypeError("%s has to have the field %r" % (kind.__name__, name))
        vars(self).update(fields)

    def but(self, **fields: Any) -> Any:
        """Return the same with other *fields*."""
        return type(self)(**{**vars(self), **fields})


class Cell(Record):
    """A cell of the step; `number` counts all cells of the notebook from 1."""

    number: int
    source: str
    id: str = ""


class Slice(Record):
    """A statement of another cell that is run again here; `line` is its first line in that cell.

    `inputs` maps the variables that the statement reads to the steps that made them.
    """

    cell: int
    line: int
    source: str
    kind: str = ""
    binds: List[str] = []  # noqa: RUF012 - never changed
    inputs: Dict[str, str] = {}  # noqa: RUF012


class Branch(Record):
    """The `if` at *line* of the step's cell runs *branch*; -1 is the last `else`."""

    line: int
    branch: int


class Decision(Record):
    """The `if` at *cell*, *line* with its tests; which holds is decided at the end of this step."""

    name: str
    tests: List[str]
    cell: int
    line: int


class LoopPart(Record):
    """Which part of a step's loop this process runs: `items`, `iteration` or `gather`.

    `number` is the iteration's, of `total`.
    """

    cell: int
    line: int
    gathers: List[str]
    binds: List[str]
    part: str
    number: int = 0
    total: int = 0


class Order(Record):
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
    decides: List[Decision] = []  # noqa: RUF012
    branch: Branch | None = None
    loop: LoopPart | None = None


def last_cell(order: Order) -> int | None:
    """Return the number of the step's last cell; None where it only decides."""
    return order.cells[-1].number if order.cells else None


def folder_of(order: Order) -> str:
    """Return the folder of an order's part below that of all steps."""
    part = order.loop
    if part is None or part.part == "gather":
        return order.step
    return os.path.join(order.step, "items" if part.part == "items" else str(part.number))


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
        whole: Order = order.but(
            cells=[_record(Cell, cell) for cell in order.cells],
            slices=[_record(Slice, item) for item in order.slices],
            decides=[_record(Decision, item) for item in order.decides],
            branch=order.branch and _record(Branch, order.branch),
            loop=order.loop and _record(LoopPart, order.loop),
        )
        return whole
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


def resolve(order: Order, values: str) -> Order:
    """Return the order with one step an input: of several, the first that has run.

    An input of steps none of which has run is left out. *values* is the folder of all steps.
    """

    def run(inputs: Any) -> Dict[str, str]:
        found = {}
        for name, steps in inputs.items():
            if isinstance(steps, str):
                found[name] = steps
                continue
            for step in steps:
                if os.path.exists(os.path.join(values, step, "values.nbv")):
                    found[name] = step
                    break
        return found

    slices = [item.but(inputs=run(item.inputs)) for item in order.slices]
    unset = [name for name in order.inputs if name not in run(order.inputs)]
    resolved: Order = order.but(
        inputs=run(order.inputs),
        slices=slices,
        before=[name for name in order.before if name not in unset],
    )
    return resolved
