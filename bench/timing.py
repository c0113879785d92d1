"""How time is taken: CPU seconds in this process, wall seconds of whole processes."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

NBDAG = (sys.executable, "-m", "nbdag.cli")
PYTHON = (sys.executable, "-c", "pass")
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""What is installed has its bytecode, so what is measured may keep it too."""


def cpu(work: Callable[[], object], *, times: int = 5) -> float:
    """Return the least CPU seconds that *work* takes."""
    return min(_cpu(work) for _ in range(times))


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


class Spent(NamedTuple):
    """What a command took: wall seconds, and CPU seconds of it and of all that it started."""

    wall: float
    cpu: float


def spent(command: Sequence[str], *, folder: Path | None = None) -> Spent:
    """Return what *command* takes, once.

    Raises
    ------
    RuntimeError
        If it fails: a time of a failure means nothing.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        msg = f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise RuntimeError(msg)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return Spent(seconds, user + system)


def wall(command: Sequence[str], *, folder: Path | None = None, times: int = 5) -> float:
    """Return the median of the wall seconds that *command* takes as a whole process."""
    return statistics.median(spent(command, folder=folder).wall for _ in range(times))
