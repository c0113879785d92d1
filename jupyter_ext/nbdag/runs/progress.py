"""How far a run has come, and how long it still takes: pure, over the fold of its events.

```
 earlier runs ──expected_durations──► seconds a step ─┐
 events of now ──fold──► Run ─────────────────────────┴─progress──► Progress
```
A step counts by how long it took before. What is left is played through as the runner would do it,
so that steps which run side by side aren't counted one after the other.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbdag_converters.model import Pipeline

from .events import Phase, Run, StepRun
from .history import RunFolder, list_runs
from .ready import ReadyQueue

_RUNS = 5
_ALMOST = 0.95
"""How much of a step is done at most while it runs, however long it takes."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of *total* steps are done; `percent` is of the time, where that is known.

    `remaining` is in seconds, `None` where no step's time is known.
    """

    done: int
    total: int
    percent: float
    remaining: float | None = None


def expected_durations(runs: Iterable[Run]) -> dict[str, float]:
    """Return how many seconds each step takes: the median of those *runs* in which it did run."""
    found: dict[str, list[float]] = {}
    for run in runs:
        for name, step in run.steps.items():
            seconds = step.saved if step.cached else step.seconds
            if step.phase is Phase.SUCCEEDED and seconds is not None:
                found.setdefault(name, []).append(seconds)
    return {name: _median(seconds) for name, seconds in found.items()}


def _median(values: Iterable[float]) -> float:
    from statistics import median  # takes 4 ms to import, and few runs need it

    return median(values)


def durations_in_history(run: RunFolder, *, most: int = _RUNS) -> dict[str, float]:
    """Return what `expected_durations` says of the runs of the same notebook before *run*."""
    path = Path(str(run.facts().get("notebook", "")))
    found = list_runs(path.parent, notebook=path.name)
    earlier = [each for each in found if each.id < run.id]
    return expected_durations(each.state() for each in earlier[:most])


def progress(
    run: Run,
    pipeline: Pipeline,
    *,
    now: float,
    jobs: int,
    expected: Mapping[str, float] | None = None,
) -> Progress:
    """Return how far *run* has come at *now*, in seconds since 1970.

    *jobs* is how many steps run at once, *expected* how many seconds each takes; a step that isn't
    there is taken to be as the others.
    """
    names = [step.name for step in pipeline.steps]
    steps = {name: run.steps.get(name, StepRun(name)) for name in names}
    done = sum(step.phase.done for step in steps.values())
    known = _known(steps, expected or {})
    if run.phase.done or done == len(names):
        return Progress(done, len(names), 100.0 if done == len(names) else 0.0, 0.0)
    if not known:
        return Progress(done, len(names), 100.0 * done / max(len(names), 1))
    usual = _median(known.values())
    times = {name: known.get(name, usual) for name in names}
    spent = {name: _spent(step, times[name], now) for name, step in steps.items()}
    all_work = sum(times[name] for name in names if not _free(steps[name]))
    # Without earlier runs all weights are guesses that change: then steps are counted.
    by_time = bool(expected) and all_work > 0
    share = sum(spent.values()) / all_work if by_time else done / len(names)
    left = {name: times[name] - spent[name] for name in names if not steps[name].phase.done}
    return Progress(done, len(names), min(100.0 * share, 99.0), _play(pipeline, steps, left, jobs))


def _known(steps: Mapping[str, StepRun], expected: Mapping[str, float]) -> dict[str, float]:
    """Return the seconds of each step: what it took before, else what it took now."""
    now = {
        name: step.seconds
        for name, step in steps.items()
        if step.phase.done and not _free(step) and step.seconds is not None
    }
    return now | {name: expected[name] for name in steps if name in expected}


def _free(step: StepRun) -> bool:
    """Return whether a step took no time, as it did not run."""
    return step.cached or step.phase is Phase.SKIPPED


def _spent(step: StepRun, time: float, now: float) -> float:
    if _free(step):
        return 0.0
    if step.phase.done:
        return time
    if step.phase is Phase.RUNNING and step.started is not None:
        return min(max(now - step.started, 0.0), _ALMOST * time)
    return 0.0


def _play(
    pipeline: Pipeline, steps: Mapping[str, StepRun], left: Mapping[str, float], jobs: int
) -> float:
    """Return the seconds until all is done when at most *jobs* steps run at once."""
    queue = ReadyQueue(list(steps), [(edge.source, edge.target) for edge in pipeline.edges])
    running: list[tuple[float, str]] = []
    now = 0.0
    for name, step in steps.items():
        if step.phase.done:
            queue.drop(name)
        elif step.phase is Phase.RUNNING:
            queue.drop(name)
            heapq.heappush(running, (left[name], name))
    for name, step in steps.items():
        if step.phase.done:
            queue.succeeded(name)
    while True:
        while len(running) < max(jobs, 1) and (ready := queue.take()) is not None:
            heapq.heappush(running, (now + left[ready], ready))
        if not running:
            return now
        now, ended = heapq.heappop(running)
        queue.succeeded(ended)
