"""A run is the fold of its events: pure, the same for a live display, a replay and a test.

    events.jsonl ──parse──► RunEvent … ──fold──► Run (phase, steps, metrics, diagnostics)

An event comes from a step's process (`started`, `cell-started`, `cell-finished`, `saved`, `metric`,
`failed`, `succeeded`) or from the runner (`run-started`, `launched`, `exited`, `skipped`, `guard`,
`finished`, `run-finished`). What a step's process says of itself is only told; the step's phase is
what the runner says. A list that is cut anywhere folds to a valid state, and unknown kinds change
nothing, so that an older nbdag can read what a newer one wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, cast

from nbdag_converters.diagnostics import Diagnostic


class Phase(str, Enum):
    """Where a step or a run is. `Failed` is the notebook's doing, `Error` the machinery's."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    ERROR = "Error"
    SUSPENDED = "Suspended"

    @property
    def done(self) -> bool:
        """Whether nothing follows this phase."""
        return self in _DONE

    @property
    def bad(self) -> bool:
        """Whether something went wrong."""
        return self in (Phase.FAILED, Phase.ERROR)


_DONE = {Phase.SUCCEEDED, Phase.FAILED, Phase.SKIPPED, Phase.ERROR}


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One change at *time* (seconds since 1970): of *step* or, where that is "", of the run."""

    time: float
    kind: str
    step: str = ""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_line(self) -> str:
        """Return the event as one line of JSON, without its end."""
        head = {"event": self.kind, **({"step": self.step} if self.step else {}), "time": self.time}
        return json.dumps({**head, **self.data}, ensure_ascii=False, separators=(",", ":"))


def parse_event(line: str | bytes) -> RunEvent | None:
    """Return the event of a line; `None` where it is none, as the last line of a killed writer."""
    try:
        data: object = json.loads(line)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    found = cast("dict[str, Any]", data)
    kind, step, time = found.pop("event", None), found.pop("step", ""), found.pop("time", None)
    if not isinstance(kind, str) or not isinstance(step, str) or type(time) not in (int, float):
        return None
    return RunEvent(time=float(time), kind=kind, step=step, data=found)


def parse_events(text: str) -> tuple[RunEvent, ...]:
    """Return the events of a file's text, in order; lines that are none are left out."""
    return tuple(event for line in text.split("\n") if (event := parse_event(line)))


@dataclass(frozen=True, slots=True)
class StepRun:
    """A step in a run.

    `attempt` counts from 1, 0 before the first; `rss` is in bytes, `cpu` in seconds.
    `cell` and `line` are where it failed, `running` the cell that runs now, all counted from 1.
    `problem` is the kind of failure: `cell` (the notebook's own error), `guard`, `save`, `load`,
    `order`, `killed`, `interrupted`, `timeout`. `cached`: it did not run, as it would have left the
    same as in an earlier run, where it took `saved` seconds.
    """

    name: str
    phase: Phase = Phase.PENDING
    started: float | None = None
    finished: float | None = None
    attempt: int = 0
    rss: int | None = None
    cpu: float | None = None
    running: int | None = None
    problem: str = ""
    message: str = ""
    cell: int | None = None
    line: int | None = None
    cached: bool = False
    saved: float | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took; `None` while it isn't finished or when it never ran."""
        if self.started is None or self.finished is None:
            return None
        return max(self.finished - self.started, 0.0)


@dataclass(frozen=True, slots=True)
class Run:
    """The state of a run. `steps` are in notebook order, `metrics` in that of their arrival."""

    id: str = ""
    notebook: str = ""
    phase: Phase = Phase.PENDING
    started: float | None = None
    finished: float | None = None
    message: str = ""
    steps: Mapping[str, StepRun] = field(default_factory=dict[str, StepRun])
    metrics: Mapping[str, Any] = field(default_factory=dict[str, Any])
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long it took; `None` while it isn't finished."""
        if self.started is None or self.finished is None:
            return None
        return max(self.finished - self.started, 0.0)

    @property
    def failures(self) -> tuple[StepRun, ...]:
        """The steps that went wrong, in notebook order."""
        return tuple(step for step in self.steps.values() if step.phase.bad)


def fold(events: Iterable[RunEvent], run: Run | None = None) -> Run:
    """Return the state after *events*, from that of *run*, or from nothing."""
    state = run or Run()
    for event in events:
        state = apply(state, event)
    return state


def apply(run: Run, event: RunEvent) -> Run:
    """Return the state after one more event."""
    for_run = _RUN_HANDLERS.get(event.kind)
    if for_run:
        return for_run(run, event)
    for_step = _STEP_HANDLERS.get(event.kind)
    if for_step and event.step:
        before = run.steps.get(event.step, StepRun(event.step))
        return replace(run, steps={**run.steps, event.step: for_step(before, event)})
    return run


# Of the run -----------------------------------------------------------------------------


def _run_started(run: Run, event: RunEvent) -> Run:
    data = event.data
    return replace(
        run,
        id=str(data.get("run", "")),
        notebook=str(data.get("notebook", "")),
        phase=Phase.RUNNING,
        started=event.time,
        steps={name: StepRun(name) for name in data.get("steps", ())},
        parameters=data.get("parameters", {}),
    )


def _run_finished(run: Run, event: RunEvent) -> Run:
    return replace(
        run,
        phase=_phase(event, Phase.FAILED),
        finished=event.time,
        message=str(event.data.get("message", "")),
    )


def _metric(run: Run, event: RunEvent) -> Run:
    name = event.data.get("name")
    if not isinstance(name, str):
        return run
    return replace(run, metrics={**run.metrics, name: event.data.get("value")})


def _guard(run: Run, event: RunEvent) -> Run:
    found = event.data.get("diagnostic")
    if not isinstance(found, dict):
        return run
    known = {name: value for name, value in found.items() if name in _DIAGNOSTIC_FIELDS}
    try:
        diagnostic = Diagnostic(**known)
    except TypeError:
        return run
    return replace(run, diagnostics=(*run.diagnostics, diagnostic))


_DIAGNOSTIC_FIELDS = frozenset(Diagnostic.__dataclass_fields__)

# Of a step ------------------------------------------------------------------------------


def _launched(step: StepRun, event: RunEvent) -> StepRun:
    return StepRun(
        step.name,
        phase=Phase.RUNNING,
        started=event.time,
        attempt=_integer(event, "attempt") or step.attempt + 1,
    )


def _started(step: StepRun, event: RunEvent) -> StepRun:
    # Its code runs from here; before, it waited for an interpreter.
    return replace(step, started=event.time)


def _cell_started(step: StepRun, event: RunEvent) -> StepRun:
    return replace(step, running=_integer(event, "cell"))


def _failed(step: StepRun, event: RunEvent) -> StepRun:
    return replace(
        step,
        problem=str(event.data.get("kind", "")),
        message=str(event.data.get("message", "")),
        cell=_integer(event, "cell"),
        line=_integer(event, "line"),
    )


def _exited(step: StepRun, event: RunEvent) -> StepRun:
    cpu = event.data.get("cpu")
    seconds = float(cpu) if isinstance(cpu, int | float) else None
    return replace(step, rss=_integer(event, "rss"), cpu=seconds, running=None)


def _finished(step: StepRun, event: RunEvent) -> StepRun:
    phase = _phase(event, Phase.ERROR)
    told = _failed(step, event) if "message" in event.data else step
    if event.data.get("cached"):
        saved = event.data.get("saved")
        seconds = float(saved) if isinstance(saved, int | float) else None
        told = replace(told, started=event.time, cached=True, saved=seconds)
    return replace(told, phase=phase, finished=event.time, running=None)


def _skipped(step: StepRun, event: RunEvent) -> StepRun:
    return replace(step, phase=Phase.SKIPPED, message=str(event.data.get("message", "")))


def _phase(event: RunEvent, unknown: Phase) -> Phase:
    try:
        return Phase(event.data.get("phase"))
    except ValueError:
        return unknown


def _integer(event: RunEvent, name: str) -> int | None:
    value = event.data.get(name)
    return value if type(value) is int else None


_RUN_HANDLERS: Mapping[str, Callable[[Run, RunEvent], Run]] = {
    "run-started": _run_started,
    "run-finished": _run_finished,
    "metric": _metric,
    "guard": _guard,
}
_STEP_HANDLERS: Mapping[str, Callable[[StepRun, RunEvent], StepRun]] = {
    "launched": _launched,
    "started": _started,
    "cell-started": _cell_started,
    "failed": _failed,
    "exited": _exited,
    "finished": _finished,
    "skipped": _skipped,
}
