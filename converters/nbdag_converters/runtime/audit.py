"""Listens to Python's audit events.

All code of the cells pays for it: even `id()` is an event. So one hook asks one dict. It can't be
removed, so a zygote has none.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Iterable, Tuple


class Audit:
    """Passes events on to who listens, until the end."""

    def __init__(self) -> None:
        self.listeners: Dict[str, Tuple[Any, ...]] = {}
        find = self.listeners.get

        def hear(event: str, args: Tuple[Any, ...]) -> None:
            found = find(event)
            if found:
                for listener in found:
                    listener(event, args)

        sys.addaudithook(hear)

    def listen(self, events: Iterable[str], listener: Callable[[str, Any], None]) -> None:
        """Have *listener* called with each of *events* and its arguments."""
        for event in events:
            self.listeners[event] = (*self.listeners.get(event, ()), listener)

    def without(self, work: Callable[[], Any]) -> Any:
        """Return what *work* returns, and pass nothing on meanwhile."""
        kept = dict(self.listeners)
        self.listeners.clear()
        try:
            return work()
        finally:
            self.listeners.update(kept)

    def end(self) -> None:
        """Pass nothing on any more."""
        self.listeners.clear()
