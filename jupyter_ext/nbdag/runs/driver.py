"""Driver: takes a run from its first step to its end.

```
 ReadyQueue ─step─► Attempts ─► Launcher ══process══► Channel ─message─► Driver ─event─► Recorder
     ▲                                                                     │
     └──────────────── succeeded / failed ◄── guard judges ◄───────────────┘
```

One thread waits on one channel; nothing polls. All of a run's state is here and in what it holds,
and what the world sees of it is the recorder's events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from nbdag_converters.guard import Finding
from nbdag_converters.guard.parts import inspect_parts, merge_reports
from nbdag_converters.model import Step

from .attempt import Attempt, Outcome, is_worth_retrying, time_text
from .attempts import Attempts
from .clock import Clock
from .events import Phase
from .gates import Gates
from .judge import Judge, blamed, stale
from .launcher import Launcher
from .loops import LoopRun
from .parts import begin_loop, join_shown, part_folders, part_reports, write_report
from .plan import RunPlan
from .ready import ReadyQueue, Skip
from .recorder import Recorder
from .stages import exit_order, exit_queue, main_queue

INTERRUPTED = "interrupted"
_REPLAYED = ("metric", "decided")


class Driver:
    """Executes one plan; `drive` returns when nothing of it runs any more."""

    def __init__(self, plan: RunPlan, launcher: Launcher, recorder: Recorder) -> None:
        self._commands: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "stop": self._stop_asked,
            "suspend": self._suspend,
            "resume": self._resume,
            "deny": self._deny,
        }
        self._plan = plan
        self._launcher = launcher
        self._recorder = recorder
        self._clock = Clock()
        self._attempts = Attempts(plan, launcher, recorder, clock=self._clock, over=self._over)
        self._judge = Judge(plan.pipeline)
        self._queue: ReadyQueue = main_queue(plan.pipeline)
        self._loops: dict[str, LoopRun] = {}
        self._gates = Gates(recorder, plan.ask, self._answer)
        self._stopping = self._message = ""
        self._gone = self._suspended = self._resting = self._exiting = False
        self._tries = 1

    def drive(self) -> None:
        """Run all steps that can run, and record how it ended."""
        timeout = self._plan.pipeline.config.timeout
        if timeout is not None:
            self._clock.after(timeout, self._run_too_long)
        try:
            self._take_over()
            self._work()
            while self._retry_run():
                self._work()
            self._exit()
        finally:
            self._attempts.end_rest()
        if self._plan.cache:
            self._plan.cache.close()
        self._finish_run()

    def _work(self) -> None:
        self._launch_ready()
        while self._is_busy():
            for message in self._launcher.channel.messages(self._clock.wait_time()):
                self._handle(message)
            self._clock.run_due()
            self._launch_ready()

    def _is_busy(self) -> bool:
        if self._attempts.busy or self._gates:
            return True
        held = (self._suspended or self._resting) and not self._stopping
        return held and bool(self._queue.waiting or self._loops)

    # Starting ---------------------------------------------------------------------------

    def _launch_ready(self) -> None:
        held = self._suspended or self._resting
        while not (held or self._stopping) and self._attempts.count < self._plan.jobs:
            if not (self._attempts.start_again() or self._start_part() or self._start_next()):
                return

    def _start_part(self) -> bool:
        for name, loop in self._loops.items():
            part = loop.take()
            if part:
                self._attempts.start(self._step(name), self._order(name), part)
                return True
        return False

    def _start_next(self) -> bool:
        approved = self._gates.take()
        if approved is not None:
            self._start(approved)
            return True
        name = self._queue.take()
        if name is None:
            return False
        step = self._step(name)
        problem = self._condition(step)
        if problem:
            self._recorder.record("skipped", name, kind="condition", message=problem)
            self._judge.skipped.add(name)
            self._queue.succeeded(name)
        elif step.config.approve is not None:
            self._gates.wait_at(step)
        else:
            self._start(name)
        return True

    def _condition(self, step: Step) -> str:
        """Return why the step is not to run though all before it did well, "" if it is."""
        condition = step.condition
        if condition is None or self._judge.decisions.get(condition.decision) == condition.branch:
            return ""
        if condition.decision not in self._judge.decisions:
            return f"step '{condition.step}', which decides whether it runs, did not run"
        if condition.branch == -1:
            return "another branch of its `if` was taken"
        return f"its condition `{condition.text}` does not hold"

    def _start(self, name: str) -> None:
        step, cache = self._step(name), self._plan.cache
        if cache and not self._exiting and self._recall(name, cache.recall(name)):
            return
        if step.loop:
            self._loops[name] = LoopRun(step.loop)
            begin_loop(self._folder(name))
            self._start_part()
        else:
            self._attempts.start(step, self._order(name))

    def _recall(self, name: str, recalled: Any) -> bool:
        """Take what the step left in an earlier run, if it would leave the same again."""
        if recalled is None:
            return False
        for message in recalled.messages:
            self._replay(message)
        self._finish_step(name, self._verdict(name), {"cached": True, "saved": recalled.seconds})
        return True

    def _take_over(self) -> None:
        """Take the steps that an earlier run has done, as the plan says."""
        for name in (step.name for step in self._plan.pipeline.steps):
            taken = self._plan.taken.get(name)
            if taken and self._queue.drop(name):
                for message in taken.messages:
                    self._replay(message)
                facts = {"cached": True, "saved": taken.seconds, "taken": taken.run}
                self._finish_step(name, self._verdict(name), facts)

    def _replay(self, message: Mapping[str, Any]) -> None:
        if message.get("event") in _REPLAYED:
            self._recorder.pass_on(message)
            self._heed(message)

    def _step(self, name: str) -> Step:
        return self._plan.pipeline.step(name)

    def _folder(self, name: str) -> Any:
        return self._plan.folder.steps / name

    def _order(self, name: str) -> Mapping[str, Any]:
        order = self._plan.orders[name]
        if self._exiting:
            return exit_order(order, self._recorder.state)
        return order

    # What happens -----------------------------------------------------------------------

    def _handle(self, message: Mapping[str, Any]) -> None:
        kind = message.get("event")
        command = self._commands.get(str(kind))
        if command is not None:
            if message.get("run") == self._plan.folder.id:
                command(message)
        elif kind == "gone":
            self._launcher_gone(message.get("status"))
        elif isinstance(kind, str):
            attempt = self._attempts.find(message)
            if attempt:
                self._recorder.pass_on(message)
                if self._plan.cache:
                    self._plan.cache.hear(message)
                self._heed(message)
                self._attempts.hear(attempt, kind, message)

    def _heed(self, message: Mapping[str, Any]) -> None:
        """Take in what a step said that other steps depend on."""
        if message.get("event") == "decided":
            self._judge.decisions[str(message.get("name"))] = int(message.get("branch", -1))
        elif message.get("event") == "items" and message.get("step") in self._loops:
            self._loops[message["step"]].items(int(message.get("count", 0)))

    def _over(self, attempt: Attempt, outcome: Outcome) -> None:
        name, part = attempt.step.name, attempt.part
        if part is None:
            self._step_over(name, outcome)
            return
        loop = self._loops[name]
        self._recorder.record("part-finished", name, **part.data, **outcome.data())
        loop.over(part, outcome)
        if loop.failed_at is not None:
            self._attempts.give_up(name, above=loop.failed_at)
        if loop.iterated:
            self._judge_parts(name, loop)
        self._check_loop(name)

    def _judge_parts(self, name: str, loop: LoopRun) -> None:
        """Let the loop gather, unless an iteration did what only the notebook's process can do."""
        reports = part_reports(part_folders(self._folder(name), loop.count or 0))
        found = inspect_parts(self._plan.pipeline, name, reports)
        for finding in found:
            self._recorder.record("guard", name, diagnostic=asdict(finding.diagnostic))
        if found:
            loop.fail(blamed(found[0]))
        else:
            loop.gather()

    def _check_loop(self, name: str) -> None:
        """Deal with the end of a step's loop, if it has come."""
        outcome = self._loops[name].outcome if name in self._loops else None
        if outcome is None:
            return
        loop = self._loops.pop(name)
        folder, count = self._folder(name), loop.count or 0
        parts = part_folders(folder, count)
        if outcome.phase is Phase.SUCCEEDED:
            write_report(folder, merge_reports(part_reports([*parts, folder])))
        last = count if loop.failed_at is None else loop.failed_at + 1
        join_shown(folder, parts[: last + 1], gathered=last >= count)
        self._step_over(name, outcome)

    def _step_over(self, name: str, outcome: Outcome) -> None:
        if outcome.phase is Phase.SUCCEEDED:
            outcome = self._verdict(name)
        self._finish_step(name, outcome)

    def _finish_step(
        self, name: str, outcome: Outcome, earlier: Mapping[str, Any] | None = None
    ) -> None:
        """Record how a step ended; *earlier* says of which earlier run that is, if of one."""
        self._recorder.record("finished", name, **outcome.data(), **(earlier or {}))
        if outcome.phase is Phase.SUCCEEDED:
            if earlier is None and not self._exiting:
                self._keep(name)
            self._queue.succeeded(name)
        elif self._exiting:
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
            facts = {"kind": "above", "because": skip.because}
            self._recorder.record("skipped", skip.step, **facts, message=message)

    # The guard --------------------------------------------------------------------------

    def _verdict(self, name: str) -> Outcome:
        """Return how a step ended whose process succeeded, and deal with what it revealed."""
        report = self._plan.folder.report(name)
        if not report:
            return Outcome(Phase.ERROR, "guard", "its process left no report")
        outcome = Outcome(Phase.SUCCEEDED)
        if name in self._judge.spoiled:
            outcome = stale(self._judge.spoiled[name])
        for finding in self._judge.add(name, report):
            self._recorder.record("guard", finding.step, diagnostic=asdict(finding.diagnostic))
            if finding.step == name:
                outcome = blamed(finding)
            else:
                self._undo(finding.step, blamed(finding))
            for victim in finding.victims:
                if victim == name:
                    outcome = outcome if outcome.phase.bad else stale(finding)
                else:
                    self._spoil(victim, finding)
        return outcome

    def _spoil(self, name: str, finding: Finding) -> None:
        """Keep a wrong value, which *name* was or would be given, from being used further."""
        if self._attempts.runs(name) or name in self._loops:
            self._judge.spoiled[name] = finding
        elif self._queue.drop(name) or self._gates.leave(name):
            self._skip((Skip(name, finding.step), *self._queue.failed(name)))
        else:
            self._undo(name, stale(finding))

    def _undo(self, name: str, outcome: Outcome) -> None:
        """Note that a step which is done did wrong."""
        if self._plan.cache:
            self._plan.cache.forget(name)
        if self._recorder.state.steps[name].phase is Phase.SUCCEEDED:
            self._recorder.record("finished", name, **outcome.data())
        self._skip(self._queue.failed(name))

    # Gates ------------------------------------------------------------------------------

    def _answer(self, event: str, step: str) -> None:
        """Take an answer of another thread, as one from elsewhere."""
        message = {"event": event, "run": self._plan.folder.id, "step": step}
        self._launcher.channel.post(message)

    def _resume(self, message: Mapping[str, Any]) -> None:
        """Go on after `suspend`, else let the step that is named, or all, through their gates."""
        name = message.get("step")
        if self._suspended and not name:
            self._suspended = False
            self._recorder.record("run-resumed")
            return
        self._gates.open(name)

    def _deny(self, message: Mapping[str, Any]) -> None:
        for gate in self._gates.named(message.get("step")):
            self._gates.leave(gate)
            self._step_over(gate, Outcome(Phase.FAILED, "denied", "it was not approved"))

    def _suspend(self, _: Mapping[str, Any]) -> None:
        """Start nothing new; what runs goes on to its end."""
        if not (self._suspended or self._stopping):
            self._suspended = True
            self._recorder.record("run-suspended")

    # Ending early -----------------------------------------------------------------------

    def _stop_asked(self, message: Mapping[str, Any]) -> None:
        self._stop(INTERRUPTED, now=bool(message.get("now")))

    def _stop(self, why: str, *, now: bool = False) -> None:
        if self._stopping:
            self._attempts.stop(why, now=True)
            return
        self._stopping = why
        message = f"the run was stopped: {why}".partition("\n")[0]
        for name in (*self._queue.waiting, *self._gates.clear()):
            self._queue.drop(name)
            self._recorder.record("skipped", name, kind="stopped", message=message)
        for loop in self._loops.values():
            loop.fail(Outcome(Phase.FAILED, INTERRUPTED, why))
        self._attempts.stop(why, now=now)
        for name in list(self._loops):
            self._check_loop(name)

    def _run_too_long(self) -> None:
        timeout = self._plan.pipeline.config.timeout or 0.0
        if not (self._stopping or self._exiting):
            self._stop(f"the run took longer than its timeout of {time_text(timeout)}")

    def _launcher_gone(self, status: object) -> None:
        self._gone = True
        trouble = self._launcher.trouble()
        message = f"the process that starts the steps ended unexpectedly (status {status})"
        self._attempts.gone(message)
        self._stop("\n".join(filter(None, (message, trouble))))

    # The end ----------------------------------------------------------------------------

    def _retry_run(self) -> bool:
        """Make ready to do again what went wrong, if the pipeline says so."""
        retry, failed = self._plan.pipeline.config.retry, self._recorder.state.failures
        if retry is None or self._stopping or not failed or self._tries > retry.limit:
            return False
        outcomes = [Outcome(step.phase, step.problem) for step in failed]
        if not all(map(is_worth_retrying, outcomes)):
            return False
        delay = retry.delay * retry.factor ** (self._tries - 1)
        self._tries += 1
        facts = {"attempt": self._tries, "limit": retry.limit + 1, "delay": delay}
        self._recorder.record("run-retrying", **facts)
        for step in failed:
            self._judge.forget(step.name)
        self._queue = main_queue(self._plan.pipeline, done=self._recorder.state)
        self._resting = True
        self._clock.after(delay, self._rest_over)
        return True

    def _rest_over(self) -> None:
        self._resting = False

    def _exit(self) -> None:
        """Run the steps that run at the end whatever happened."""
        self._message, self._stopping = self._stopping, ""
        self._suspended = self._resting = False
        self._exiting = True
        self._attempts.forget_stop()
        self._queue = exit_queue(self._plan.pipeline)
        if self._gone:
            self._stop(self._message)
        self._work()
        self._message = self._message or self._stopping

    def _finish_run(self) -> None:
        steps = self._recorder.state.steps.values()
        phase = Phase.SUCCEEDED
        if self._message or any(step.phase is Phase.FAILED for step in steps):
            phase = Phase.FAILED
        if any(step.phase is Phase.ERROR for step in steps):
            phase = Phase.ERROR
        self._recorder.record("run-finished", phase=phase.value, message=self._message)
