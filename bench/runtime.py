"""What a step's process costs before the cells: bytes to ship, and the start from memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from nbdag_converters.compilers.embed import BOOT, payload

from .figure import Figure, main
from .timing import PYTHON, wall

ORDER = {
    "step": "nothing",
    "notebook": "bench.ipynb",
    "fingerprint": False,
    "cells": [{"number": 1, "id": "a", "source": "x = 1"}],
    "slices": [],
    "inputs": {},
    "parameters": {},
    "outputs": ["x"],
    "changes": ["x"],
    "before": [],
    "metrics": [],
    "keep": 0,
}


def measure() -> Sequence[Figure]:
    """Return sizes, and the wall seconds of one whole step without and with IPython."""
    shipped = payload()
    floor = wall(PYTHON)
    plain, shell = (
        statistics.median(step(shipped, *flags) for _ in range(5)) for flags in (["-I", "-S"], [])
    )
    return [
        Figure("payload", len(shipped), "bytes"),
        Figure("payload and boot", len(shipped) + len(BOOT), "bytes", goal=16_384),
        Figure("python -c pass", floor, "s"),
        Figure("one step, plain Python", plain, "s", goal=0.1, floor=floor),
        Figure("one step, with IPython", shell, "s", floor=floor),
    ]


def step(shipped: str, *flags: str) -> float:
    """Return the wall seconds of a process that runs one trivial step."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "NBDAG_ORDER": json.dumps(ORDER), "NBDAG_VALUES": folder}
        command = [sys.executable, *flags, "-c", BOOT, shipped, "step"]
        start = time.perf_counter()
        done = subprocess.run(
            command, env=env, cwd=folder, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
        if done.returncode or not (Path(folder) / "nothing" / "values.nbv").exists():
            msg = f"the step failed:\n{done.stderr[-2000:]}"
            raise RuntimeError(msg)
    return seconds


if __name__ == "__main__":
    main("Runtime (whole process of a step)", measure)
