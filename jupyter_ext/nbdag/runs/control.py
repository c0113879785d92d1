"""Control: what other processes may ask of a run while it goes on.

A run listens at a FIFO in its folder: any process of the same user can write to it, it needs no
port and no short path, and it is part of what the run waits for anyway, so nothing polls. Where the
file system has no FIFOs, the run can only be controlled by the process that drives it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from pathlib import Path
from typing import Literal, TypeAlias

from .base import RunError
from .channel import Channel
from .history import RunFolder

Command: TypeAlias = Literal["stop", "suspend", "resume", "deny"]

_NAME = "control"


class Control:
    """The run's end: what is sent to *folder* arrives on *channel*, until it is closed."""

    def __init__(self, folder: Path, channel: Channel) -> None:
        self._path = folder / _NAME
        self._channel = channel
        self._end: int | None = None
        with contextlib.suppress(OSError, AttributeError, NotImplementedError):
            os.mkfifo(self._path, 0o600)
            # For writing too: or it would end when the first sender has gone.
            self._end = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)
            channel.add(self._end)

    def close(self) -> None:
        """Take nothing more."""
        if self._end is not None:
            self._channel.remove(self._end)
            os.close(self._end)
            self._end = None
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def send(run: RunFolder, command: Command, step: str | None = None, *, now: bool = False) -> None:
    """Ask *run*, which any process may drive, to do *command*; returns before it has.

    `stop` ends it (*now*: without waiting for its steps), `suspend` starts no more steps, `resume`
    goes on, or lets *step* (or all that wait) through its gate, `deny` fails the step at its gate.

    Raises
    ------
    RunError
        If the run is over, there is no such step, or the run can't be reached.
    """
    state = run.state()
    if state.phase.done:
        msg = f"Run {run.id} is over ({state.phase.value}), so it can't be asked to {command}."
        raise RunError(msg)
    if step is not None and step not in state.steps:
        msg = f"Run {run.id} has no step '{step}'; its steps are: {', '.join(state.steps)}."
        raise RunError(msg)
    message = {"event": command, "run": run.id, "step": step, "now": now}
    try:
        end = os.open(run.path / _NAME, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        gone = error.errno in (errno.ENXIO, errno.ENOENT)
        why = "it does not listen; ask where it was started" if gone else str(error.strerror)
        msg = f"Run {run.id} can't be asked to {command}: {why}."
        raise RunError(msg) from None
    try:
        os.write(end, json.dumps(message).encode() + b"\n")
    finally:
        os.close(end)
