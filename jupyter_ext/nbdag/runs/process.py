"""Whether a process that a file speaks of is still the same one, and alive."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def started_at(pid: int) -> str | None:
    """Return a text that tells when the process *pid* started; `None` where there is no such.

    With it, a process that got an old one's number isn't taken for the old one.
    """
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        # A zombie has ended; field 22 is the start, in ticks since the machine's.
        return None if fields[0] in ("Z", "X") else fields[19]
    if Path("/proc/self/stat").exists():
        return None
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def is_alive(pid: int, started: str | None) -> bool:
    """Return whether the process that started at *started* runs."""
    now = started_at(pid)
    return now is not None and (started is None or now == started)


def own_start() -> str | None:
    """Return when this process started."""
    return started_at(os.getpid())
