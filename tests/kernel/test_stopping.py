"""Runs that are stopped, killed, timed out or tried again leave no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbdag.runs.events import Phase, RunEvent
from nbdag.runs.history import list_runs
from nbdag.runs.zygote import Zygote
from nbdag_converters.model import Retry
from workbench import (
    STUBBORN,
    Bench,
    at_cell,
    chain,
    is_alive,
    phases,
    pids_of,
    wait_for,
)

pytestmark = pytest.mark.kernel


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    return Bench(tmp_path, zygote)


# Stopping -------------------------------------------------------------------------------


@pytest.mark.parametrize("isolate", [False, True])
def test_a_run_that_is_stopped_leaves_no_process_not_even_a_stubborn_one(
    bench: Bench, isolate: object
) -> None:
    run = bench.start(STUBBORN, "1", jobs=1, own=True, settings={"isolate": bool(isolate)})
    pids = pids_of(bench.folder)
    assert all(map(is_alive, pids))
    run.stop()
    state = run.wait()
    wait_for(lambda: not any(map(is_alive, pids)))
    assert (state.phase, state.message) == (Phase.FAILED, "interrupted")
    assert phases(state) == {"cell_1": "Failed", "cell_2": "Skipped"}
    assert (state.steps["cell_1"].problem, state.steps["cell_1"].cell) == ("interrupted", 1)
    assert run.folder.state() == state


def test_a_run_can_be_stopped_again_and_after_its_end(bench: Bench) -> None:
    run = bench.start("import time; time.sleep(99)")
    wait_for(at_cell(run, "cell_1"))
    run.stop()
    run.stop()
    assert run.wait().message == "interrupted"
    run.stop()
    assert bench.run("1").phase is Phase.SUCCEEDED, "the next run of the zygote is not stopped"


PROGRAM = """\
import sys
from pathlib import Path
import nbdag
nbdag.read(sys.argv[1]).options(jobs=1).run().wait()
"""


@pytest.fixture
def program(bench: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs a notebook and waits, at its first cell."""
    path = bench.notebook(STUBBORN, "1")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    args = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(args, env=env, stderr=subprocess.PIPE) as process:
        pids_of(bench.folder)
        yield process
        process.kill()


def test_ctrl_c_ends_the_steps_and_says_so_in_the_history(
    bench: Bench, program: subprocess.Popen[bytes]
) -> None:
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=20)
    assert b"KeyboardInterrupt" in errors
    wait_for(lambda: not any(map(is_alive, pids_of(bench.folder))))
    (run,) = list_runs(bench.folder)
    assert (run.state().phase, run.state().message) == (Phase.FAILED, "interrupted")


def test_a_killed_program_takes_its_steps_with_it_and_the_history_says_so(
    bench: Bench, program: subprocess.Popen[bytes]
) -> None:
    (run,) = list_runs(bench.folder)
    assert run.state().phase is Phase.RUNNING
    program.kill()
    program.wait()
    wait_for(lambda: not any(map(is_alive, pids_of(bench.folder))))
    assert (run.state().phase, run.state().message) == (Phase.FAILED, "was killed")
    assert run.state().steps["cell_1"].phase is Phase.FAILED


def test_a_zygote_that_dies_is_an_error_and_not_a_run_that_never_ends(bench: Bench) -> None:
    run = bench.start(STUBBORN, "1", jobs=1, own=True)
    pid, _ = pids_of(bench.folder)
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    state = run.wait()
    assert state.phase is Phase.ERROR
    assert "ended unexpectedly (status -9)" in state.message
    assert phases(state) == {"cell_1": "Error", "cell_2": "Skipped"}
    wait_for(lambda: not is_alive(pid))


def test_an_observer_that_fails_stops_the_run_and_wait_raises_what_it_raised(
    bench: Bench,
) -> None:
    def on_event(event: RunEvent) -> None:
        if event.kind == "cell-started":
            raise ZeroDivisionError

    run = bench.start(STUBBORN, own=True, on_event=on_event)
    with pytest.raises(ZeroDivisionError):
        run.wait(30)
    assert run.done
    assert run.folder.state().phase is Phase.ERROR


def test_a_program_that_ends_without_waiting_leaves_no_process(bench: Bench) -> None:
    path = bench.notebook(STUBBORN.replace("signal.SIG_IGN", "signal.SIG_DFL"))
    program = textwrap.dedent("""\
        import sys, time, pathlib, nbdag
        run = nbdag.read(sys.argv[1]).run()
        while not pathlib.Path(sys.argv[1]).with_name('pids').exists(): time.sleep(0.01)
    """)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", program, str(path)], env=env, check=True, timeout=30)
    wait_for(lambda: not any(map(is_alive, pids_of(bench.folder))))
    (run,) = list_runs(bench.folder)
    assert run.state().message == "interrupted"


# Retries, timeouts ----------------------------------------------------------------------

FLAKY = """\
from pathlib import Path
tries = len(list(Path('.').glob('try*')))
Path(f'try{tries}').touch()
print('try', tries)
assert tries == 2
"""


def test_a_step_is_tried_again_as_often_as_it_says(bench: Bench) -> None:
    bench.notebook("1")
    run = bench.start_pipeline(chain(FLAKY, retry=Retry(2, delay=0.05)))
    state = run.wait()
    assert (state.phase, state.steps["a"].attempt) == (Phase.SUCCEEDED, 3)
    assert run.folder.log("a") == "try 2\n"
    assert (run.folder.steps / "a" / "log.1.txt").read_text().startswith("try 0\n")


def test_a_step_that_never_succeeds_fails_after_its_last_try(bench: Bench) -> None:
    bench.notebook("1")
    pipeline = chain("1/0", "1", edges=[("a", "b")], retry=Retry(1))
    state = bench.start_pipeline(pipeline).wait()
    assert phases(state) == {"a": "Failed", "b": "Skipped"}
    assert state.steps["a"].attempt == 2


def test_a_step_that_takes_too_long_is_ended(bench: Bench) -> None:
    bench.notebook("1")
    state = bench.start_pipeline(chain(STUBBORN, "1", timeout=1.5)).wait()
    step = state.steps["a"]
    assert (step.phase, step.problem, step.cell) == (Phase.FAILED, "timeout", 1)
    assert step.message == "took longer than its timeout of 1.5 s"
    assert state.steps["b"].phase is Phase.SUCCEEDED
    wait_for(lambda: not any(map(is_alive, pids_of(bench.folder))))
