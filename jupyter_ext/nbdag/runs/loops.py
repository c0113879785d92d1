"""LoopRun: a step whose loop fans out, while it runs: which part is next, and how it ended.

```
 items ──count──► 0  1  2 … (at most `most` at once) ──► gather
                     ╰── one failed: no new ones, those that run go on ──► failed
```
Pure: it starts nothing, and knows nothing of time.
"""

from __future__ import annotations

from nbdag_converters.model import Loop

from .attempt import Outcome
from .events import Phase
from .parts import Part


class LoopRun:
    """The state of one step's loop. Iterations start in order."""

    def __init__(self, loop: Loop) -> None:
        self._most = loop.most
        self._next: Part | None = Part("items")
        self._running = 0
        self._failures: dict[int, Outcome] = {}
        self._waits = False
        self.count: int | None = None
        self.done = 0

    @property
    def running(self) -> int:
        """How many parts have been taken and are not over."""
        return self._running

    @property
    def failed_at(self) -> int | None:
        """The lowest iteration that failed; -1 is before the first."""
        return min(self._failures, default=None)

    @property
    def outcome(self) -> Outcome | None:
        """How the loop ended, `None` while it goes on.

        It fails with what the notebook would have raised: the error of its lowest iteration.
        """
        if self._running:
            return None
        if self._failures:
            return self._failures[min(self._failures)]
        if self._next is None and not self._waits:
            return Outcome(Phase.SUCCEEDED)
        return None

    @property
    def iterated(self) -> bool:
        """Whether all iterations succeeded, and the gathering waits for `gather`."""
        return self._waits and not self._running and not self._failures

    def take(self) -> Part | None:
        """Return a part that may start now, once; `None` where there is none."""
        part = self._next
        if part is None or self._failures:
            return None
        if part.kind == "iteration" and self._most and self._running >= self._most:
            return None
        self._running += 1
        self._next = self._following(part)
        return part

    def _following(self, part: Part) -> Part | None:
        if part.kind == "iteration" and part.index + 1 < part.count:
            return Part("iteration", part.index + 1, part.count)
        if part.kind == "iteration":
            self._waits = True
        return None

    def items(self, count: int) -> None:
        """Note how many items there are."""
        self.count = count

    def over(self, part: Part, outcome: Outcome) -> None:
        """Note how a part that was taken ended."""
        self._running -= 1
        if outcome.phase is not Phase.SUCCEEDED:
            self._failures[_position(part)] = outcome
        elif part.kind == "items" and self.count is None:
            self._failures[-1] = Outcome(Phase.ERROR, "order", "it did not say how many items")
        elif part.kind == "items" and self.count:
            self._next = Part("iteration", 0, self.count)
        elif part.kind == "items":
            self._waits = True
        else:
            self.done += part.kind == "iteration"

    def gather(self) -> None:
        """Let the gathering be taken."""
        self._waits = False
        self._next = Part("gather", 0, self.count or 0)

    def fail(self, outcome: Outcome) -> None:
        """Let no part be taken any more, for a reason outside of all parts."""
        if not self._failures:
            self._failures[-1] = outcome


def _position(part: Part) -> int:
    if part.kind == "items":
        return -1
    return part.index if part.kind == "iteration" else part.count
