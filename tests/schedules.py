"""Schedules: orders in which the steps of a run start, other than that of the notebook.

What a step needs of an earlier one has to be an edge. Where one is missing the notebook's order
hides it, as the ready step that comes first in the notebook starts first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from random import Random

import pytest

from nbdag.runs import stages
from nbdag.runs.ready import ReadyQueue

JOBS = 1
"""With one step at a time the order says all."""


class Scheduled(ReadyQueue):
    """Hands out the ready step of the highest rank; the rank is by the position in the notebook."""

    rank: Callable[[int], float] = staticmethod(float)

    def take(self) -> str | None:
        """Return a step that may start now, once; `None` where there is none."""
        while self._ready:
            self._ready.sort(key=self.rank)
            step = self._order[self._ready.pop()]
            if step in self._waiting:
                self._waiting.discard(step)
                return step
        return None


@contextmanager
def latest_first() -> Generator[None]:
    """Let the ready step that comes last in the notebook start first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "ReadyQueue", Scheduled)
        yield


@contextmanager
def shuffled(seed: str) -> Generator[None]:
    """Let ready steps start in an order that *seed* decides."""

    class Shuffled(Scheduled):
        @staticmethod
        def rank(position: int) -> float:
            return Random(f"{seed} {position}").random() if seed else -position

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "ReadyQueue", Shuffled)
        yield
