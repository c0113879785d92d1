"""Driver: takes a run from its first step to its end.

```
 ReadyQueue ──step──► Launcher ══process══► Channel ──message──► Driver ──event──► Recorder
      ▲                                                            │
      └────────────── succeeded / failed ◄── guard judges ◄────────┘
```

One thread waits on one channel; nothing polls. All of a run's state is here, and what the world
sees of it is the recorder's events.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbdag_converters.guard import Finding, inspect
from nbdag_converters.model import Pipeline, Step

from .attempt import Attempt, Outcome, outcome_of, retry_of, timeout_of
from .cache import RunCache
from .events import Phase
from .history import RunFolder
from .launcher import Job, Launcher, end_groups, signal_group
from .ready import ReadyQueue, Skip
from .recorder import Recorder

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to be done: *orders* by step, at most *jobs* at once, in the folder *cwd*.

    `grace` is how many seconds a step has between SIGTERM and SIGKILL. `cache` has what steps left
    in earlier runs, and keeps what they leave in this one; `None` runs them all.
    """

    pipeline: Pipeline
    orders: Mapping[str, Mapping[str, Any]]
    folder: RunFolder
    cwd: Path
    jobs: int
    grace: float
    cache: RunCache | None = None


class Driver:
    """Executes one plan; `drive` returns when nothing of it runs any more."""

    def __init__(self, plan: RunPlan, launcher: Launcher, recorder: Recorder) -> None:
        self._plan = plan
        self._launcher = launcher
        self._recorder = recorder
        pipeline = plan.pipeline
        edges = [(edge.source, edge.target) for edge in pipeline.edges]
        self._queue = ReadyQueue([step.name for step in pipeline.steps], edges)
        self._running: dict[str, Attempt] = {}
        self._retries: dict[str, tuple[float, int]] = {}
        self._leaders: dict[str, int] = {}
        self._reports: dict[str, Mapping[str, Any]] = {}
        self._told: set[tuple[str, str, str]] = set()
        self._spoiled: dict[str, Finding] = {}
        self._stopping = ""
        self._kill_at: float | None = None
        self._end_at: float | None = None

    def drive(self) -> None:
        """Run all steps that can run, and record how it ended."""
        timeout = self._plan.pipeline.config.timeout
        self._end_at = None if timeout is None else time.monotonic() + timeout
        try:
            self._launch_ready()
            while self._running or self._retries:
                for message in self._launcher.channel.messages(self._wait_time()):
                    self._handle(message)
                self._check_clock()
                self._launch_ready()
        finally:
            end_groups(self._leaders.values())
        if self._plan.cache:
            self._plan.cache.close()
        self._finish_run()

    # Starting ---------------------------------------------------------------------------

    def _launch_ready(self) -> None:
        while not self._stopping and len(self._running) < self._plan.jobs:
            again = self._due_retry()
            if again:
                self._launch(*again)
                continue
            name = self._queue.take()
            if name is None:
                return
            self._launch(name, 1)

    def _launch(self, name: str, number: int) -> None:
        step = self._plan.pipeline.step(name)
        cache = self._plan.cache
        if cache:
            if number == 1 and self._recall(step, cache):
                return
            cache.starts(name)
        self._running[name] = Attempt(step, number)
        self._recorder.record("launched", name, attempt=number)
        self._launcher.launch(self._job(step, number))

    def _recall(self, step: Step, cache: RunCache) -> bool:
        """Take what the step left in an earlier run, if it would leave the same again."""
        recalled = cache.recall(step.name)
        if recalled is None:
            return False
        attempt = Attempt(step, 1)
        for message in recalled.messages:
            self._recorder.pass_on(message)
            self._heard(attempt, str(message["event"]), message)
        self._finish_step(step.name, self._judge(step.name), cached=recalled.seconds)
        return True

    def _job(self, step: Step, number: int) -> Job:
        folder = self._plan.folder.steps / step.name
        folder.mkdir(exist_ok=True)
        if number > 1:
            # Each attempt starts from nothing; what the last one printed is kept.
            (folder / "log.txt").replace(folder / f"log.{number - 1}.txt")
            for name in ("values.nbv", "outputs.jsonl", "report.json"):
                (folder / name).unlink(missing_ok=True)
        return Job(
            order=self._plan.orders[step.name],
            log=folder / "log.txt",
            values=self._plan.folder.steps,
            cwd=self._plan.cwd,
            env=dict((*self._plan.pipeline.config.env, *step.config.env)),
        )

    def _due_retry(self) -> tuple[str, int] | None:
        now = time.monotonic()
        for name, (moment, number) in self._retries.items():
            if moment <= now:
                del self._retries[name]
                return name, number
        return None

    # What happens -----------------------------------------------------------------------

    def _handle(self, message: Mapping[str, Any]) -> None:
        kind, name = message.get("event"), message.get("step", "")
        if kind == "stop" and message.get("run") == self._plan.folder.id:
            self._stop(INTERRUPTED, now=bool(message.get("now")))
        elif kind == "gone":
            self._launcher_gone(message.get("status"))
        elif isinstance(kind, str) and name in self._running:
            self._recorder.pass_on(message)
            if self._plan.cache:
                self._plan.cache.hear(message)
            self._heard(self._running[name], kind, message)

    def _heard(self, attempt: Attempt, kind: str, message: Mapping[str, Any]) -> None:
        """Take in what a step's process, or who started it, says of it."""
        if kind == "forked":
            self._leaders[attempt.step.name] = int(message["pid"])
        elif kind == "started":
            # Its time begins here; before, it waited for an interpreter.
            timeout = timeout_of(attempt.step, self._plan.pipeline.config)
            attempt.deadline = None if timeout is None else time.monotonic() + timeout
        elif kind == "cell-started":
            attempt.at = message.get("cell")
        elif kind == "cell-finished":
            attempt.at = None
        elif kind in ("succeeded", "failed"):
            attempt.last = message
        elif kind == "exited":
            self._ended(attempt, int(message.get("status", 0)))

    def _ended(self, attempt: Attempt, status: int) -> None:
        name = attempt.step.name
        del self._running[name]
        leader = self._leaders.get(name)
        # A server that a cell has started goes on, as in a notebook, until the run ends.
        if leader and not signal_group(leader, 0):
            del self._leaders[name]
        outcome = outcome_of(attempt, status)
        if outcome.phase is Phase.FAILED and self._try_again(attempt, outcome):
            return
        if outcome.phase is Phase.SUCCEEDED:
            outcome = self._judge(name)
        self._finish_step(name, outcome)

    def _try_again(self, attempt: Attempt, outcome: Outcome) -> bool:
        retry = retry_of(attempt.step, self._plan.pipeline.config)
        worth = outcome.problem in ("cell", "killed", "timeout")
        if self._stopping or retry is None or attempt.number > retry.limit or not worth:
            return False
        delay = retry.delay * retry.factor ** (attempt.number - 1)
        self._retries[attempt.step.name] = (time.monotonic() + delay, attempt.number + 1)
        self._recorder.record("retrying", attempt.step.name, after=attempt.number, delay=delay)
        return True

    def _finish_step(self, name: str, outcome: Outcome, *, cached: float | None = None) -> None:
        """Record how a step ended; *cached* are the seconds that it need not take again."""
        again = {} if cached is None else {"cached": True, "saved": cached}
        self._recorder.record("finished", name, **outcome.data(), **again)
        if outcome.phase is Phase.SUCCEEDED:
            if cached is None:
                self._keep(name)
            self._queue.succeeded(name)
        else:
            self._skip(self._queue.failed(name))

    def _keep(self, name: str) -> None:
        """Put into the cache what the step left, or say why it isn't."""
        reason = self._plan.cache.keep(name) if self._plan.cache else ""
        if reason:
            self._recorder.record("not-cached", name, reason=reason)

    def _skip(self, skips: tuple[Skip, ...]) -> None:
        for skip in skips:
            message = f"step '{skip.because}' did not succeed"
            self._recorder.record("skipped", skip.step, because=skip.because, message=message)

    # The guard --------------------------------------------------------------------------

    def _judge(self, name: str) -> Outcome:
        """Return how a step ended whose process succeeded, and deal with what it revealed."""
        report = self._plan.folder.report(name)
        if not report:
            return Outcome(Phase.ERROR, "guard", "its process left no report")
        self._reports[name] = report
        outcome = Outcome(Phase.SUCCEEDED)
        if name in self._spoiled:
            outcome = _stale(self._spoiled[name])
        for finding in inspect(self._plan.pipeline, self._reports):
            if finding.key in self._told:
                continue
            self._told.add(finding.key)
            self._recorder.record("guard", finding.step, diagnostic=asdict(finding.diagnostic))
            if finding.step == name:
                outcome = _blamed(finding)
            else:
                self._undo(finding.step, _blamed(finding))
            for victim in finding.victims:
                if victim == name:
                    outcome = outcome if outcome.phase.bad else _stale(finding)
                else:
                    self._spoil(victim, finding)
        return outcome

    def _spoil(self, name: str, finding: Finding) -> None:
        """Keep a wrong value, which *name* was or would be given, from being used further."""
        if name in self._running:
            self._spoiled[name] = finding
        elif self._queue.drop(name):
            self._skip((Skip(name, finding.step), *self._queue.failed(name)))
        else:
            self._undo(name, _stale(finding))

    def _undo(self, name: str, outcome: Outcome) -> None:
        """Note that a step which is done did wrong."""
        if self._plan.cache:
            self._plan.cache.forget(name)
        if self._recorder.state.steps[name].phase is Phase.SUCCEEDED:
            self._recorder.record("finished", name, **outcome.data())
        self._skip(self._queue.failed(name))

    # Ending early -----------------------------------------------------------------------

    def _stop(self, why: str, *, now: bool = False) -> None:
        first = not self._stopping
        self._stopping = self._stopping or why
        if first:
            for name in self._queue.waiting:
                self._queue.drop(name)
                message = f"the run was stopped: {why}".partition("\n")[0]
                self._recorder.record("skipped", name, message=message)
            for name in self._retries:
                outcome = Outcome(Phase.FAILED, INTERRUPTED, why)
                self._recorder.record("finished", name, **outcome.data())
            self._retries.clear()
        for attempt in self._running.values():
            attempt.stopped = attempt.stopped or why
        if first and not now:
            self._kill_at = time.monotonic() + self._plan.grace
            self._signal_all(signal.SIGTERM)
        else:
            self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: int) -> None:
        for name in self._running:
            self._launcher.kill(name, number)

    def _launcher_gone(self, status: object) -> None:
        end_groups(self._leaders.values())
        trouble = self._launcher.trouble()
        message = f"the process that starts the steps ended unexpectedly (status {status})"
        for name in list(self._running):
            del self._running[name]
            self._recorder.record(
                "finished", name, **Outcome(Phase.ERROR, "killed", message).data()
            )
        self._stop("\n".join(filter(None, (message, trouble))))

    # Clocks -----------------------------------------------------------------------------

    def _moments(self) -> list[float]:
        moments = [a.deadline for a in self._running.values() if a.deadline is not None]
        if not self._stopping and len(self._running) < self._plan.jobs:
            moments += [moment for moment, _ in self._retries.values()]
        return moments + [m for m in (self._kill_at, self._end_at) if m is not None]

    def _wait_time(self) -> float | None:
        moments = self._moments()
        return max(min(moments) - time.monotonic(), 0.0) if moments else None

    def _check_clock(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None and self._kill_at <= now:
            self._kill_at = None
            self._signal_all(signal.SIGKILL)
        if self._end_at is not None and self._end_at <= now:
            self._end_at = None
            self._stop("the run took longer than its timeout")
        for name, attempt in self._running.items():
            if attempt.deadline is not None and attempt.deadline <= now:
                again = bool(attempt.stopped)
                attempt.stopped = attempt.stopped or "timeout"
                attempt.deadline = None if again else now + self._plan.grace
                self._launcher.kill(name, signal.SIGKILL if again else signal.SIGTERM)

    def _finish_run(self) -> None:
        steps = self._recorder.state.steps.values()
        phase = Phase.SUCCEEDED
        if self._stopping or any(step.phase is Phase.FAILED for step in steps):
            phase = Phase.FAILED
        if any(step.phase is Phase.ERROR for step in steps):
            phase = Phase.ERROR
        self._recorder.record("run-finished", phase=phase.value, message=self._stopping)


def _blamed(finding: Finding) -> Outcome:
    found = finding.diagnostic
    return Outcome(Phase.FAILED, "guard", str(found.message), found.cell, found.line)


def _stale(finding: Finding) -> Outcome:
    message = f"it was given a value that step '{finding.step}' should have changed before"
    return Outcome(Phase.FAILED, "guard", message)
