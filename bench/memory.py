"""Memory of a command with all its processes, sampled in `/proc` while it runs (Linux)."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from .timing import ENVIRONMENT

_PROC = Path("/proc")
_PAUSE = 0.02


class Peak(NamedTuple):
    """Peaks in MB: the largest `process` (resident), and the `total` of all at once.

    Pages that processes share count once in the total (PSS).
    """

    process: float
    total: float


def peak(command: Sequence[str], folder: Path) -> Peak:
    """Run *command* in *folder* and return its peaks.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    process = total = 0
    with subprocess.Popen(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as running:
        while running.poll() is None:
            tree = list(_tree(running.pid))
            process = max([process, *(_kilobytes(pid, "status", "VmHWM:") for pid in tree)])
            total = max(total, sum(_kilobytes(pid, "smaps_rollup", "Pss:") for pid in tree))
            time.sleep(_PAUSE)
    if running.returncode:
        msg = f"{' '.join(command)} failed"
        raise RuntimeError(msg)
    return Peak(process / 1024, total / 1024)


def _tree(root: int) -> Iterator[int]:
    """Yield the ids of a process and of all below it."""
    yield root
    with contextlib.suppress(OSError):
        for task in (_PROC / str(root) / "task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _kilobytes(pid: int, file: str, key: str) -> int:
    """Return a number of a file of a process, 0 where it has ended meanwhile."""
    with contextlib.suppress(OSError):
        for line in (_PROC / str(pid) / file).read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1])
    return 0
