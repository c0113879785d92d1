"""View: a run's state, and a pipeline, as what a tab is sent; pure."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from nbdag_converters.model import Pipeline, Value
from nbdag_converters.model.wire import FORMAT, pipeline_to_data

from .events import Phase, Run, StepRun

_STEP = tuple(
    found.name for found in fields(StepRun) if found.name not in ("iterations", "rss", "cpu")
)


def run_view(run: Run, before: Run | None = None) -> dict[str, Any]:
    """Return *run* as JSON's data; of the steps only those that changed since *before*.

    `now` is the server's time, so that a clock that goes wrong in the tab does no harm.
    """
    old = before.steps if before else {}
    return {
        "run": run.id,
        "now": time.time(),
        "phase": run.phase.value,
        "started": run.started,
        "finished": run.finished,
        "message": run.message,
        "metrics": run.metrics,
        "parameters": run.parameters,
        "diagnostics": [asdict(found) for found in run.diagnostics],
        "steps": {n: step_view(s) for n, s in run.steps.items() if s is not old.get(n)},
    }


def pipeline_view(pipeline: Pipeline) -> dict[str, Any]:
    """Return what `pipeline_to_json` writes as JSON's data."""
    data = {"format": FORMAT, **pipeline_to_data(pipeline)}
    if pipeline.parameters:
        # As they are typed: JavaScript has one kind of number, and would show 1.0 as 1.
        data["parameters"] = [
            {"name": one.name, "type": one.type, "text": typed(one.default), "help": one.help}
            for one in pipeline.parameters
        ]
    return data


def typed(value: Value) -> str:
    """Return the text that means *value* where it is typed for a parameter."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def step_view(step: StepRun) -> Mapping[str, Any]:
    """Return a step as JSON's data, without what it doesn't have."""
    data = {name: value for name in _STEP if (value := getattr(step, name)) not in (None, "")}
    if step.progress:
        data["done"] = step.progress[0]
        data["parts"] = parts_view(step)
    return {**data, "seconds": step.seconds}


_LETTERS = {
    Phase.RUNNING: "r",
    Phase.SUCCEEDED: "s",
    Phase.FAILED: "f",
    Phase.ERROR: "f",
    Phase.SKIPPED: "k",
}


def parts_view(step: StepRun) -> str:
    """Return the phases of a loop's iterations, a letter each: there may be thousands."""
    found = step.iterations
    return "".join(
        _LETTERS.get(found[index].phase, "p") if index in found else "p"
        for index in range(step.total or 0)
    )
