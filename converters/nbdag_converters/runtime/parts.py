"""The parts of a step whose loop runs its iterations in processes of their own.

| part | runs | saves |
|---|---|---|
| items | what stands above the loop | the items, and what the other parts may need |
| iteration | the loop's body once | what it recorded, and the names that it bound |
| gather | what was recorded, and what stands below | the step's outputs |
"""

from __future__ import annotations

import json
import os
import re
from functools import partial
from typing import Any, Callable, Dict, List

from . import control, sources
from .events import emit
from .namespace import guard_of
from .order import LoopPart, Order

RECORDS = "@records"
BRANCH = "__nbdag_branch__"


def item_name(index: int) -> str:
    """Return the name under which an item is saved."""
    return "@item.%d" % index


class Parts:
    """What a part of a loop does before and after its cells.

    *bind* loads inputs, name to step, into the namespace.
    """

    def __init__(self, order: Order, part: LoopPart, namespace: Any, values: str) -> None:
        self.order, self.part, self.namespace = order, part, namespace
        self.folder = os.path.join(values, order.step)
        self.loop = control.Loop(part.line, part.gathers)
        self.records: List[Any] = []
        self.items: Any = None

    def cells(self) -> List[Any]:
        """Return the cells of the step that run in this part."""
        numbers = [cell.number for cell in self.order.cells]
        at = numbers.index(self.part.cell)
        cells = {
            "items": slice(0, at + 1),
            "iteration": slice(at, at + 1),
            "gather": slice(at, None),
        }
        return self.order.cells[cells[self.part.part]]

    def transform(self, cell: int) -> Any:
        """Return what is to be done with the tree of *cell*, None where it runs as it is."""
        if cell != self.part.cell:
            return None
        if self.part.part == "gather":
            return partial(self.loop.gather, file=sources.file_name(cell))
        change: Callable[[Any], Any] = getattr(self.loop, self.part.part)
        return change

    def inputs(self) -> Dict[str, str]:
        """Return what comes from other parts of the step, name to folder."""
        if self.part.part == "items":
            return {}
        found = dict.fromkeys(self._state("items")["names"], self.order.step + "/items")
        if self.part.part == "iteration":
            found[item_name(self.part.number)] = self.order.step + "/items"
        return found

    def prepare(self, load: Any) -> None:
        """Make ready what the changed cell calls; *load* returns values of name to folder."""
        put = dict.__setitem__
        if self.part.part == "iteration":
            self._unbind()
            item = dict.pop(self.namespace, item_name(self.part.number))
            put(self.namespace, control.ITEM, item)
            put(self.namespace, control.RECORD, self._record)
        elif self.part.part == "gather":
            put(self.namespace, control.GATHER, lambda: self._gather(load))

    def _unbind(self) -> None:
        """Take away what the loop binds, so that it is seen what this iteration binds.

        An iteration reads none of it before; if it does after all, that is an error.
        """
        guard = guard_of(self.namespace)
        for name in self.part.binds:
            if dict.__contains__(self.namespace, name):
                dict.pop(self.namespace, name)
                if guard:
                    guard.before.add(name)

    def _record(self, number: int, *given: Any) -> None:
        self.records.append((number, given))

    def _gather(self, load: Any) -> None:
        """Add all that iterations recorded, in order, and bind what the last of them bound."""
        last: Dict[str, int] = {}
        for index in range(self.part.total):
            last.update(dict.fromkeys(self._state(str(index))["names"], index))
        bound: Dict[str, Any] = {}
        for index in range(self.part.total):
            wanted = [RECORDS, *(name for name, at in last.items() if at == index)]
            found = load(dict.fromkeys(wanted, "%s/%d" % (self.order.step, index)))
            self.loop.add(self.namespace, found.pop(RECORDS))
            bound.update(found)
        dict.pop(self.namespace, control.GIVEN, None)
        self.namespace.update(bound)

    def outputs(self, touched: Any) -> List[str]:
        """Return the names to be saved; *touched* are those that the cells bound or changed."""
        if self.part.part == "gather":
            return self.order.outputs
        if self.part.part == "items":
            return self._items(touched)
        dict.__setitem__(self.namespace, RECORDS, self.records)
        names = [name for name in self.part.binds if name in touched]
        self._keep_state({"names": names})
        return [RECORDS, *names]

    def _items(self, touched: Any) -> List[str]:
        items: Any = self.items
        cells = [cell.source for cell in self.order.cells if cell.number >= self.part.cell]
        needed = set(re.findall(r"\w+", "\n".join(cells))) | set(self.order.outputs)
        names = [name for name in touched if name in needed]
        for index, item in enumerate(items):
            dict.__setitem__(self.namespace, item_name(index), item)
        self._keep_state({"names": names, "count": len(items)})
        emit("items", step=self.order.step, count=len(items))
        return [*names, *map(item_name, range(len(items)))]

    def _keep_state(self, state: Any) -> None:
        part = "items" if self.part.part == "items" else str(self.part.number)
        path = os.path.join(self.folder, part, "state.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(state, file)

    def _state(self, part: str) -> Any:
        with open(os.path.join(self.folder, part, "state.json"), encoding="utf-8") as file:
            return json.load(file)

    def clean(self) -> None:
        """Take away what only this module put into the namespace."""
        self.items = dict.pop(self.namespace, control.ITEMS, None)
        for name in [control.ITEM, control.RECORD, control.GATHER, control.GIVEN]:
            dict.pop(self.namespace, name, None)


def tests_as_cell(tests: List[str], line: int) -> str:
    """Return code that works out which test is the first that holds."""
    text = "-1"
    for number in reversed(range(len(tests))):
        text = "(%d if (%s) else %s)" % (number, tests[number], text)
    return "#\n" * (line - 1) + BRANCH + " = " + text  # IPython drops empty lines above
