"""Clock: waits for the times of a schedule, and starts a run at each."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from threading import Event

from nbdag.runs.files import write_atomic

from .due import Times

LONGEST = 60.0  # seconds of one wait: the machine may sleep meanwhile, or its clock be set
Start = Callable[[datetime], bool]


def keep(
    times: Times,
    start: Start,
    kept: Path,
    *,
    failures: int | None = None,
    stop: Event | None = None,
) -> bool:
    """Start a run at each time until *stop* is set, or *failures* runs have failed.

    The file *kept* remembers the last time that is done with, whatever becomes of this process.
    Returns False where too many have failed.
    """
    stop = stop or Event()
    failed = 0
    last = _read(kept) or _now()
    while not stop.is_set():
        now = _now()
        moments = times.due(last, now)
        for moment in moments:
            # Before it starts: a run that is killed is there to be retried, not to be repeated.
            last = moment
            _write(kept, last)
            if not start(moment):
                failed += 1
                if failures is not None and failed >= failures:
                    return False
            if stop.is_set():
                return True
        if not moments:
            last = max(last, now)
            _write(kept, last)
            stop.wait(min(LONGEST, max(0.0, (times.following(now) - _now()).total_seconds())))
    return True


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _read(path: Path) -> datetime | None:
    try:
        return datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["last"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, moment: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"last": moment.astimezone(timezone.utc).isoformat()}) + "\n"
    write_atomic(path, text.encode())
