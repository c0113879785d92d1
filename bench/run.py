"""`nbdag run`, the whole command: what nbdag itself costs.

Times are the least of a few, each in a folder of its own, so that no step is known from the cache
unless that is what is measured.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .figure import Figure, main
from .memory import Peak, peak
from .notebooks import fan_out, trivial, write
from .timing import NBDAG, PYTHON, Spent, spent, wall

STEP = "x_{n} = {n}"
SLEEP = "import time\ntime.sleep(1)"
MANY = 1000


def measure() -> Sequence[Figure]:
    """Return the seconds and the memory of each command."""
    floor = wall(PYTHON)
    return [Figure("python -c pass", floor, "s"), *_few(floor), *_cached(floor), *_many()]


def _few(floor: float) -> Sequence[Figure]:
    twelve, sixty = (best(trivial(steps, STEP)) for steps in (12, 60))
    eight = best(trivial(8, SLEEP))
    memory, memory_of_eight = _memory(trivial(12, STEP)), _memory(trivial(8, SLEEP))
    more = [(sixty[i] - twelve[i]) / 48 for i in (0, 1)]
    return [
        Figure("12 trivial steps", twelve.wall, "s", goal=1.5, floor=floor),
        Figure("one more trivial step", more[0], "s", goal=0.05),
        Figure("one more trivial step, CPU", more[1], "CPU s"),
        Figure("8 steps of sleep(1), --jobs 8", eight.wall, "s", goal=1.5, floor=1.0),
        Figure("12 steps: largest process", memory.process, "MB", goal=120),
        Figure("8 at once: all processes", memory_of_eight.total, "MB", goal=200),
    ]


def _cached(floor: float) -> Sequence[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(trivial(12, STEP), folder)
        nothing = min(run(trivial(12, STEP), folder) for _ in range(5))
        edits = [trivial(12, STEP) for _ in range(5)]
        for number, content in enumerate(edits):
            content["cells"][5]["source"] += f" + {number + 1}"
        edited = min(run(content, folder) for content in edits)
    return [
        Figure("12 steps, nothing changed", nothing.wall, "s", goal=0.3, floor=floor),
        Figure("12 steps, one edited", edited.wall, "s", goal=1.0, floor=floor),
    ]


def _many() -> Sequence[Figure]:
    steps = best(trivial(MANY, STEP), times=1)
    iterations = best(fan_out(MANY, 8), times=1)
    return [
        Figure(f"a step of {MANY}", steps.wall / MANY, "s", goal=0.03),
        Figure(f"a step of {MANY}, CPU", steps.cpu / MANY, "CPU s"),
        Figure(f"an iteration of {MANY}, fan-out:8", iterations.wall / MANY, "s", goal=0.03),
        Figure(f"an iteration of {MANY}, CPU", iterations.cpu / MANY, "CPU s"),
    ]


def best(content: Mapping[str, Any], *, times: int = 3) -> Spent:
    """Return the least that a run of the notebook takes where nothing is in the cache."""
    found: list[Spent] = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            found.append(run(content, Path(folder)))
    return min(found)


def run(content: Mapping[str, Any], folder: Path) -> Spent:
    """Return what a run of the notebook in *folder* takes."""
    return spent(command(content, folder), folder=folder)


def command(content: Mapping[str, Any], folder: Path) -> Sequence[str]:
    """Write the notebook to *folder* and return the command that runs it."""
    path = write(dict(content), folder / "notebook.ipynb")
    return [*NBDAG, "run", str(path), "--jobs", "8"]


def _memory(content: Mapping[str, Any]) -> Peak:
    with tempfile.TemporaryDirectory() as folder:
        return peak(command(content, Path(folder)), Path(folder))


if __name__ == "__main__":
    main("Run (whole command)", measure)
