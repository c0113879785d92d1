"""View: all that the page shows of a run beside its notebook, as words and drawings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbdag.runs.events import Phase, Run, StepRun
from nbdag.runs.history import RunFolder
from nbdag_converters import drawing
from nbdag_converters.drawing import StepState, duration
from nbdag_converters.model import Pipeline, Step

from .spans import Span, most_at_once, spans_of
from .timeline import Bar, timeline

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as the page shows it; `share` is its part of the longest step's time, 0 to 1."""

    name: str
    title: str
    state: StepState
    cells: tuple[int, ...]
    place: str
    message: str
    time: str
    share: float
    cpu: str
    memory: str
    attempts: int
    saved: str


@dataclass(frozen=True, slots=True)
class View:
    """The run as the page shows it; pairs are a name and a text."""

    pipeline: str
    id: str
    state: StepState
    word: str
    message: str
    facts: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    metrics: tuple[tuple[str, str], ...]
    findings: tuple[str, ...]
    steps: tuple[StepView, ...]
    dag: str
    timeline: str


def view_of(run: RunFolder) -> View:
    """Return what the page shows of *run*."""
    state, pipeline, facts = run.state(), run.pipeline(), run.facts()
    events = run.events()
    end = state.finished or (events[-1].time if events else 0.0)
    spans = spans_of(events, end=end)
    states = {name: _state(step, end) for name, step in state.steps.items()}
    word = "running" if state.phase is Phase.RUNNING else state.phase.value.lower()
    return View(
        pipeline=pipeline.name,
        id=run.id,
        state=StepState(state.phase.value),
        word=word,
        message=state.message.partition("\n")[0],
        facts=_facts(state, facts, spans),
        parameters=_texts(state.parameters),
        metrics=_texts(state.metrics),
        findings=_findings(state),
        steps=_steps(pipeline, state, states),
        dag=drawing.svg(pipeline, states),
        timeline=_timeline(pipeline, states, spans, start=state.started or 0.0, end=end),
    )


def _state(step: StepRun, end: float) -> StepState:
    if step.cached:
        return StepState("cached", 0.0)
    seconds = step.seconds
    if seconds is None and step.started is not None:
        seconds = max(end - step.started, 0.0)
    return StepState(step.phase.value, seconds)


def _facts(
    state: Run, facts: Mapping[str, Any], spans: Mapping[str, tuple[Span, ...]]
) -> tuple[tuple[str, str], ...]:
    started = state.started or facts.get("time")
    begun = datetime.fromtimestamp(started).astimezone() if started else None
    cached = sum(step.cached for step in state.steps.values())
    work = sum(step.seconds or 0.0 for step in state.steps.values())
    done = sum(step.phase.done for step in state.steps.values())
    found = [
        ("Notebook", Path(str(facts.get("notebook", state.notebook))).name),
        ("Started", f"{begun:%d %b %Y, %H:%M:%S %Z}" if begun else ""),
        ("Took", "" if state.seconds is None else duration(state.seconds)),
        ("Steps", f"{done} of {len(state.steps)}" if done < len(state.steps) else str(done)),
        ("Cached", f"{cached} of {len(state.steps)}" if cached else ""),
        ("At once, at most", str(most_at_once(spans)) if spans else ""),
        ("Time of all steps", duration(work) if work else ""),
        ("Python", str(facts.get("python", ""))),
    ]
    return tuple((name, text) for name, text in found if text)


def _findings(state: Run) -> tuple[str, ...]:
    """Return what the guard found, but for what is said of the step that failed by it."""
    told = {step.message for step in state.failures}
    return tuple(str(found) for found in state.diagnostics if found.message not in told)


def _message(step: StepRun, state: Run) -> str:
    """Return why a step failed or was skipped; with the place and the advice, if there is one."""
    if not step.phase.bad and step.phase is not Phase.SKIPPED:
        return ""
    found = (str(each) for each in state.diagnostics if each.message == step.message)
    return next(found, step.message)


def _texts(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, shown(value)) for name, value in values.items())


def shown(value: object) -> str:
    """Return a parameter's or metric's value as people read it."""
    if isinstance(value, float):
        text = f"{value:.6g}"
    elif isinstance(value, str):
        text = value
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _steps(pipeline: Pipeline, state: Run, states: Mapping[str, StepState]) -> tuple[StepView, ...]:
    longest = max((found.seconds or 0.0 for found in states.values()), default=0.0)
    return tuple(
        _step(
            step,
            state,
            states.get(step.name, StepState("pending")),
            longest,
        )
        for step in pipeline.steps
    )


def _step(step: Step, whole: Run, state: StepState, longest: float) -> StepView:
    run = whole.steps.get(step.name, StepRun(step.name))
    numbers = tuple(cell.number for cell in step.cells)
    seconds = state.seconds or 0.0
    place = f"cell {run.cell}" if run.phase.bad and run.cell else ""
    return StepView(
        name=step.name,
        title=step.title if step.title != step.name else "",
        state=state,
        cells=numbers,
        place=f"{place}, line {run.line}" if place and run.line else place,
        message=_message(run, whole),
        time="" if state.seconds is None or run.cached else duration(state.seconds),
        share=seconds / longest if longest > 0 and not run.cached else 0.0,
        cpu="" if run.cpu is None else duration(run.cpu),
        memory="" if run.rss is None else _bytes(run.rss),
        attempts=run.attempt,
        saved="" if run.saved is None else duration(run.saved),
    )


def _bytes(size: int) -> str:
    if size < 1_000_000_000:
        return f"{size / 1_000_000:.0f} MB"
    return f"{size / 1_000_000_000:.1f} GB"


def _timeline(
    pipeline: Pipeline,
    states: Mapping[str, StepState],
    spans: Mapping[str, tuple[Span, ...]],
    *,
    start: float,
    end: float,
) -> str:
    names = [step.name for step in pipeline.steps if step.name in spans]
    names.sort(key=lambda name: spans[name][0].start)
    bars = [
        Bar(name, states[name], tuple(span.shifted(-start) for span in spans[name]))
        for name in names
    ]
    return timeline(bars, length=max(end - start, 0.0))
