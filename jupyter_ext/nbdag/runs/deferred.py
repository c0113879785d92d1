"""Deferred: a launcher that is started when the first step needs it, as none may."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from .channel import Channel
from .launcher import Job, Launcher

Make: TypeAlias = Callable[[Channel], Launcher]


class Deferred:
    """Stands for the launcher that *make* returns for a channel; it raises what *make* raises."""

    def __init__(self, make: Make) -> None:
        self.channel = Channel()
        self._make = make
        self._made: Launcher | None = None

    def launch(self, job: Job) -> None:
        """Start the job's process."""
        if self._made is None:
            self._made = self._make(self.channel)
        self._made.launch(job)

    def kill(self, step: str, number: int, *, pid: int | None = None) -> None:
        """Send a signal to the process groups of the step, or to that of *pid* alone."""
        if self._made is not None:
            self._made.kill(step, number, pid=pid)

    def trouble(self) -> str:
        """Return what the launcher itself said on standard error."""
        return "" if self._made is None else self._made.trouble()

    def close(self) -> None:
        """End all that was started."""
        if self._made is not None:
            self._made.close()
        else:
            self.channel.close()
