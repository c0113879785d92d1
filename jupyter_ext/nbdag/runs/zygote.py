"""Zygote: a warm interpreter that forks a process for each step.

The program is the runtime, carried as text, so nbdag need not be installed in that Python; see
ARCHITECTURE.md for what it reads and writes.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Iterable, Mapping
from typing import IO, Any, cast

from .channel import Channel
from .interpreter import NEUTRAL, Errors, Streams, start_runtime
from .launcher import Job

_PATIENCE = 5.0


class Zygote:
    """A running zygote; steps of many runs may be forked from it, those of one run at a time."""

    def __init__(
        self,
        python: str,
        *,
        env: Mapping[str, str] | None = None,
        channel: Channel | None = None,
    ) -> None:
        self.python, self.env = python, dict(env or {})
        self.channel = channel or Channel()
        self._errors = Errors()
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        try:
            self._process = start_runtime(
                python,
                "zygote",
                channel=self.channel,
                env=self.env,
                # Not the notebook's folder: nothing that lies there may be imported beforehand.
                cwd=NEUTRAL,
                streams=Streams(subprocess.PIPE, subprocess.DEVNULL, self._errors.file),
            )
        except BaseException:
            self.channel.close()
            self._errors.close()
            raise
        self._threads = [
            threading.Thread(target=work, name=f"nbdag-zygote-{work.__name__}", daemon=True)
            for work in (self._watch, self._write)
        ]
        for thread in self._threads:
            thread.start()

    @classmethod
    def start(
        cls, python: str, *, env: Mapping[str, str] | None = None, channel: Channel | None = None
    ) -> Zygote:
        """Start a zygote in the interpreter *python*; *env* is beside this process's variables.

        It has a *channel* of its own unless one is given, which it closes at its end.

        Raises
        ------
        RunError
            If it can't be started.
        """
        return cls(python, env=env, channel=channel)

    @property
    def dead(self) -> bool:
        """Whether it has ended, so that nothing can be started any more."""
        return not self._threads[0].is_alive()

    def preload(self, modules: Iterable[str]) -> None:
        """Import modules before the next fork; one that can't be imported is left out."""
        self._send({"preload": list(modules)})

    def launch(self, job: Job) -> None:
        """Fork a process for the job."""
        paths = {"log": str(job.log), "values": str(job.values), "cwd": str(job.cwd)}
        self._send({"run": job.order, "env": dict(job.env), **paths})

    def kill(self, step: str, number: int, *, pid: int | None = None) -> None:
        """Send a signal to the process groups of the step, or to that of *pid* alone."""
        one = {} if pid is None else {"pid": pid}
        self._send({"kill": step, "signal": int(number), **one})

    def trouble(self) -> str:
        """Return the end of what it wrote to standard error."""
        return self._errors.tail()

    def close(self) -> None:
        """End it and all processes that it forked."""
        self._orders.put(None)
        watch, write = self._threads
        watch.join(_PATIENCE)
        if watch.is_alive():
            self._process.kill()
            watch.join()
        write.join()
        self.channel.close()
        self._errors.close()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _send(self, message: dict[str, Any]) -> None:
        # Through a thread: the pipe may be full while the zygote waits for its events to be read.
        self._orders.put(json.dumps(message).encode() + b"\n")

    def _write(self) -> None:
        # Where the zygote is dead, `gone` is on its way on the channel and says so.
        with contextlib.suppress(BrokenPipeError), cast("IO[bytes]", self._process.stdin) as stdin:
            while (line := self._orders.get()) is not None:
                stdin.write(line)
                stdin.flush()

    def _watch(self) -> None:
        status = self._process.wait()
        self._orders.put(None)
        self.channel.post({"event": "gone", "status": status})
