"""The client in the notebook's kernel: it starts runs that see what the kernel was started with."""

from __future__ import annotations

import json
import os
import queue
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from nbdag.kernel.client import reply
from nbdag.kernel.environment import environment_at_start, parse_environment
from nbdag.runs.history import RunFolder, list_runs
from notebooks import Source, make_notebook

SERVE = "__import__('nbdag.kernel.client', fromlist=['serve']).serve()"
Ask = Callable[..., dict[str, Any]]


def notebook(*sources: str) -> str:
    cells = [Source(text, (f"step:{'abc'[number]}",)) for number, text in enumerate(sources)]
    return json.dumps(make_notebook(cells))


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
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder), env=env)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def ended(folder: Path, run: str) -> RunFolder:
    """Return the run once it is done."""
    (found,) = [each for each in list_runs(folder) if each.id == run]
    deadline = time.monotonic() + 60
    while not found.state().phase.done and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@pytest.mark.kernel
@pytest.mark.slow
def test_a_run_has_the_kernels_environment_and_outlives_it(tmp_path: Path) -> None:
    path = tmp_path / "numbers.ipynb"
    path.write_text(notebook("1"))
    screen = notebook(
        "import os, time\ntime.sleep(2)\nprint(os.environ['OF_THE_KERNEL'])",
        "print(os.environ.get('OF_A_CELL'))",
    )
    with kernel(tmp_path, **os.environ, OF_THE_KERNEL="yes") as found:
        found.client.execute("import os, time; os.environ['OF_A_CELL'] = 'x'; time.sleep(20)")
        begun = time.monotonic()
        assert found.ask(id=1, do="hello")["version"]
        answer = found.ask(id=2, do="run", notebook=str(path), content=screen)
        assert time.monotonic() - begun < 15  # while the cell runs
        assert "run" in answer, answer
    run = ended(tmp_path, answer["run"])
    assert run.state().phase.value == "Succeeded"
    assert run.log("a") == "yes\n"
    # A cell that set it is no longer in the notebook: run from the top it would not be there.
    assert run.log("b") == "None\n"


def test_what_cannot_be_run_is_told(tmp_path: Path) -> None:
    path = tmp_path / "numbers.ipynb"
    path.write_text(notebook("1"))
    wrong = reply({"id": 3, "do": "run", "notebook": str(path), "content": notebook("x = (")})
    assert wrong["id"] == 3
    assert "cell 1" in wrong["error"]
    odd = reply({"do": "run", "notebook": str(path), "content": notebook("1"), "targets": "a"})
    assert "`targets`" in odd["error"]
    assert "can't 'fly'" in reply({"id": 4, "do": "fly"})["error"]
    assert list_runs(tmp_path) == ()


def test_a_kernel_that_cannot_see_the_notebook_says_so(tmp_path: Path) -> None:
    asked = {"id": 5, "do": "run", "notebook": str(tmp_path / "gone.ipynb"), "content": "{}"}
    assert reply(asked) == {"id": 5, "absent": True}


def test_the_environment_of_the_start_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_environment(b"A=1\0B=x=y\0\0odd\0C=\0") == {"A": "1", "B": "x=y", "C": ""}
    monkeypatch.setenv("NBDAG_SET_LATER", "x")
    assert "NBDAG_SET_LATER" not in environment_at_start()
    assert environment_at_start("no-such-process")["NBDAG_SET_LATER"] == "x"
    assert "JPY_PARENT_PID" not in environment_at_start("no-such-process")
