"""Ledger: takes what is said of a run elsewhere into its folder, as its only writer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, Protocol

from nbdag.runs.attempt import told_outcome
from nbdag.runs.base import OnEvent, RunError
from nbdag.runs.events import Phase, Run, RunEvent
from nbdag.runs.history import RunFolder
from nbdag.runs.judge import Judge, blamed
from nbdag.runs.parts import join_shown, part_folders, part_reports, write_report
from nbdag.runs.recorder import Recorder
from nbdag_converters.guard.finding import Finding
from nbdag_converters.guard.parts import inspect_parts, merge_reports
from nbdag_converters.model import Pipeline

from .told import Judged, Pod, Told

UNSEEN = "What the steps reported can't be read, so the guard has not looked at it:"


class Fetched(Protocol):
    """Brings what steps have left into the run's folder."""

    def step(self, name: str) -> None:
        """Fetch what a step displayed, and the guard's report."""
        ...

    def part(self, name: str, folder: str) -> None:
        """Fetch the same of a part of its loop, which has that folder."""
        ...


class Ledger:
    """The history of a run elsewhere: each event once, and what the guard says of its steps.

    *told*: how many of the events that are there *on_event* need not hear any more. `unread` is why
    the guard has not looked at all.
    """

    def __init__(
        self, folder: RunFolder, fetch: Fetched, on_event: OnEvent | None = None, *, told: int = 0
    ) -> None:
        self.folder = folder
        self.pipeline: Pipeline = folder.pipeline()
        self.judge = Judge(self.pipeline)
        self.unread: RunError | None = None
        self._fetch = fetch
        self._lock = threading.RLock()
        self._failures: dict[tuple[str, int], dict[str, Any]] = {}
        self._judged: set[tuple[str, bool]] = set()
        earlier = folder.events()
        for event in earlier:
            self._note(event)
        self.leave_out(earlier)
        self._known = {_key(event) for event in earlier}
        self._recorder = Recorder(folder.events_file, on_event)
        self._recorder.remember(earlier, told=told)
        if self.state.started is None:
            self._begin()

    @property
    def state(self) -> Run:
        """The fold of all events until now."""
        return self._recorder.state

    @property
    def judged(self) -> frozenset[str]:
        """The steps whose whole report the guard has looked at."""
        return frozenset(step for step, whole in self._judged if whole)

    def close(self) -> None:
        """Write no more."""
        self._recorder.close()

    def end(self, phase: Phase, message: str, **more: object) -> None:
        """Say how the run has ended."""
        self.record("run-finished", phase=phase.value, message=message, **more)

    def record(self, kind: str, **data: object) -> None:
        """Record an event of the whole run, which happens now."""
        with self._lock:
            self._recorder.keep(RunEvent(time.time(), kind, "", data))

    def leave_out(self, found: Iterable[Told]) -> None:
        """Let the guard know which steps don't run, as their condition does not hold."""
        for one in found:
            if isinstance(one, RunEvent) and _is_left_out(one):
                self.judge.skipped.add(one.step)

    def take(self, found: Iterable[Told], see: Callable[[Pod], object]) -> None:
        """Take in what a status stands for; *see* reads the log of a pod."""
        for one in found:
            if isinstance(one, RunEvent):
                self.keep(self._explained(one))
            elif isinstance(one, Pod):
                see(one)
            else:
                self._look_at(one)

    def look_again(self, found: Iterable[Told]) -> None:
        """Look at what could not be fetched: it may be reachable by now."""
        if self.unread:
            self.unread = None
            for one in found:
                if isinstance(one, Judged):
                    self._look_at(one)

    def fetch_failed(self) -> None:
        """Fetch what the cells of steps that failed displayed, where it can be."""
        for name, step in self.state.steps.items():
            if step.phase.bad:
                with suppress(RunError):
                    self._fetch.step(name)

    def keep(self, event: RunEvent) -> None:
        """Record an event that is new."""
        with self._lock:
            key = _key(event)
            if key not in self._known:
                self._known.add(key)
                self._recorder.keep(event)
            self._note(event)

    def _explained(self, event: RunEvent) -> RunEvent:
        """Return an event that says how a step ended, with what its process has said of that."""
        if event.kind not in ("finished", "part-finished") or "message" not in event.data:
            return event
        index = event.data.get("index") if event.kind == "part-finished" else None
        said = [
            data
            for (step, number), data in sorted(self._failures.items(), key=lambda item: item[0][1])
            if step == event.step and index in (None, number)
        ]
        return replace(event, data={**event.data, **said[0]}) if said else event

    def _look_at(self, one: Judged) -> None:
        """Fetch what a step has left, and let the guard look at it; not if the store is away."""
        key = (one.step, one.iterations is None)
        if key in self._judged or self.unread:
            return
        try:
            found = self._found(one)
        except RunError as problem:
            self.unread = problem
            return
        self._judged.add(key)
        for finding in found:
            event = RunEvent(
                one.time, "guard", finding.step, {"diagnostic": asdict(finding.diagnostic)}
            )
            self.keep(event)
            self.keep(RunEvent(one.time, "finished", finding.step, blamed(finding).data()))
            # That its pod did well does not count any more.
            self._known.add(_key(RunEvent(0.0, "finished", finding.step, {"phase": "Succeeded"})))

    def _found(self, one: Judged) -> list[Finding]:
        """Return what the guard says of what a step has left.

        Raises
        ------
        RunError
            If that can't be read.
        """
        step = self.folder.steps / one.step
        looped = self.pipeline.step(one.step).loop is not None
        if one.iterations is not None:
            folders = part_folders(step, one.iterations)
            for folder in folders:
                self._fetch.part(one.step, folder.name)
            found = list(inspect_parts(self.pipeline, one.step, part_reports(folders)))
        else:
            self._fetch.step(one.step)
            if looped:
                folders = part_folders(step, len(self.state.steps[one.step].iterations))
                write_report(step, merge_reports(part_reports([*folders, step])))
                join_shown(step, folders, gathered=True)
            report = self.folder.report(one.step)
            if not report:
                msg = f"There is no report of step '{one.step}'."
                raise RunError(msg)
            found = self.judge.add(one.step, report)
        return found

    def skip_rest(self, why: str) -> None:
        """Say that the steps which are not over are skipped, and why."""
        for name, step in self.state.steps.items():
            if not step.phase.done:
                told = {"kind": "stopped", "message": why}
                self.keep(RunEvent(time.time(), "skipped", name, told))

    def finish(self, phase: Phase, message: str) -> None:
        """End the run as it has ended there, but for what its steps and the guard have said."""
        if self.state.failures or self.state.diagnostics:
            phase = phase if phase.bad else Phase.FAILED
            message = ", ".join(f"'{step.name}' failed" for step in self.state.failures)
        elif self.unread:  # it may be right, but nobody knows
            self.end(Phase.ERROR, f"{UNSEEN} {self.unread}", unseen=True)
            return
        self.end(phase, message)

    def _begin(self) -> None:
        self.record(
            "run-started",
            run=self.folder.id,
            notebook=self.pipeline.notebook,
            folder=str(self.folder.path),
            steps=[step.name for step in self.pipeline.steps],
            parameters=self.folder.facts().get("parameters", {}),
        )

    def _note(self, event: RunEvent) -> None:
        """Keep what was decided, and why the last attempt of a step or an iteration failed."""
        place = (event.step, int(event.data.get("index") or 0))
        if event.kind == "launched":
            self._failures.pop(place, None)
        elif event.kind == "decided":
            self.judge.decisions[str(event.data["name"])] = int(event.data["branch"])
        elif event.kind == "failed":
            outcome = told_outcome(self.pipeline.step(event.step), event.data)
            self._failures[place] = {k: v for k, v in outcome.data().items() if k != "phase"}


def _is_left_out(event: RunEvent) -> bool:
    return event.kind == "skipped" and event.data.get("kind") == "condition"


def _key(event: RunEvent) -> tuple[object, ...]:
    """Return what makes an event one that was seen: those of pods happen at their time."""
    data = event.data
    same = (event.kind, event.step, data.get("part"), data.get("index"))
    if event.kind == "guard":
        return (*same, str(data.get("diagnostic")))
    if event.kind in _ONCE:
        phase = data.get("phase") if event.kind == "finished" else None
        return (*same, data.get("attempt") or data.get("after"), phase)
    return (*same, event.time, data.get("cell"), data.get("name"))


_ONCE = frozenset(
    {"launched", "retrying", "part-finished", "finished", "skipped", "waiting", "approved"}
)
