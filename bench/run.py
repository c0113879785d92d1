"""`nbdag run` of trivial and of sleeping steps: the whole command, what nbdag itself costs."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .figure import Figure, main
from .notebooks import trivial, write
from .timing import NBDAG, PYTHON, wall


def measure() -> Sequence[Figure]:
    """Return the wall seconds of each command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = (write(trivial(n, "x_{n} = {n}"), folder / f"{n}.ipynb") for n in (12, 60))
        sleep = write(trivial(8, "import time\ntime.sleep(1)"), folder / "sleep.ipynb")
        floor = wall(PYTHON)
        twelve = wall([*NBDAG, "run", str(few), "--jobs", "8"], folder=folder)
        sixty = wall([*NBDAG, "run", str(many), "--jobs", "8"], folder=folder, times=3)
        eight = wall([*NBDAG, "run", str(sleep), "--jobs", "8"], folder=folder, times=3)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        Figure("python -c pass", floor, "s"),
        Figure("12 trivial steps", twelve, "s", goal=1.5, floor=floor),
        Figure("one more trivial step", (sixty - twelve) / 48, "s", goal=0.05),
        Figure("8 steps of sleep(1), --jobs 8", eight, "s", goal=1.5, floor=1.0),
        Figure("largest process", peak, "MB", goal=120),
    ]


if __name__ == "__main__":
    main("Run (whole command)", measure)
