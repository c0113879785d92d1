"""Families: the metrics of runs, their labels, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["counter", "gauge", "histogram"]

PREFIX = "argo_workflows_"
"""What Argo's controller puts before the name of each metric."""
BUCKETS = (1, 5, 15, 60, 300, 900, 3600, 14400)
"""Upper bounds of durations, in seconds."""


@dataclass(frozen=True, slots=True)
class Family:
    """Series of one name. Argo refuses another `help` for a name that it knows: never change it."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...]

    @property
    def series(self) -> str:
        """The name by which Prometheus knows it."""
        return PREFIX + self.name


RUNS = Family("nbdag_run_total", "counter", "Runs that have ended, by how.", ("pipeline", "status"))
RUN_SECONDS = Family(
    "nbdag_run_duration_seconds", "histogram", "How long runs took.", ("pipeline",)
)
LAST_SECONDS = Family(
    "nbdag_run_last_duration_seconds", "gauge", "How long the last run took.", ("pipeline",)
)
LAST_SUCCESS = Family(
    "nbdag_run_last_success_timestamp_seconds",
    "gauge",
    "When the last run that succeeded was started.",
    ("pipeline",),
)
STEPS = Family(
    "nbdag_step_total",
    "counter",
    "Steps that have ended, by how.",
    ("pipeline", "step", "status"),
)
STEP_SECONDS = Family(
    "nbdag_step_duration_seconds", "histogram", "How long steps took.", ("pipeline", "step")
)
METRIC = Family(
    "nbdag_metric", "gauge", "A notebook's own metric, of its last run.", ("pipeline", "metric")
)

FAMILIES = (RUNS, RUN_SECONDS, LAST_SECONDS, LAST_SUCCESS, STEPS, STEP_SECONDS, METRIC)


def label(text: str) -> str:
    """Return a label's value, in which Argo sees none of its templates."""
    return text.replace("{{", "{ {").replace("}}", "} }")
