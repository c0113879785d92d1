"""The state of the random generators that modules share; `@random.numpy` is the name of one."""

from __future__ import annotations

import importlib
import random
import sys
from typing import Any, Dict, List

PREFIX = "@random."
KINDS = ("random", "numpy", "torch")


def get_state(name: str) -> Any:
    """Return the state of the generator, None where its module is not imported."""
    kind = name[len(PREFIX) :]
    if kind == "random":
        return random.getstate()
    module = sys.modules.get(kind)
    if module is None or not hasattr(module, "random"):
        return None
    return module.random.get_state() if kind == "numpy" else module.get_rng_state()


def set_state(name: str, state: Any) -> None:
    """Give the generator that state."""
    kind = name[len(PREFIX) :]
    module: Any = importlib.import_module(kind)
    if kind == "random":
        module.setstate(state)
    elif kind == "numpy":
        module.random.set_state(state)
    else:
        module.set_rng_state(state)


def snapshot() -> Dict[str, str]:
    """Return the states of all generators as text that can be compared."""
    states = {kind: get_state(PREFIX + kind) for kind in KINDS}
    return {kind: _text(kind, state) for kind, state in states.items() if state is not None}


def _text(kind: str, state: Any) -> str:
    return repr((state[1].tobytes(), state[2:]) if kind == "numpy" else state)


def changed(before: Dict[str, str], after: Dict[str, str]) -> List[str]:
    """Return the generators that were drawn from or seeded between two snapshots, in order."""
    return [kind for kind in after if after[kind] != before.get(kind, _fresh(kind, after))]


def _fresh(kind: str, after: Dict[str, str]) -> str:
    """Return the state in *after* of a generator that was made in between, if it is unused.

    It is known from its place in the block of numbers that it makes at once: seeding and drawing
    move it.
    """
    if kind != "numpy":
        return after[kind]
    numpy: Any = sys.modules["numpy"]
    place = numpy.random.RandomState().get_state()[2]
    return after[kind] if numpy.random.get_state()[2] == place else ""
