"""Runs on a machine that runs out of disk or of memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import pytest

from nbdag.runs import local
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase, Run
from nbdag.runs.history import list_runs
from nbdag_converters import build
from workbench import Bench, phases

pytestmark = pytest.mark.kernel

FILL = """\
with open('ballast', 'wb', buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        pass
"""
FULL = "No space left on device"


@pytest.fixture
def small(bench: Bench) -> Iterator[Bench]:
    """Return a bench on a disk of 3 MB."""
    if os.getuid():
        pytest.skip("only root may mount a disk")
    bench.folder = bench.folder / "small"
    bench.folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "nbdag-test", str(bench.folder)]
    subprocess.run(mount, check=True)
    yield bench
    subprocess.run(["umount", str(bench.folder)], check=True)


def unfinished(folder: Path) -> list[Path]:
    return list(folder.rglob("*.new"))


def check_history(run: local.LocalRun, state: Run) -> None:
    assert run.folder.state() == state
    assert [found.id for found in list_runs(run.folder.path.parents[2])] == [run.id]


# Disk -----------------------------------------------------------------------------------


def test_a_value_that_is_too_large_for_the_disk_fails_its_step_alone(small: Bench) -> None:
    run = small.start("x = bytes(range(256)) * 40_000", "y = len(x)\nprint(y)", "z = sum([1])")
    state = run.wait(60)
    assert phases(state) == {"cell_1": "Failed", "cell_2": "Skipped", "cell_3": "Succeeded"}
    step = state.steps["cell_1"]
    assert (step.problem, step.cell) == ("save", 1)
    assert "cannot write the values of the step" in step.message
    assert FULL in step.message
    check_history(run, state)
    assert not unfinished(small.folder)
    assert small.run("x = bytes(range(256)) * 40", "print(len(x))").phase is Phase.SUCCEEDED


def test_a_disk_that_is_filled_by_a_step_fails_it_and_a_retry_goes_on(small: Bench) -> None:
    once = "import os\nif not os.path.exists('again'):\n" + indent(FILL, "    ")
    run = small.start("x = [i for i in range(3)]", f"{once}y = sum(x)", "print(y)")
    state = run.wait(60)
    assert phases(state) == {"cell_1": "Succeeded", "cell_2": "Failed", "cell_3": "Skipped"}
    assert (state.steps["cell_2"].problem, state.steps["cell_2"].cell) == ("save", 2)
    assert FULL in state.steps["cell_2"].message
    check_history(run, state)
    assert not unfinished(small.folder)
    (small.folder / "ballast").unlink()
    (small.folder / "again").touch()
    again = local.retry(run.folder, settings=small.settings)
    assert set(phases(again.wait(60)).values()) == {"Succeeded"}, again.state
    assert again.folder.log("cell_3") == "3\n"


def test_a_run_whose_events_have_no_room_ends_and_the_history_says_why(small: Bench) -> None:
    many = [f"print('{'x' * 50}')\nz{i} = [y]" for i in range(40)]
    run = small.start("x = [1, 2]", f"{FILL}\ny = sum(x)", *many, own=True)
    with pytest.raises(RunError, match=f"can't be written to .*events.jsonl: {FULL}"):
        run.wait(60)
    state = run.state
    assert state.phase is Phase.ERROR
    assert FULL in state.message
    check_history(run, state)
    (small.folder / "ballast").unlink()
    assert small.run("x = [1, 2]", "print(x)").phase is Phase.SUCCEEDED


def test_on_a_disk_that_is_full_before_it_no_run_begins(small: Bench) -> None:
    path = small.notebook("x = [1, 2]", "print(x)")
    pipeline = build(path).pipeline
    assert small.start_pipeline(pipeline).wait(60).phase is Phase.SUCCEEDED
    before = list_runs(small.folder)
    subprocess.run(["python3", "-c", FILL], cwd=small.folder, check=True)
    with pytest.raises(RunError, match=FULL):
        small.start_pipeline(pipeline)
    assert list_runs(small.folder) == before
    assert before[0].state().phase is Phase.SUCCEEDED
    (small.folder / "ballast").unlink()
    assert small.start_pipeline(pipeline).wait(60).phase is Phase.SUCCEEDED


# Memory ---------------------------------------------------------------------------------

LIMIT = """\
import resource
used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 20_000_000, used + 20_000_000))
"""
MANY = "x = [bytes([i % 256]) * 100 for i in range(500_000)]\n"
KILL = "import os\nx = [i for i in [1]]\nos.kill(os.getpid(), 9)"


@pytest.mark.parametrize(
    ("code", "problem", "line", "says"),
    [
        (f"{LIMIT}x = list(range(1_000_000_000))", "cell", 4, "MemoryError"),
        (f"{MANY}{LIMIT}", "save", None, "there is not enough memory"),
        (
            "import os\nx = [i for i in [1]]\nos.kill(os.getpid(), 9)",
            "killed",
            None,
            "run out of memory",
        ),
    ],
)
def test_a_step_without_enough_memory_fails_at_its_cell_and_the_others_go_on(
    both: Bench, code: str, problem: str, line: int | None, says: str
) -> None:
    run = both.start(code, "print(len(x))", "y = sum([1])", "print(y)")
    state = run.wait(60)
    assert [*phases(state).values()] == ["Failed", "Skipped", "Succeeded", "Succeeded"]
    step = state.steps["cell_1"]
    assert (step.problem, step.cell, step.line) == (problem, 1, line)
    assert says in step.message
    check_history(run, state)


SIZE = 200_000_000


@pytest.mark.parametrize(
    "made",
    [
        f"import numpy as np\nx = np.arange({SIZE} // 8)",
        f"import numpy as np\nx = {{'part': np.arange({SIZE} // 8)}}",
        f"x = bytes(range(250)) * ({SIZE} // 250)",
        f"x = bytearray(range(250)) * ({SIZE} // 250)",
    ],
)
def test_a_large_value_is_held_once_by_the_step_that_gets_it(bench: Bench, made: str) -> None:
    state = bench.run(made, "print(len(x))", "y = sum([1])")
    assert state.phase is Phase.SUCCEEDED, state
    without, used = state.steps["cell_3"].rss or 0, state.steps["cell_2"].rss or 0
    assert used - without < 1.2 * SIZE
