"""Metrics: what Argo's controller tells Prometheus of a workflow and of its steps as they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdag_converters.model import Pipeline
from nbdag_converters.monitoring import families
from nbdag_converters.monitoring.families import BUCKETS, Family, label

STATUS, DURATION = "{{status}}", "{{duration}}"
_RUN_STATUS, _RUN_DURATION = "{{workflow.status}}", "{{workflow.duration}}"
_STARTED = "{{workflow.creationTimestamp.s}}"
# A step that may be retried has a node an attempt, and one around them, which alone counts them.
_LAST = "'{{retries}}' =~ '^[0-9]+$'"


def run_metrics(pipeline: Pipeline) -> dict[str, Any]:
    """Return what is told at the end of a run."""
    own = {"pipeline": label(pipeline.name)}
    return _prometheus(
        _counter(families.RUNS, {**own, "status": _RUN_STATUS}),
        _histogram(families.RUN_SECONDS, own, _RUN_DURATION),
        _gauge(families.LAST_SECONDS, own, _RUN_DURATION),
        {
            **_gauge(families.LAST_SUCCESS, own, _STARTED),
            "when": f"{_RUN_STATUS} == Succeeded",
        },
    )


def step_metrics(
    pipeline: str, name: str, metrics: Sequence[str], *, retried: bool
) -> dict[str, Any]:
    """Return what is told at the end of a step, which is called *name*.

    Its own *metrics* are outputs of the node, see `metric_names`; one that has no number is "".
    """
    own = {"pipeline": label(pipeline)}
    both = {**own, "step": name}
    found = [
        _counter(families.STEPS, {**both, "status": STATUS}),
        _histogram(families.STEP_SECONDS, both, DURATION),
    ]
    if retried:
        found = [{**each, "when": _LAST} for each in found]
    for output, metric in zip(metric_names(metrics), metrics, strict=True):
        value = f"{{{{outputs.parameters.{output}}}}}"
        gauge = _gauge(families.METRIC, {**own, "metric": label(metric)}, value)
        found.append({**gauge, "when": f"'{value}' != ''"})
    return _prometheus(*found)


def metric_names(metrics: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the output parameters that hold a step's metrics."""
    return tuple(f"metric-{number}" for number in range(len(metrics)))


def _prometheus(*metrics: dict[str, Any]) -> dict[str, Any]:
    return {"prometheus": list(metrics)}


def _counter(family: Family, labels: Mapping[str, str]) -> dict[str, Any]:
    return _metric(family, labels, {"value": "1"})


def _gauge(family: Family, labels: Mapping[str, str], value: str) -> dict[str, Any]:
    return _metric(family, labels, {"realtime": False, "value": value})


def _histogram(family: Family, labels: Mapping[str, str], value: str) -> dict[str, Any]:
    buckets: Sequence[float] = BUCKETS
    return _metric(family, labels, {"value": value, "buckets": list(buckets)})


def _metric(family: Family, labels: Mapping[str, str], value: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": family.name,
        "help": family.help,
        "labels": [{"key": key, "value": text} for key, text in labels.items()],
        family.kind: value,
    }
