"""Runs that are killed at any moment, and then retried, end as if nothing had happened."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nbdag.runs import local
from nbdag.runs.events import Phase, Run
from nbdag.runs.history import RunFolder, list_runs
from nbdag.runs.values import read_value
from nbdag.settings import RunSettings
from notebooks import Source, write_notebook
from workbench import is_alive, wait_for

pytestmark = pytest.mark.kernel

KILLS = int(os.environ.get("NBDAG_KILLS", "6"))
"""How many times each target is killed, more with `NBDAG_KILLS`."""

LOOP = """\
out = []
for i in range(4):
    time.sleep(0.03)
    out.append(i * z)"""
CELLS = (
    Source("import time\nx = list(range(2000))\ntime.sleep(0.05)", ("step:make",)),
    Source("y = [i * 2 for i in x]\ntime.sleep(0.05)", ("step:double",)),
    Source("z = sum(x)\ntime.sleep(0.05)\nflag = z > 0", ("step:add",)),
    Source("if flag:\n    w = z + 1\n    time.sleep(0.05)", ("step:more",)),
    Source(LOOP, ("step:loop", "fan-out")),
    Source("end = (len(y), z, w, out)\nopen('end.txt', 'w').write(repr(end))", ("step:end",)),
)
EXPECTED = (2000, 1999000, 1999001, [0, 1999000, 3998000, 5997000])

PROGRAM = """\
import sys, nbdag
nbdag.read(sys.argv[1]).options(jobs=2, cache=False).run().wait()
"""


def children(pid: int) -> list[int]:
    """Return the processes below *pid*."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, stack = [], [pid]
    while stack:
        below = parents.get(stack.pop(), [])
        found += below
        stack += below
    return found


def victim(target: str, program: int) -> int | None:
    """Return the process to kill: the command, its zygote, or a step's."""
    below = children(program)
    zygotes = [pid for pid in below if pid in children_of(program)]
    if target == "command":
        return program
    if target == "zygote":
        return zygotes[0] if zygotes else None
    steps = [pid for pid in below if pid not in zygotes]
    return steps[0] if steps else None


def children_of(pid: int) -> set[int]:
    """Return the processes that *pid* has started itself."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return set()
    direct = {int(word) for word in text.split()}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        direct |= {int(word) for word in task.read_text().split()}
    return direct


def kill_once(path: Path, target: str, wait: float) -> None:
    """Run the notebook as a program, and kill *target* after *wait* seconds of its run."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    before = len(list_runs(path.parent))
    args = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(args, env=env, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: len(list_runs(path.parent)) > before or process.poll() is not None)
        time.sleep(wait)
        pid = victim(target, process.pid)
        started = children(process.pid)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(30)
    wait_for(lambda: not any(map(is_alive, started)))


def finish(run: RunFolder) -> tuple[Run, RunFolder]:
    """Retry *run* until it succeeds."""
    for _ in range(3):
        state = run.state()
        if state.phase is Phase.SUCCEEDED:
            return state, run
        assert state.phase.done, "the history says how it ended"
        again = local.retry(run, settings=RunSettings(cache=False))
        again.wait(60)
        run = again.folder
    return run.state(), run


@pytest.mark.parametrize("target", ["command", "zygote", "step"])
def test_a_run_that_was_killed_and_retried_ends_as_an_undisturbed_one(
    tmp_path: Path, target: str
) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CELLS)
    chance = random.Random(f"{target} 7")
    for _ in range(KILLS):
        (tmp_path / "end.txt").unlink(missing_ok=True)
        kill_once(path, target, chance.uniform(0, 1.2))
        run = list_runs(tmp_path)[0]
        state, done = finish(run)
        assert state.phase is Phase.SUCCEEDED, state
        assert (tmp_path / "end.txt").read_text() == repr(EXPECTED)
        assert read_value(done, done.pipeline().step("end"), "end") == EXPECTED
