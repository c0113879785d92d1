"""A check of a notebook of 100 cells: the whole process, and as you edit in JupyterLab."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from nbdag.server.sources import checked

from .figure import Figure, main
from .notebooks import pipeline, write
from .timing import NBDAG, PYTHON, cpu, wall


def measure() -> Sequence[Figure]:
    """Return the median of five, the start of Python as the floor, and the server's part."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(pipeline(99), Path(folder) / "hundred.ipynb")
        wall([*NBDAG, "check", str(path)], times=1)
        floor = wall(PYTHON)
        seconds = wall([*NBDAG, "check", str(path)])
        start = wall([*NBDAG, "--help"])
        as_you_edit = partial(checked, json.loads(path.read_text()), path)
        as_you_edit()
        edited = cpu(as_you_edit)
    return [
        Figure("python -c pass", floor, "s"),
        Figure("nbdag --help", start, "s", floor=floor),
        Figure("nbdag check, 100 cells", seconds, "s", goal=0.4, floor=floor),
        Figure("as you edit, in JupyterLab's server", edited, "CPU s", goal=0.1),
    ]


if __name__ == "__main__":
    main("Check of a notebook", measure)
