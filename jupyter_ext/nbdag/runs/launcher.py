"""Launcher: starts the process of a step; Job: what it starts."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .channel import Channel


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt of one step: its order, and where it runs and writes.

    `log` gets what the process prints, `values` is the folder of all steps' values, `cwd` the
    working folder; `env` are variables beside those of this process.
    """

    order: Mapping[str, Any]
    log: Path
    values: Path
    cwd: Path
    env: Mapping[str, str]

    @property
    def step(self) -> str:
        """The step's name."""
        return str(self.order["step"])

    @property
    def label(self) -> dict[str, Any]:
        """What events say of whom they are: the step, and which part of its loop."""
        loop = self.order.get("loop")
        part = {"part": loop["part"], "index": loop["number"]} if loop else {}
        return {"step": self.step, **part}


class Launcher(Protocol):
    """Starts steps. Their events come on `channel`, at last `exited` with status, rss and cpu.

    `gone` comes there, with the status, when the launcher itself ended and no step can go on.
    """

    channel: Channel

    def launch(self, job: Job) -> None:
        """Start the job's process, the leader of a process group of its own."""
        ...

    def kill(self, step: str, number: int, *, pid: int | None = None) -> None:
        """Send a signal to the process groups of the step, or to that of *pid* alone."""
        ...

    def trouble(self) -> str:
        """Return what the launcher itself said on standard error, its end, "" for nothing."""
        ...

    def close(self) -> None:
        """End all that it started and wait for that."""
        ...


def signal_group(leader: int, number: int) -> bool:
    """Send a signal to the process group of *leader*; return whether it has a process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
        return True
    return False


def end_groups(leaders: Iterable[int]) -> None:
    """Kill what is left of process groups, such as a server that a cell has started."""
    for leader in leaders:
        signal_group(leader, signal.SIGKILL)
