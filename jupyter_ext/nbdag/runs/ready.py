"""ReadyQueue: which steps may start now, and which never will."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nbdag_converters.model.graph import successors


class Skip(NamedTuple):
    """A step that will not run, as *because*, a step that it needs, went wrong."""

    step: str
    because: str


class ReadyQueue:
    """Hands out steps whose predecessors are done, the first of the notebook first.

    Knows nothing of processes: the caller says how a step ended.
    """

    def __init__(self, steps: Sequence[str], edges: Iterable[tuple[str, str]]) -> None:
        pairs = list(dict.fromkeys(edges))
        self._order = tuple(steps)
        self._position = {step: index for index, step in enumerate(steps)}
        self._following = successors(steps, pairs)
        self._missing = dict.fromkeys(steps, 0)
        for _, target in pairs:
            self._missing[target] += 1
        self._waiting = set(steps)
        self._ready: list[int] = []
        for step in steps:
            self._release(step)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Steps that were neither handed out nor skipped, in notebook order."""
        return tuple(step for step in self._order if step in self._waiting)

    def take(self) -> str | None:
        """Return a step that may start now, once; `None` where there is none."""
        while self._ready:
            step = self._order[heapq.heappop(self._ready)]
            if step in self._waiting:
                self._waiting.discard(step)
                return step
        return None

    def succeeded(self, step: str) -> None:
        """Note that *step* is done, so that those which waited for it may start."""
        for target in self._following[step]:
            self._missing[target] -= 1
            self._release(target)

    def failed(self, step: str) -> tuple[Skip, ...]:
        """Note that *step* went wrong, and return what can't run any more, in notebook order."""
        lost: dict[str, str] = {}
        stack = [step]
        while stack:
            source = stack.pop()
            for target in self._following[source]:
                if target in self._waiting:
                    self._waiting.discard(target)
                    lost[target] = step
                    stack.append(target)
        return tuple(Skip(name, lost[name]) for name in self._order if name in lost)

    def drop(self, step: str) -> bool:
        """Take *step* out, if it still waits; return whether it did."""
        if step in self._waiting:
            self._waiting.discard(step)
            return True
        return False

    def _release(self, step: str) -> None:
        if not self._missing[step] and step in self._waiting:
            heapq.heappush(self._ready, self._position[step])
