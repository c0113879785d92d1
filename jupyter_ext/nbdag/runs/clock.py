"""Clock: what has to be done later, for a loop that waits in one place."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable


class Clock:
    """Actions and their moments. An action that may be out of date by then must see that itself."""

    def __init__(self) -> None:
        self._actions: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do *action* in *seconds*; of those of one moment the first that was given comes first."""
        moment = time.monotonic() + seconds
        heapq.heappush(self._actions, (moment, next(self._numbers), action))

    def wait_time(self) -> float | None:
        """Return the seconds until the next action, `None` where there is none."""
        return max(self._actions[0][0] - time.monotonic(), 0.0) if self._actions else None

    def run_due(self) -> None:
        """Do all that is due."""
        while self._actions and self._actions[0][0] <= time.monotonic():
            _, _, action = heapq.heappop(self._actions)
            action()
