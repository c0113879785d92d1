"""Attempts: the processes of a run's steps, from their start to what their end means.

```
 start ─► Launcher … Channel ─► hear ─► over(attempt, outcome)
            ▲                     │
            ╰── a while later ◄── retry
```
"""

from __future__ import annotations

import itertools
import signal
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from nbdag_converters.compilers.local import make_part
from nbdag_converters.model import Step

from .attempt import Attempt, Key, Outcome, is_worth_retrying, outcome_of, retry_of, timeout_of
from .clock import Clock
from .events import Phase
from .launcher import Job, Launcher, end_groups, signal_group
from .parts import LOG, Part
from .plan import RunPlan
from .recorder import Recorder

Over: TypeAlias = Callable[[Attempt, Outcome], None]
_LEFT = ("values.nbv", "outputs.jsonl", "report.json", "state.json")


class Attempts:
    """Starts processes and follows them; *over* is called once for each that isn't tried again."""

    def __init__(
        self, plan: RunPlan, launcher: Launcher, recorder: Recorder, *, clock: Clock, over: Over
    ) -> None:
        self._plan = plan
        self._launcher = launcher
        self._recorder = recorder
        self._clock = clock
        self._over = over
        self._running: dict[Key, Attempt] = {}
        self._later: dict[Key, Attempt] = {}
        self._due: deque[Attempt] = deque()
        self._leaders: dict[Key, int] = {}
        self._given_up: dict[str, int] = {}
        self._kills = 0
        self.launched = 0

    @property
    def count(self) -> int:
        """How many processes run."""
        return len(self._running)

    @property
    def busy(self) -> bool:
        """Whether any runs, or will be tried again."""
        return bool(self._running or self._later)

    def runs(self, name: str) -> bool:
        """Return whether a process of the step runs or will be tried again."""
        return any(key[0] == name for key in (*self._running, *self._later))

    # Starting ---------------------------------------------------------------------------

    def start(self, step: Step, order: Mapping[str, Any], part: Part | None = None) -> None:
        """Start the first attempt of a step, or of a part of its loop."""
        self._launch(Attempt(step, 1, order, part))

    def start_again(self) -> bool:
        """Start one attempt whose time of waiting is over; return whether there was one."""
        if not self._due:
            return False
        attempt = self._due.popleft()
        del self._later[attempt.key]
        self._launch(attempt)
        return True

    def _launch(self, attempt: Attempt) -> None:
        self._running[attempt.key] = attempt
        self.launched += 1
        part = attempt.part.data if attempt.part else {}
        name = attempt.step.name
        if self._plan.cache and (attempt.part is None or attempt.part.kind == "items"):
            self._plan.cache.starts(name)
        self._recorder.record("launched", name, attempt=attempt.number, **part)
        self._launcher.launch(self._job(attempt))

    def _job(self, attempt: Attempt) -> Job:
        step, part, order = attempt.step, attempt.part, attempt.order
        folder = self._plan.folder.steps / step.name / (part.folder if part else "")
        _clear(folder)
        if part and step.loop:
            order = make_part(order, step.loop, part.kind, index=part.index, count=part.count)
        return Job(
            order=order,
            log=folder / LOG,
            values=self._plan.folder.steps,
            cwd=self._plan.cwd,
            env=dict((*self._plan.pipeline.config.env, *step.config.env)),
        )

    # What happens -----------------------------------------------------------------------

    def find(self, message: Mapping[str, Any]) -> Attempt | None:
        """Return the attempt that a message is of, if it runs."""
        part = message.get("part")
        label = str(message.get("index")) if part == "iteration" else str(part or "")
        return self._running.get((str(message.get("step", "")), label))

    def hear(self, attempt: Attempt, kind: str, message: Mapping[str, Any]) -> None:
        """Take in what a process, or who started it, says of it."""
        if kind == "forked":
            attempt.pid = int(message["pid"])
            self._leaders[attempt.key] = attempt.pid
        elif kind == "started":
            # Its time begins here; before, it waited for an interpreter.
            timeout = timeout_of(attempt.step, self._plan.pipeline.config)
            if timeout is not None:
                attempt.timeout = timeout
                self._clock.after(timeout, partial(self._too_long, attempt))
        elif kind == "cell-started":
            attempt.at = message.get("cell")
        elif kind == "cell-finished":
            attempt.at = None
        elif kind in ("succeeded", "failed"):
            attempt.last = message
        elif kind == "exited":
            self._ended(attempt, int(message.get("status", 0)))

    def _ended(self, attempt: Attempt, status: int) -> None:
        del self._running[attempt.key]
        leader = self._leaders.get(attempt.key)
        # A server that a cell has started goes on, as in a notebook, until the run ends.
        if leader and not signal_group(leader, 0):
            del self._leaders[attempt.key]
        outcome = outcome_of(attempt, status)
        if not self._try_again(attempt, outcome):
            self._over(attempt, outcome)

    def _try_again(self, attempt: Attempt, outcome: Outcome) -> bool:
        retry = retry_of(attempt.step, self._plan.pipeline.config)
        if retry is None or attempt.number > retry.limit or not is_worth_retrying(outcome):
            return False
        if attempt.stopped not in ("", "timeout") or self._is_given_up(attempt):
            return False
        delay = retry.delay * retry.factor ** (attempt.number - 1)
        again = Attempt(attempt.step, attempt.number + 1, attempt.order, attempt.part)
        self._later[again.key] = again
        part = attempt.part.data if attempt.part else {}
        facts = {"after": attempt.number, "limit": retry.limit + 1, "delay": delay}
        self._recorder.record(
            "retrying", attempt.step.name, **facts, message=outcome.message, **part
        )
        self._clock.after(delay, lambda: self._wake(again))
        return True

    def _wake(self, attempt: Attempt) -> None:
        if self._later.get(attempt.key) is attempt:
            self._due.append(attempt)

    # Ending early -----------------------------------------------------------------------

    def _too_long(self, attempt: Attempt) -> None:
        if self._running.get(attempt.key) is not attempt:
            return
        again = bool(attempt.stopped)
        attempt.stopped = attempt.stopped or "timeout"
        number = signal.SIGKILL if again else signal.SIGTERM
        self._launcher.kill(attempt.step.name, number, pid=attempt.pid)
        if not again:
            self._clock.after(self._plan.grace, partial(self._too_long, attempt))

    def stop(self, why: str, *, now: bool) -> None:
        """Ask all to end, and kill those that don't; none is tried again."""
        self._due.clear()
        waiting, self._later = list(self._later.values()), {}
        for attempt in waiting:
            self._over(attempt, Outcome(Phase.FAILED, "interrupted", why))
        for attempt in self._running.values():
            attempt.stopped = attempt.stopped or why
        self._kills += 1
        if now:
            self._signal_all(signal.SIGKILL)
        else:
            self._signal_all(signal.SIGTERM)
            self._clock.after(self._plan.grace, partial(self._kill_all, self._kills))

    def _kill_all(self, number: int) -> None:
        if number == self._kills:
            self._signal_all(signal.SIGKILL)

    def forget_stop(self) -> None:
        """Let what starts from now on live, after a stop of all before."""
        self._kills += 1

    def _signal_all(self, number: int) -> None:
        for name in dict.fromkeys(name for name, _ in self._running):
            self._launcher.kill(name, number)

    def gone(self, message: str) -> None:
        """Note that all processes ended with their launcher."""
        self.end_rest()
        running, self._running = list(self._running.values()), {}
        for attempt in running:
            self._over(attempt, Outcome(Phase.ERROR, "killed", message))

    def give_up(self, name: str, *, above: int) -> None:
        """Don't try iterations of a step's loop again that come after iteration *above*."""
        self._given_up[name] = above
        for key, attempt in list(self._later.items()):
            if self._is_given_up(attempt):
                del self._later[key]
                if attempt in self._due:
                    self._due.remove(attempt)
                message = f"iteration {above} failed before it could be tried again"
                self._over(attempt, Outcome(Phase.FAILED, "interrupted", message))

    def _is_given_up(self, attempt: Attempt) -> bool:
        above = self._given_up.get(attempt.step.name)
        return above is not None and attempt.part is not None and attempt.part.index > above

    def end_rest(self) -> None:
        """Kill what is left of the processes' groups, such as a server that a cell has started."""
        end_groups(self._leaders.values())
        self._leaders.clear()


def _clear(folder: Path) -> None:
    """Make a folder as new; the files of what an earlier attempt printed stay, numbered."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _LEFT:
        (folder / name).unlink(missing_ok=True)
    if (folder / LOG).exists():
        numbers = itertools.count(1)
        name = next(name for n in numbers if not (folder / (name := f"log.{n}.txt")).exists())
        (folder / LOG).replace(folder / name)
