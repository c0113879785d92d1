"""Conditions, loops, gates and history at the command line: real processes and notebooks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notebooks import Source, write_notebook
from workbench import wait_for

pytestmark = pytest.mark.kernel

COMMAND = [sys.executable, "-m", "nbdag.cli"]
FLOW = [
    Source("n: int = 3", tags=("parameters",)),
    Source("rows = list(range(n))\nbig = n > 5", tags=("step:load",)),
    Source("if big:\n    rows.append(9)", tags=("step:tune",)),
    Source("out = []\nfor r in rows:\n    out.append(r * 2)", tags=("step:check", "fan-out")),
    Source("total = sum(out)", tags=("step:sure", "approve:Publish it?", "metrics")),
]


def nbdag(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
        env={**os.environ, "COLUMNS": "160"},
    )


def started(*arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, text=True)


def output(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=60)[0]


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "flow.ipynb", FLOW)


@contextmanager
def going(notebook: Path) -> Generator[subprocess.Popen[str]]:
    """Start a run in another process, and go on when a step waits at its gate."""
    with started("run", notebook, cwd=notebook.parent) as process:
        runs = notebook.parent / ".nbdag" / "runs"
        wait_for(lambda: any('"waiting"' in p.read_text() for p in runs.glob("*/events.jsonl")))
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def test_a_gate_tells_how_to_answer_and_is_resumed_from_elsewhere(flow: Path) -> None:
    with going(flow) as process:
        other = nbdag("resume", "last", "load", cwd=flow.parent)
        assert (other.returncode, "does not wait" in other.stderr) == (1, True)
        assert nbdag("resume", "last", "sure", cwd=flow.parent).returncode == 0
        shown = output(process)
    assert process.returncode == 0
    assert "skipped: its condition `big` does not hold" in shown
    assert re.search(r"check +running: 3/3", shown)
    assert re.search(r"sure +waiting: Publish it\?", shown)
    assert re.search(r"nbdag resume \S+ sure \[--no\]", shown)


def test_what_is_denied_fails_and_retry_takes_the_rest(flow: Path) -> None:
    with going(flow) as process:
        assert nbdag("resume", "last", "--no", cwd=flow.parent).returncode == 0
        assert "it was not approved" in output(process)
    assert process.returncode == 1
    events: list[dict[str, object]] = []
    with started("retry", "last", "--json", cwd=flow.parent) as again:
        assert again.stdout is not None
        for line in again.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "waiting":
                assert nbdag("resume", "last", cwd=flow.parent).returncode == 0
    assert again.returncode == 0
    cached = {e["step"] for e in events if e["event"] == "finished" and e.get("cached")}
    assert cached == {"load", "check"}


def test_a_run_is_watched_and_stopped_from_elsewhere(flow: Path) -> None:
    with going(flow) as process:
        with started("watch", "last", cwd=flow.parent) as watching:
            assert nbdag("stop", "last", cwd=flow.parent).returncode == 0
            assert "interrupted" in output(watching)
        output(process)
    assert (process.returncode, watching.returncode) == (1, 1)
    over = nbdag("suspend", "last", cwd=flow.parent)
    assert (over.returncode, "is over" in over.stderr) == (1, True)


def test_logs_are_followed_to_the_end(tmp_path: Path) -> None:
    code = "import time\nfor i in range(3):\n    print('line', i, flush=True)\n    time.sleep(0.3)"
    path = write_notebook(tmp_path / "slow.ipynb", [code])
    with started("run", path, cwd=tmp_path) as run:
        wait_for(lambda: any((tmp_path / ".nbdag" / "runs").glob("*/run.json")))
        done = nbdag("logs", "last", "cell_1", "-f", cwd=tmp_path)
        output(run)
    assert done.stdout == "line 0\nline 1\nline 2\n"


def test_history_shows_what_differs(tmp_path: Path) -> None:
    cells = [
        Source("n: int = 3", tags=("parameters",)),
        Source("m = n * 2", tags=("step:double",)),
        Source("total = m + 1\nprint(total)", tags=("step:add", "metrics")),
    ]
    path = write_notebook(tmp_path / "x.ipynb", cells)
    assert nbdag("run", path, cwd=tmp_path).returncode == 0
    ran = nbdag("run", path, "--from", "add", cwd=tmp_path)
    assert ran.returncode == 0
    assert re.search(r"double +⟲ cached", ran.stdout)
    assert nbdag("run", path, "-p", "n=5", "--timeout", "1m", cwd=tmp_path).returncode == 0
    assert nbdag("run", path, "--timeout", "soon", cwd=tmp_path).returncode == 2
    lines = nbdag("runs", "--json", cwd=tmp_path).stdout.splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert "n=5" in nbdag("runs", cwd=tmp_path).stdout
    compared = nbdag("compare", ids[-1], ids[0], cwd=tmp_path).stdout
    assert re.search(r"^n +3 +5 +\+2", compared, flags=re.M)
    assert re.search(r"^total +7 +11 +\+4", compared, flags=re.M)
    assert "changed steps: double, add" in compared
    assert re.search(r"cache: \d steps, ", nbdag("cache", cwd=tmp_path).stdout)
    assert "removed" in nbdag("cache", "--clear", cwd=tmp_path).stdout
