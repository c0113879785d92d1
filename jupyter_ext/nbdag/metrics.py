"""Metrics of the runs on this machine, by the names that Argo's controller gives to its own."""

from __future__ import annotations

from collections.abc import Iterable

from nbdag_converters.monitoring import Ended, samples, to_text

from .reach import is_remote
from .runs.events import Run
from .runs.history import RunFolder


def metrics_text(runs: Iterable[RunFolder]) -> str:
    """Return what Prometheus is to know of *runs*, the newest first, that are over.

    Runs on a cluster are left out: its controller tells of them.
    """
    states = [(run, run.state()) for run in runs if not is_remote(run)]
    over = [(run.pipeline().name, ended(state)) for run, state in states if state.phase.done]
    return to_text(samples(reversed(over)))


def ended(run: Run) -> Ended:
    """Return how a run, its steps that ran, and its metrics have ended."""
    steps = {
        name: Ended(step.phase.value, step.seconds)
        for name, step in run.steps.items()
        if step.phase.done and step.seconds is not None
    }
    numbers = {
        name: float(value) for name, value in run.metrics.items() if isinstance(value, int | float)
    }
    return Ended(run.phase.value, run.seconds or 0.0, run.started or 0.0, steps, numbers)
