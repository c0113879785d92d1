"""Recorder: each event goes to the file, into the state, and to whoever looks on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .base import OnEvent
from .events import Run, RunEvent, apply


class Recorder:
    """Keeps the events of one run, written by one thread; `state` may be read by any."""

    def __init__(self, path: Path, on_event: OnEvent | None = None) -> None:
        self.state = Run()
        self._on_event = on_event
        # Unbuffered, a write a line: what has happened is there, whatever comes after.
        self._file = path.open("ab", buffering=0)

    def remember(self, events: Iterable[RunEvent]) -> None:
        """Take in what the file holds already, and go on in a line of its own."""
        for event in events:
            self._take(event)
        if self._file.tell():
            self._file.write(b"\n")  # the last writer may have been killed in the middle of one

    def record(self, kind: str, step: str = "", /, **data: object) -> None:
        """Record an event of the runner, which happens now."""
        self.keep(RunEvent(time=time.time(), kind=kind, step=step, data=data))

    def pass_on(self, message: Mapping[str, Any]) -> None:
        """Record what a process has said of itself, at the time that it says."""
        data = dict(message)
        kind, step = str(data.pop("event")), str(data.pop("step", ""))
        said = data.pop("time", None)
        moment = float(said) if isinstance(said, int | float) else time.time()
        self.keep(RunEvent(time=moment, kind=kind, step=step, data=data))

    def keep(self, event: RunEvent) -> None:
        """Record *event*."""
        self._file.write(event.to_line().encode(errors="surrogatepass") + b"\n")
        self._take(event)

    def _take(self, event: RunEvent) -> None:
        self.state = apply(self.state, event)
        if self._on_event:
            self._on_event(event)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
