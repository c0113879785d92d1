"""Hidden state by name: `@random.…` is a generator's, `@state.…` settings of the process."""

from __future__ import annotations

from typing import Any

from . import generators, settings

PREFIXES = (generators.PREFIX, settings.PREFIX)


def get_hidden(name: str) -> Any:
    """Return the state, None where its library is not in use."""
    if name.startswith(generators.PREFIX):
        return generators.get_state(name)
    return settings.get_setting(name)


def set_hidden(name: str, value: Any) -> None:
    """Bring the state back."""
    if name.startswith(generators.PREFIX):
        generators.set_state(name, value)
    else:
        settings.set_setting(name, value)
