"""The key of a step: a hash of all that is known before it runs and that its outcome depends on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

FORMAT = 1
"""Changes when an older nbdag's outcomes can't be used any more."""


_WORD = re.compile(r"\w+")


class Version(NamedTuple):
    """A variable, and the steps that it may come from; the first that ran counts."""

    name: str
    steps: tuple[str, ...]


def versions_of(order: Mapping[str, Any]) -> tuple[Version, ...]:
    """Return what a step's order takes from other steps, each once."""
    places = [order["inputs"], *(piece["inputs"] for piece in order["slices"])]
    found = {
        Version(name, (steps,) if isinstance(steps, str) else tuple(steps))
        for place in places
        for name, steps in place.items()
    }
    return tuple(sorted(found))


def key_of(order: Mapping[str, Any], *, inputs: Mapping[Version, str], context: object) -> str:
    """Return the key of the step with *order*, given the digests of its *inputs*.

    Where its cells stand in the notebook does not count, only their order. *context* is JSON:
    all else that matters.
    """
    ranks = {number: rank for rank, number in enumerate(cell_numbers(order))}
    values = [[*version, digest] for version, digest in sorted(inputs.items())]
    data = [FORMAT, _placeless(order, ranks), values, context]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def cell_numbers(order: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the numbers of all cells of which *order* has code, in order."""
    numbers = [cell["number"] for cell in order["cells"]]
    numbers += [place["cell"] for place in _places(order)]
    return tuple(sorted(set(numbers)))


def _placeless(order: Mapping[str, Any], ranks: Mapping[int, int]) -> dict[str, Any]:
    cells = [
        {**{k: v for k, v in cell.items() if k != "id"}, "number": ranks[cell["number"]]}
        for cell in order["cells"]
    ]
    words = set(_WORD.findall("\n".join(sources_of(order))))
    # Names that the step is kept from reading: those that its code can't mean make no difference.
    before = [name for name in order["before"] if name in words]
    made = {**order, "cells": cells, "before": before}
    for name in ("slices", "decides"):
        if name in order:
            made[name] = [{**place, "cell": ranks[place["cell"]]} for place in order[name]]
    if order.get("loop"):
        made["loop"] = {**order["loop"], "cell": ranks[order["loop"]["cell"]]}
    return made


def sources_of(order: Mapping[str, Any]) -> tuple[str, ...]:
    """Return all code that a step runs."""
    return tuple(piece["source"] for piece in (*order["slices"], *order["cells"]))


def _places(order: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from order["slices"]
    yield from order.get("decides", ())
    if order.get("loop"):
        yield order["loop"]
