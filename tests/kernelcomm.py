"""A real kernel, asked over a comm on a subshell of it, as JupyterLab asks one."""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from nbdag.runs.history import RunFolder, list_runs

SERVE = "__import__('nbdag.kernel.client', fromlist=['serve']).serve()"


class Kernel:
    """A real kernel, and a comm on a subshell of it, as JupyterLab opens one."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager, self.client = manager, client
        message = client.session.msg("create_subshell_request", {})
        client.control_channel.send(message)
        self.subshell = client.get_control_msg(timeout=20)["content"]["subshell_id"]
        self._send("execute_request", code=SERVE, silent=True)
        self._comm = uuid.uuid4().hex
        self._send("comm_open", comm_id=self._comm, target_name="nbdag", data={})

    def ask(self, **data: Any) -> dict[str, Any]:
        """Return what the client answers."""
        self._send("comm_msg", comm_id=self._comm, data=data)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["msg_type"] == "comm_msg":
                answer: dict[str, Any] = message["content"]["data"]
                return answer
        raise TimeoutError

    def _send(self, kind: str, **content: Any) -> None:
        message = self.client.session.msg(kind, content)
        message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)


@contextmanager
def kernel(folder: Path, **env: str) -> Generator[Kernel]:
    """Return a kernel that works in *folder*, with that environment."""
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=env)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def ended(folder: Path, run: str, seconds: float = 60) -> RunFolder:
    """Return the run of a notebook in *folder* once it is done."""
    (found,) = [each for each in list_runs(folder) if each.id == run]
    deadline = time.monotonic() + seconds
    while not found.state().phase.done and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
