"""The state of the random generators that modules share; `@random.numpy` is the name of one."""

from __future__ import annotations

import importlib
import random
import sys
from typing import Any, Dict

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
    states = {}
    for kind in KINDS:
        state = get_state(PREFIX + kind)
        if kind == "numpy" and state is not None:
            states[kind] = repr((state[1].tobytes(), state[2:]))
        elif state is not None:
            states[kind] = repr(state)
    return states


def changed(before: Dict[str, str], after: Dict[str, str]) -> Any:
    """Return the generators that were drawn from or seeded between two snapshots, in order.

    Of one whose module was imported in between it is known from its place in the block of numbers
    that it makes at once: a fresh one stands at its end.
    """
    return [
        kind
        for kind, state in after.items()
        if (state != before[kind] if kind in before else kind == "numpy" and "(624," not in state)
    ]
