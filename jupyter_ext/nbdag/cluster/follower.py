"""Follower: takes what a workflow's status and pods say into a run's folder, as its only writer."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from urllib3.exceptions import HTTPError

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

from .api import WORKFLOWS, Api, Gone
from .connection import ApiError, Place
from .fetch import Fetch
from .link import Link, link_of
from .logs import Logs
from .told import Judged, Pod, Told, code_of, is_suspended, over, told, too_long

_AGAIN = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds between two tries to reach the cluster
_PATIENCE = 20  # tries in a row, after which the run is left alone
_UNSEEN = "What the steps reported can't be read, so the guard has not looked at it:"
_DELETED = "the workflow was deleted on the cluster"


class Follower:
    """Writes the events of a run on a cluster; one at a time may, which the caller sees to.

    *told*: how many of the events that are there *on_event* need not hear any more.
    """

    def __init__(
        self, folder: RunFolder, on_event: OnEvent | None = None, *, told: int = 0
    ) -> None:
        self.folder = folder
        self.pipeline: Pipeline = folder.pipeline()
        self.link: Link = link_of(folder)
        self.api = Api(Place(self.link.namespace, self.link.context))
        self._lock = threading.RLock()
        self._failures: dict[tuple[str, int], dict[str, Any]] = {}
        earlier = folder.events()
        for event in earlier:
            self._note(event)
        self._known = {_key(event) for event in earlier}
        self._recorder = Recorder(folder.events_file, on_event)
        self._recorder.remember(earlier, told=told)
        self._judge = Judge(self.pipeline)
        self._judged: set[tuple[str, bool]] = set()
        self._fetch = Fetch(folder, self.api)
        self._unread: RunError | None = None  # why the guard has not looked at all
        self._logs = Logs(self.api, self.link.workflow, folder.steps, self._keep)
        if self.state.started is None:
            self._begin()

    @property
    def state(self) -> Run:
        """The fold of all events until now."""
        return self._recorder.state

    def close(self) -> None:
        """Write no more."""
        self._logs.closed = True
        self._recorder.close()

    def follow(self, *, once: bool = False) -> None:
        """Take in the workflow now and after each change, whatever happens to the connection.

        With *once* only what is known now.

        Raises
        ------
        RunError
            If the cluster refuses it, or can't be reached for long.
        """
        name, version, lost = self.link.workflow, "", 0
        while not self.state.settled:
            try:
                for change, workflow in self._changes(name, version):
                    if change == "DELETED":
                        self._end(Phase.ERROR, _DELETED)
                    elif change in ("ADDED", "MODIFIED"):
                        self._take(workflow)
                    if self.state.phase.done or once:
                        return
                    version, lost = str(workflow["metadata"]["resourceVersion"]), 0
            except Gone:  # noqa: PERF203 - each try is a request
                version = ""
            except (ApiError, HTTPError) as error:
                status = getattr(error, "status", 0)
                if status == 404 and self.state.started is not None:
                    self._end(Phase.ERROR, _DELETED)
                    return
                if status in (401, 403, 404) or lost >= _PATIENCE:
                    raise
                time.sleep(_AGAIN[min(lost, len(_AGAIN) - 1)])
                version, lost = "", lost + 1  # what was not taken in whole is taken in again

    def _changes(self, name: str, version: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the workflow as it is now, where no *version* of it is known, or its changes."""
        if version:
            yield from self.api.watch(name, version)
        else:
            yield "ADDED", self.api.get(WORKFLOWS, name)

    # What the cluster says --------------------------------------------------------------

    def _take(self, workflow: Mapping[str, Any]) -> None:
        self._linked(workflow)
        if self._is_another(workflow):
            return
        if is_suspended(workflow) != (self.state.phase is Phase.SUSPENDED):
            kind = "run-suspended" if is_suspended(workflow) else "run-resumed"
            self._record(kind)
        found = told(workflow, self.pipeline, self.link.tasks)
        self._judge.skipped.update(_without_condition(found))
        for one in found:
            if isinstance(one, RunEvent):
                self._keep(self._explained(one))
            elif isinstance(one, Pod):
                self._logs.see(one)
            else:
                self._look_at(one)
        if over(workflow):
            self._finished(workflow)

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

    def _begin(self) -> None:
        self._record(
            "run-started",
            run=self.folder.id,
            notebook=self.pipeline.notebook,
            folder=str(self.folder.path),
            steps=[step.name for step in self.pipeline.steps],
            parameters=self.folder.facts().get("parameters", {}),
        )

    def _linked(self, workflow: Mapping[str, Any]) -> None:
        """Note where the workflow's artifacts are, as soon as that is known."""
        used = (workflow.get("status") or {}).get("artifactRepositoryRef")
        uid = str(workflow["metadata"]["uid"])
        if self.link.uid != uid or (used and self.link.repository is None):
            from .store import repository_of

            found = None
            with contextlib.suppress(RunError):
                found = repository_of(workflow, self.api)
            self.link = replace(self.link, uid=uid, repository=found)
            self.link.write(self.folder)

    def _is_another(self, workflow: Mapping[str, Any]) -> bool:
        """Return whether the template was changed by somebody before the workflow took it."""
        code = code_of(workflow)
        if code is None or code.issuperset(self.link.code):
            return False
        self.api.change(self.link.workflow, {"spec": {"shutdown": "Terminate"}})
        self._end(Phase.ERROR, "another notebook was submitted under this name; submit again")
        return True

    def _look_at(self, one: Judged) -> None:
        """Fetch what a step has left, and let the guard look at it; not if the store is away."""
        key = (one.step, one.iterations is None)
        if key in self._judged or self._unread:
            return
        try:
            found = self._found(one)
        except RunError as problem:
            self._unread = problem
            return
        self._judged.add(key)
        for finding in found:
            event = RunEvent(
                one.time, "guard", finding.step, {"diagnostic": asdict(finding.diagnostic)}
            )
            self._keep(event)
            self._keep(RunEvent(one.time, "finished", finding.step, blamed(finding).data()))
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
            found = self._judge.add(one.step, report)
        return found

    def _finished(self, workflow: Mapping[str, Any]) -> None:
        self._look_again(workflow)
        status = workflow["status"]
        phase, message = Phase(over(workflow)), str(status.get("message", ""))
        unseen = False
        for name, step in self.state.steps.items():
            if step.phase.bad:
                with contextlib.suppress(RunError):  # what its cells displayed is missing then
                    self._fetch.step(name)
            if not step.phase.done:
                why = "the run was stopped" if _stopped(workflow) else "the run ended before"
                self._keep(
                    RunEvent(time.time(), "skipped", name, {"kind": "stopped", "message": why})
                )
        if _stopped(workflow):
            phase, message = Phase.FAILED, "interrupted"
        elif late := too_long(workflow, self.pipeline):
            phase, message = Phase.FAILED, late
        elif self.state.failures or self.state.diagnostics:
            phase = phase if phase.bad else Phase.FAILED
            message = ", ".join(f"'{step.name}' failed" for step in self.state.failures)
        elif self._unread:  # it may be right, but nobody knows
            phase, message, unseen = Phase.ERROR, f"{_UNSEEN} {self._unread}", True
        self._end(phase, message, **({"unseen": True} if unseen else {}))

    def _look_again(self, workflow: Mapping[str, Any]) -> None:
        """Look at what could not be fetched: the store may be reachable by now."""
        if self._unread:
            self._unread = None
            for one in told(workflow, self.pipeline, self.link.tasks):
                if isinstance(one, Judged):
                    self._look_at(one)

    def _end(self, phase: Phase, message: str, **more: object) -> None:
        self._record("run-finished", phase=phase.value, message=message, **more)

    def _record(self, kind: str, **data: object) -> None:
        with self._lock:
            self._recorder.keep(RunEvent(time.time(), kind, "", data))

    def _keep(self, event: RunEvent) -> None:
        """Record an event that is new."""
        with self._lock:
            key = _key(event)
            if key not in self._known:
                self._known.add(key)
                self._recorder.keep(event)
            self._note(event)

    def _note(self, event: RunEvent) -> None:
        """Keep why the last attempt of a step, or of an iteration of its loop, has failed."""
        place = (event.step, int(event.data.get("index") or 0))
        if event.kind == "launched":
            self._failures.pop(place, None)
        elif event.kind == "failed":
            outcome = told_outcome(self.pipeline.step(event.step), event.data)
            self._failures[place] = {k: v for k, v in outcome.data().items() if k != "phase"}


def _without_condition(found: Iterable[Told]) -> Iterator[str]:
    """Yield the steps that don't run, as their condition does not hold."""
    for one in found:
        if isinstance(one, RunEvent) and one.kind == "skipped" and one.data["kind"] == "condition":
            yield one.step


def _stopped(workflow: Mapping[str, Any]) -> bool:
    return bool(workflow["spec"].get("shutdown"))


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
