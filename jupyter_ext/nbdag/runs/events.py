"""A run is the fold of its events: pure, the same for a live display, a replay and a test.

    events.jsonl ──parse──► RunEvent … ──fold──► Run (phase, steps, metrics, diagnostics)

An event comes from a step's process (`started`, `cell-started`, `cell-finished`, `saved`, `metric`,
`decided`, `items`, `failed`, `succeeded`), from its relay where another cluster has it (`placed`),
or from the runner (`run-started`, `held`, `launched`, `exited`, `retrying`, `part-finished`,
`waiting`, `approved`, `skipped`, `guard`, `finished`, `run-suspended`, `run-resumed`,
`run-retrying`, `run-finished`, `notified`). What a step's process says of itself is only told; the
step's phase is what the runner says. Events of a part of a step's loop have `part`, and those of an
iteration their `index`. A list that is cut anywhere folds to a valid state, and unknown kinds
change nothing, so that an older nbdag can read what a newer one wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from nbdag_converters.diagnostics import Diagnostic

from .states import IterationRun, Phase, Run, StepRun

__all__ = [
    "IterationRun",
    "Phase",
    "Run",
    "RunEvent",
    "StepRun",
    "apply",
    "fold",
    "parse_event",
    "parse_events",
]


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
    handlers = _PART_HANDLERS if "part" in event.data else _STEP_HANDLERS
    for_step = handlers.get(event.kind)
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
        unseen=bool(event.data.get("unseen")),
    )


def _run_suspended(run: Run, _: RunEvent) -> Run:
    return replace(run, phase=Phase.SUSPENDED)


def _run_resumed(run: Run, _: RunEvent) -> Run:
    return replace(run, phase=Phase.RUNNING)


def _run_retrying(run: Run, _: RunEvent) -> Run:
    """All that went wrong, or could not run for it, is to be done again."""
    steps = {
        name: StepRun(name, attempt=step.attempt)
        if step.phase.bad or (step.phase is Phase.SKIPPED and step.problem == "above")
        else step
        for name, step in run.steps.items()
    }
    return replace(run, steps=steps, diagnostics=())


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


def _held(step: StepRun, event: RunEvent) -> StepRun:
    """Its container can't start yet, and the cluster says why."""
    if step.phase is not Phase.PENDING:
        return step
    return replace(step, message=str(event.data.get("message", "")))


def _placed(step: StepRun, event: RunEvent) -> StepRun:
    return replace(step, cluster=str(event.data.get("cluster", "")))


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
    return replace(step, rss=_integer(event, "rss"), cpu=_number(event, "cpu"), running=None)


def _retrying(step: StepRun, event: RunEvent) -> StepRun:
    return replace(step, running=None, retry_at=event.time + (_number(event, "delay") or 0.0))


def _waiting(step: StepRun, event: RunEvent) -> StepRun:
    return replace(step, phase=Phase.SUSPENDED, message=str(event.data.get("message", "")))


def _approved(step: StepRun, _: RunEvent) -> StepRun:
    return replace(step, phase=Phase.PENDING, message="")


def _finished(step: StepRun, event: RunEvent) -> StepRun:
    phase = _phase(event, Phase.ERROR)
    told = _failed(step, event) if "message" in event.data else step
    if event.data.get("cached"):
        told = replace(told, started=event.time, cached=True, saved=_number(event, "saved"))
    return replace(told, phase=phase, finished=event.time, running=None, retry_at=None)


def _skipped(step: StepRun, event: RunEvent) -> StepRun:
    return replace(
        step,
        phase=Phase.SKIPPED,
        problem=str(event.data.get("kind", "")),
        message=str(event.data.get("message", "")),
    )


# Of a part of a step's loop -------------------------------------------------------------


def _part_launched(step: StepRun, event: RunEvent) -> StepRun:
    number = _integer(event, "attempt") or 1
    before = step if step.phase is Phase.RUNNING else _launched(step, event)
    if event.data["part"] == "items":
        return replace(before, retry_at=None, attempt=max(number, before.attempt))
    return _iteration(
        replace(before, retry_at=None),
        event,
        phase=Phase.RUNNING,
        started=event.time,
        finished=None,
        attempt=number,
    )


def _part_started(step: StepRun, event: RunEvent) -> StepRun:
    if event.data["part"] == "items":
        return _started(step, event)
    return _iteration(step, event, started=event.time)


def _items(step: StepRun, event: RunEvent) -> StepRun:
    return replace(step, total=_integer(event, "count"))


def _part_exited(step: StepRun, event: RunEvent) -> StepRun:
    """Parts are many processes: the most memory of any, the time of all."""
    rss, cpu = _integer(event, "rss"), _number(event, "cpu")
    return replace(
        step,
        rss=max(rss or 0, step.rss or 0) or None,
        cpu=step.cpu if cpu is None else cpu + (step.cpu or 0.0),
        running=None,
    )


def _part_finished(step: StepRun, event: RunEvent) -> StepRun:
    return _iteration(
        step,
        event,
        phase=_phase(event, Phase.ERROR),
        finished=event.time,
        problem=str(event.data.get("kind", "")),
        message=str(event.data.get("message", "")),
        cell=_integer(event, "cell"),
        line=_integer(event, "line"),
    )


def _iteration(step: StepRun, event: RunEvent, **changes: Any) -> StepRun:
    index = _integer(event, "index")
    if index is None or event.data["part"] != "iteration":
        return step
    one = replace(step.iterations.get(index, IterationRun(index)), **changes)
    return replace(step, iterations={**step.iterations, index: one})


def _number(event: RunEvent, name: str) -> float | None:
    value = event.data.get(name)
    return float(value) if isinstance(value, int | float) else None


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
    "run-suspended": _run_suspended,
    "run-resumed": _run_resumed,
    "run-retrying": _run_retrying,
    "metric": _metric,
    "guard": _guard,
}
_STEP_HANDLERS: Mapping[str, Callable[[StepRun, RunEvent], StepRun]] = {
    "held": _held,
    "launched": _launched,
    "placed": _placed,
    "started": _started,
    "cell-started": _cell_started,
    "failed": _failed,
    "exited": _exited,
    "retrying": _retrying,
    "waiting": _waiting,
    "approved": _approved,
    "finished": _finished,
    "skipped": _skipped,
}
_PART_HANDLERS: Mapping[str, Callable[[StepRun, RunEvent], StepRun]] = {
    "held": _held,
    "launched": _part_launched,
    "started": _part_started,
    "items": _items,
    "cell-started": _cell_started,
    "exited": _part_exited,
    "retrying": _retrying,
    "part-finished": _part_finished,
}
