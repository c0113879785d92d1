"""The client in the notebook's kernel: it starts runs that see what the kernel was started with."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from kernelcomm import ended, kernel
from nbdag.kernel.client import reply
from nbdag.kernel.environment import environment_at_start, parse_environment
from nbdag.runs.history import list_runs
from notebooks import Source, make_notebook


def notebook(*sources: str) -> str:
    cells = [Source(text, (f"step:{'abc'[number]}",)) for number, text in enumerate(sources)]
    return json.dumps(make_notebook(cells))


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
