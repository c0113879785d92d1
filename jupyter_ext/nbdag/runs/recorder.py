"""Recorder: each event goes to the file, into the state, and to whoever looks on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .base import OnEvent, RunError
from .events import Run, RunEvent, apply

RESERVE = 8192  # bytes, more than the longest events


class Recorder:
    """Keeps the events of one run, written by one thread; `state` may be read by any.

    Raises
    ------
    RunError
        If they can't be written.
    """

    def __init__(self, path: Path, on_event: OnEvent | None = None) -> None:
        self.state = Run()
        self._on_event = on_event
        self._path = path
        # Unbuffered, a write a line: what has happened is there, whatever comes after.
        # Room to say how the run has ended where the disk is full.
        self._reserve = path.with_name("reserve")
        try:
            self._reserve.write_bytes(bytes(RESERVE))
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise self._full(error) from None

    def remember(self, events: Iterable[RunEvent], *, told: int = 0) -> None:
        """Take in what the file holds already, and go on in a line of its own.

        *told*: how many of these events whoever looks on knows.
        """
        for number, event in enumerate(events):
            self._take(event, told=number < told)
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
        """Record *event*.

        Raises
        ------
        RunError
            If the disk is full. The run has to end then: there is room for few more events.
        """
        problem = self._append(event.to_line().encode(errors="surrogatepass") + b"\n")
        self._take(event)
        if problem:
            raise self._full(problem)

    def _take(self, event: RunEvent, *, told: bool = False) -> None:
        self.state = apply(self.state, event)
        if self._on_event and not told:
            self._on_event(event)

    def _full(self, problem: OSError) -> RunError:
        msg = f"What happens can't be written to {self._path}: {problem.strerror}."
        return RunError(msg)

    def _append(self, line: bytes) -> OSError | None:
        """Write all of *line* or nothing; return why the disk is full or can't be written."""
        problem = self._write(line)
        if problem:
            self._reserve.unlink(missing_ok=True)
            self._write(line)
        return problem

    def _write(self, line: bytes) -> OSError | None:
        end = self._file.tell()
        rest = memoryview(line)
        try:
            while rest:  # of a line for which there is no room, the beginning may be written
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._file.truncate(end)
            return error
        return None

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._reserve.unlink(missing_ok=True)
