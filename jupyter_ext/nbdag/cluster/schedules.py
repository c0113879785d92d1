"""Schedules on a cluster: CronWorkflows of nbdag, which Argo's controller heeds by itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbdag.runs.base import RunError
from nbdag_converters.compilers.argo import Compiled
from nbdag_converters.cron import CronError, parse_cron

from .api import SCHEDULES, WORKFLOWS, Api
from .connection import ApiError
from .submit import in_namespace, put_code

_OURS = "app.kubernetes.io/managed-by=nbdag"
_CRON = "workflows.argoproj.io/cron-workflow"
_LATE = timedelta(seconds=30)  # after which nobody starts a run of that time any more, or is down


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule as the cluster has it.

    `problem` is why the controller starts nothing, "" if nothing is known to be wrong. `phases` are
    those of its runs that are still there, by the name of the workflow, the oldest first.
    """

    name: str
    pipeline: str
    crons: tuple[str, ...]
    timezone: str
    paused: bool
    last: datetime | None
    problem: str
    phases: Mapping[str, str]

    def due(self, count: int, now: datetime | None = None) -> list[datetime]:
        """Return when it is due next, in its time zone; nothing while it is paused."""
        if self.paused:
            return []
        return _due(self.crons, self.timezone, now or datetime.now(timezone.utc), count)


def _due(crons: Iterable[str], zone: str, moment: datetime, count: int) -> list[datetime]:
    """Return the first times after *moment*."""
    try:
        there = ZoneInfo(zone or "UTC")
        parsed = [parse_cron(text) for text in crons]
    except (CronError, ZoneInfoNotFoundError, ValueError):
        return []  # one that was not made by nbdag may be of another form
    found = {at for cron in parsed for at in itertools.islice(cron.after(moment, there), count)}
    return sorted(found)[:count]


def put_schedule(api: Api, compiled: Compiled, cron: Mapping[str, Any]) -> str:
    """Have runs of *compiled* start as *cron* says; return what it is called on the cluster."""
    put_code(api, compiled)
    api.put(SCHEDULES, in_namespace(cron, api.namespace))
    return str(cron["metadata"]["name"])


def list_schedules(api: Api) -> list[Scheduled]:
    """Return the schedules that nbdag has made, by name."""
    runs = api.find(WORKFLOWS, _CRON)
    found = [scheduled(item, runs) for item in api.find(SCHEDULES, _OURS)]
    return sorted(found, key=lambda each: each.name)


def find_schedule(api: Api, name: str) -> Scheduled:
    """Return the schedule of that name.

    Raises
    ------
    RunError
        If there is none.
    """
    found = list_schedules(api)
    for each in found:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in found) or "none"
    msg = f"There is no schedule '{name}' in {api.namespace}; there are: {known}."
    raise RunError(msg)


def pause(api: Api, name: str, *, paused: bool) -> None:
    """Start no more runs by a schedule, or go on; runs that go on are left alone."""
    _of(name, lambda: api.change(name, {"spec": {"suspend": paused}}, SCHEDULES))


def remove(api: Api, name: str) -> None:
    """Remove a schedule, and with it the workflows that it has started."""
    _of(name, lambda: api.remove(SCHEDULES, name))


def scheduled(
    item: Mapping[str, Any],
    workflows: Iterable[Mapping[str, Any]],
    now: datetime | None = None,
) -> Scheduled:
    """Return what a CronWorkflow says, and what became of those of *workflows* that are its."""
    metadata, spec, status = item["metadata"], item["spec"], item.get("status") or {}
    name = str(metadata["name"])
    own = [each for each in workflows if each["metadata"].get("labels", {}).get(_CRON) == name]
    own.sort(key=lambda each: str(each["metadata"].get("creationTimestamp", "")))
    last = status.get("lastScheduledTime")
    problems = [
        str(each.get("message", ""))
        for each in status.get("conditions") or ()
        if each.get("status") == "True" and each.get("type") in ("SpecError", "SubmissionError")
    ]
    if status.get("phase") == "Stopped":
        problems.append("it has stopped: too many of its runs have failed")
    elif not problems and (missed := _missed(item, now or datetime.now(timezone.utc))):
        problems.append(
            f"nothing was started at {missed:%Y-%m-%d %H:%M %Z}, when it was due: the controller "
            "was down, or an earlier run went on"
        )
    return Scheduled(
        name=name,
        pipeline=str(spec["workflowSpec"].get("workflowTemplateRef", {}).get("name", "")),
        crons=tuple(spec.get("schedules") or ()),
        timezone=str(spec.get("timezone", "")),
        paused=bool(spec.get("suspend")),
        last=_time(last) if last else None,
        problem="; ".join(problems),
        phases={
            str(each["metadata"]["name"]): str((each.get("status") or {}).get("phase", ""))
            for each in own
        },
    )


def _missed(item: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return the first time for which no run was started though it should have been, if any."""
    metadata, spec, status = item["metadata"], item["spec"], item.get("status") or {}
    waits = spec.get("concurrencyPolicy") == "Forbid" and status.get("active")
    if spec.get("suspend") or waits:
        return None
    texts = [metadata.get("creationTimestamp"), status.get("lastScheduledTime")]
    texts += [  # what was due before it was said otherwise does not count
        each.get("time")
        for each in metadata.get("managedFields") or ()
        if "f:spec" in (each.get("fieldsV1") or {})
    ]
    since = max((_time(text) for text in texts if text), default=now)
    due = _due(spec.get("schedules") or (), str(spec.get("timezone", "")), since, 1)
    return due[0] if due and due[0] + _LATE < now else None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _of(name: str, request: Any) -> None:
    try:
        request()
    except ApiError as error:
        if error.status != 404:
            raise
        msg = f"There is no schedule '{name}'; nbdag schedules lists them."
        raise RunError(msg) from None
