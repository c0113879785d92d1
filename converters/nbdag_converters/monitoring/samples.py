"""Samples: what runs that are over come to, as Argo's controller would count them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .families import (
    BUCKETS,
    LAST_SECONDS,
    LAST_SUCCESS,
    METRIC,
    RUN_SECONDS,
    RUNS,
    STEP_SECONDS,
    STEPS,
    Family,
    label,
)
from .text import Sample


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over, or a step of one: how it ended, and how long it took.

    `started` is in seconds since 1970, `metrics` are numbers by name.
    """

    status: str
    seconds: float
    started: float = 0.0
    steps: Mapping[str, Ended] = field(default_factory=dict[str, "Ended"])
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])


def samples(runs: Iterable[tuple[str, Ended]]) -> Iterator[Sample]:
    """Yield what there is to say of *runs*, each with its pipeline's name, the oldest first."""
    every = [(label(name), run) for name, run in runs]
    last = dict(every)
    good = {name: run.started for name, run in every if run.status == "Succeeded"}
    steps = [
        ((name, label(step)), ended) for name, run in every for step, ended in run.steps.items()
    ]
    yield from _counts(RUNS, (((name,), run) for name, run in every))
    yield from _histogram(RUN_SECONDS, (((name,), run) for name, run in every))
    for name, run in last.items():
        yield Sample(LAST_SECONDS, {"pipeline": name}, run.seconds)
    for name, started in good.items():
        yield Sample(LAST_SUCCESS, {"pipeline": name}, started)
    yield from _counts(STEPS, steps)
    yield from _histogram(STEP_SECONDS, steps)
    metrics = {
        (name, label(metric)): value
        for name, run in every
        for metric, value in run.metrics.items()
        if math.isfinite(value)
    }
    for (name, metric), value in metrics.items():
        yield Sample(METRIC, {"pipeline": name, "metric": metric}, value)


def _counts(family: Family, ended: Iterable[tuple[tuple[str, ...], Ended]]) -> Iterator[Sample]:
    found = Counter((*names, each.status) for names, each in ended)
    for values, count in found.items():
        yield Sample(family, dict(zip(family.labels, values, strict=True)), count)


def _histogram(family: Family, ended: Iterable[tuple[tuple[str, ...], Ended]]) -> Iterator[Sample]:
    found: dict[tuple[str, ...], list[float]] = {}
    for names, each in ended:
        found.setdefault(names, []).append(each.seconds)
    for names, many in found.items():
        labels = dict(zip(family.labels, names, strict=True))
        inside = Counter(bisect_left(BUCKETS, seconds) for seconds in many)
        count = 0
        for number, bound in enumerate((*map(str, BUCKETS), "+Inf")):
            count += inside[number]
            yield Sample(family, {**labels, "le": bound}, count, "_bucket")
        yield Sample(family, labels, sum(many), "_sum")
        yield Sample(family, labels, count, "_count")
