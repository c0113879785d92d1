"""`nbdag check` on a notebook of 100 cells: the whole process."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from .figure import Figure, main
from .notebooks import pipeline, write
from .timing import NBDAG, PYTHON, wall


def measure() -> Sequence[Figure]:
    """Return the median of five, and the start of Python as the floor."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(pipeline(99), Path(folder) / "hundred.ipynb")
        wall([*NBDAG, "check", str(path)], times=1)
        floor = wall(PYTHON)
        seconds = wall([*NBDAG, "check", str(path)])
        start = wall([*NBDAG, "--help"])
    return [
        Figure("python -c pass", floor, "s"),
        Figure("nbdag --help", start, "s", floor=floor),
        Figure("nbdag check, 100 cells", seconds, "s", goal=0.4, floor=floor),
    ]


if __name__ == "__main__":
    main("Check (whole process)", measure)
