"""How time is taken: CPU seconds in this process, wall seconds of whole processes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

NBDAG = (sys.executable, "-m", "nbdag.cli")
PYTHON = (sys.executable, "-c", "pass")


def cpu(work: Callable[[], object], *, times: int = 3) -> float:
    """Return the least CPU seconds that *work* takes."""
    return min(_cpu(work) for _ in range(times))


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def wall(command: Sequence[str], *, folder: Path | None = None, times: int = 5) -> float:
    """Return the median of the wall seconds that *command* takes as a whole process.

    Raises
    ------
    RuntimeError
        If it fails: a time of a failure means nothing.
    """
    return statistics.median(_wall(command, folder) for _ in range(times))


def _wall(command: Sequence[str], folder: Path | None) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        msg = f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise RuntimeError(msg)
    return seconds
