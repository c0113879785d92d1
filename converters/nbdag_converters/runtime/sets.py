"""Keeps the order in which a set gives its items.

That order is the order of the places in the set's hash table: an item goes to the first free place
on a path that its hash gives. So it depends on the order of insertion, on the size of the table,
and on items that have been removed since. The places are read from the table itself, and from them
an order of insertion that leads there is found; *fillers* hold the places of what has been removed.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterator, List, Tuple


def make(kind: Any, size: int, fillers: List[int], items: List[Any]) -> Any:
    """Return a set whose table has *size* places and got *fillers* and *items* in this order."""
    least = max(size // 4, 5) if size > 8 else 0
    more = [
        object() for _ in range(least - len(fillers) - len(items))
    ]  # last: they displace nothing
    order = fillers + items + more
    half = max(size // 2 - 1, 4)
    made = set(dict.fromkeys(order[:half]))  # a dict makes the table large enough at once
    made.update(order[half:])
    made.difference_update(fillers, more)
    return made if kind is set else _frozen(made)


def _frozen(made: Any) -> Any:
    """Return *made* as a frozenset; a copy would have another table, so the two swap theirs."""
    frozen = frozenset(made)
    one, other = _table(made), _table(frozen)
    if one and other and min(one[2], other[2]) > 7:  # smaller tables lie inside the object
        one[:], other[:] = other[:], one[:]
    return frozen


def _table(value: Any) -> Any:
    """Return the words of CPython's set: fill, used, mask and the table's address; or None."""
    try:
        import ctypes
    except ImportError:
        return None
    words = (ctypes.c_ssize_t * 4).from_address(id(value) + object.__basicsize__)
    mask = words[2]
    # else this is not the layout of CPython 3.8 to 3.14
    return words if words[1] == len(value) and not mask & (mask + 1) and mask >= words[1] else None


def is_kept(value: Any) -> bool:
    """Return whether a set made by adding the items of *value* in order is the same."""
    again = type(value)(list(value))
    return sys.getsizeof(again) == sys.getsizeof(value) and _same(again, value)


def recipe(value: Any) -> Tuple[int, List[int], List[Any]] | None:
    """Return what `make` needs to give the order of *value*: size, fillers, items; or None."""
    words = _table(value)
    if words is None:
        return None
    import ctypes

    size = words[2] + 1
    numbers = (ctypes.c_ssize_t * (2 * size)).from_address(words[3])[::2]
    known = {id(item): item for item in value}
    places = {place: known[number] for place, number in enumerate(numbers) if number in known}
    fillers: Dict[int, int] = {}
    items = _order(places, fillers, size, value)
    found = size, list(fillers.values()), items
    return found if _same(make(type(value), *found), value) else None


def _same(one: Any, other: Any) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other))


def _path(number: int, mask: int) -> Iterator[int]:
    """Yield the places where CPython looks for an item of that hash."""
    place, perturb = number & mask, number & (2**64 - 1)
    while True:
        yield from range(place, place + (10 if place + 9 <= mask else 1))
        perturb >>= 5
        place = (place * 5 + 1 + perturb) & mask


def _order(places: Dict[int, Any], fillers: Dict[int, int], size: int, value: Any) -> List[Any]:
    """Return the items so that each comes after those in the places before its own on its path."""
    items: List[Any] = []
    state: Dict[
        int, bool
    ] = {}  # place: False while it waits for others, True when its item is listed
    for start in places:
        stack = [start]
        while stack:
            place = stack[-1]
            if state.get(place):
                stack.pop()
                continue
            waits = []
            for earlier in _path(hash(places[place]), size - 1):
                if earlier == place:
                    break
                if earlier not in places:
                    fillers.setdefault(
                        earlier,
                        next(n for n in range(earlier, sys.maxsize, size) if n not in value),
                    )
                elif earlier not in state:
                    waits.append(earlier)
            if waits and place not in state:
                state[place] = False
                stack += waits
            else:
                state[place] = True
                items.append(places[place])
                stack.pop()
    return items
