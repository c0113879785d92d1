"""Isolated: a fresh interpreter for each step, in place of a fork of a warm one."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from .channel import Channel
from .interpreter import Streams, start_runtime
from .launcher import Job, signal_group


class Isolated:
    """Starts each step in an interpreter *python* of its own; *env* is beside our variables."""

    def __init__(
        self,
        python: str,
        *,
        env: Mapping[str, str] | None = None,
        channel: Channel | None = None,
    ) -> None:
        self.python = python
        self.channel = channel or Channel()
        self._env = dict(env or {})
        self._running: dict[int, tuple[Job, subprocess.Popen[bytes]]] = {}
        self._threads: list[threading.Thread] = []
        # An order may be larger than a variable of the environment may be.
        self._orders = TemporaryDirectory(prefix="nbdag-")
        self._numbers = itertools.count()

    def launch(self, job: Job) -> None:
        """Start an interpreter for the job."""
        path = Path(self._orders.name) / f"{next(self._numbers)}.json"
        path.write_text(json.dumps(dict(job.order)), encoding="utf-8")
        own = {"NBDAG_ORDER": f"@{path}", "NBDAG_VALUES": str(job.values)}
        with job.log.open("ab") as log:
            process = start_runtime(
                self.python,
                "step",
                channel=self.channel,
                env={**self._env, **job.env, **own},
                cwd=job.cwd,
                streams=Streams(subprocess.DEVNULL, log, log),
            )
        self._running[process.pid] = job, process
        self.channel.post({"event": "forked", **job.label, "pid": process.pid})
        thread = threading.Thread(target=self._wait, args=(job, process, path), daemon=True)
        self._threads.append(thread)
        thread.start()

    def kill(self, step: str, number: int, *, pid: int | None = None) -> None:
        """Send a signal to the process groups of the step, or to that of *pid* alone."""
        for job, process in list(self._running.values()):
            if job.step == step and pid in (None, process.pid) and process.returncode is None:
                signal_group(process.pid, number)

    def trouble(self) -> str:
        """Return nothing: what an interpreter says is in its step's log."""
        return ""

    def close(self) -> None:
        """Kill all steps that run."""
        for job, _ in list(self._running.values()):
            self.kill(job.step, signal.SIGKILL)
        for thread in list(self._threads):
            thread.join()
        self.channel.close()
        self._orders.cleanup()

    def _wait(self, job: Job, process: subprocess.Popen[bytes], order: Path) -> None:
        # wait4, as it alone tells what this one process has used.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        del self._running[process.pid]
        order.unlink(missing_ok=True)
        message = {"event": "exited", **job.label, "status": process.returncode}
        cpu = usage.ru_utime + usage.ru_stime
        self.channel.post({**message, "rss": peak_bytes(usage.ru_maxrss), "cpu": cpu})


def peak_bytes(maxrss: int) -> int:
    """Return `ru_maxrss` in bytes: the system counts in kB, but on macOS in bytes."""
    return maxrss if os.uname().sysname == "Darwin" else maxrss * 1024
