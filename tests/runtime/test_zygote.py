"""The process that forks a child for each order."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from orders import Zygote, make_order, running_zygote

SLEEP = "import time\ntime.sleep(60)"


def alive(pid: int) -> bool:
    """Return whether the process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pid: int, *, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not alive(pid)


def test_a_step_that_ends_is_reported_with_what_it_used(zygote: Zygote, tmp_path: Path) -> None:
    zygote.run(tmp_path, make_order("step", ["x = 1"]))
    event = zygote.events[-1]
    assert event["status"] == 0
    assert 1_000_000 < event["rss"] < 1_000_000_000
    assert 0 < event["cpu"] < 1


def test_steps_run_at_the_same_time(zygote: Zygote, tmp_path: Path) -> None:
    # Each waits for the other's file, so that one after the other would never end.
    for own, other in (("one", "two"), ("two", "one")):
        cell = (
            f"import pathlib, time\npathlib.Path('{own}').touch()\n"
            f"while not pathlib.Path('{other}').exists():\n    time.sleep(0.01)"
        )
        zygote.start(tmp_path, make_order(own, [cell]))
    for name in ("one", "two"):
        if not any(
            event["event"] == "exited" and event["step"] == name for event in zygote.events[-4:]
        ):
            zygote.wait_for("exited", name)
    assert {"one", "two"} <= {
        event["step"] for event in zygote.events if event["event"] == "succeeded"
    }


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", -11),
        ("import os\nos._exit(7)", 7),
        ("import os\nos.abort()", -6),
    ],
)
def test_a_crash_is_reported(cell: str, status: int, zygote: Zygote, tmp_path: Path) -> None:
    done = zygote.run(tmp_path, make_order("step", ["x = 1", cell]))
    assert done.status == status
    assert [event["event"] for event in done.events][-2:] == ["cell-started", "exited"]
    assert done.events[-2]["cell"] == 2


def test_a_kill_ends_the_step_and_what_it_has_started(zygote: Zygote, tmp_path: Path) -> None:
    cell = (
        "import subprocess, pathlib\np = subprocess.Popen(['sleep', '60'])\n"
        "pathlib.Path('pid').write_text(str(p.pid))\nprint('ready')\np.wait()"
    )
    zygote.start(tmp_path, make_order("step", [cell]))
    zygote.wait_for("cell-started", "step")
    path = tmp_path / "work" / "pid"
    end = time.monotonic() + 10
    while not (path.exists() and path.read_text()) and time.monotonic() < end:
        time.sleep(0.01)
    zygote.send(kill="step", signal=15)
    assert zygote.wait_for("exited", "step")["status"] == -15
    assert gone(int(path.read_text()))


def test_an_interrupt_is_an_error_of_the_cell(zygote: Zygote, tmp_path: Path) -> None:
    zygote.start(tmp_path, make_order("step", ["print('ready', flush=True)\n" + SLEEP]))
    zygote.wait_for("cell-started", "step")
    time.sleep(0.3)
    zygote.send(kill="step", signal=2)
    failure = zygote.wait_for("failed", "step")
    assert failure["message"].startswith("KeyboardInterrupt")
    assert zygote.wait_for("exited", "step")["status"] == 1


def test_the_end_of_its_input_ends_all_steps(tmp_path: Path) -> None:
    with running_zygote() as zygote:
        zygote.start(tmp_path, make_order("step", [SLEEP]))
        pid = zygote.wait_for("forked", "step")["pid"]
        zygote.wait_for("cell-started", "step")
        assert zygote.close() == 0
        assert zygote.events[-1]["status"] == -9
        assert gone(pid)


def test_steps_die_with_a_zygote_that_is_killed(tmp_path: Path) -> None:
    with running_zygote() as zygote:
        zygote.start(tmp_path, make_order("step", [SLEEP]))
        pid = zygote.wait_for("forked", "step")["pid"]
        zygote.wait_for("cell-started", "step")
        zygote.process.kill()
        zygote.process.wait()
        assert gone(pid)


def test_a_step_has_its_own_environment_and_folder(zygote: Zygote, tmp_path: Path) -> None:
    cell = "import os\nprint(os.environ['MINE'], os.path.basename(os.getcwd()))\n"
    "os.environ['LEAK'] = '1'"
    zygote.start(tmp_path, make_order("one", [cell]), MINE="yes")
    assert zygote.wait_for("exited", "one")["status"] == 0
    assert (tmp_path / "one.log").read_text() == "yes work\n"
    done = zygote.run(tmp_path, make_order("two", ["import os\nprint('LEAK' in os.environ)"]))
    assert done.text(1) == "False\n"


def test_a_step_inherits_no_descriptor_but_its_log_and_events(
    zygote: Zygote, tmp_path: Path
) -> None:
    cell = (
        "import os\nfor name in os.listdir('/proc/self/fd'):\n"
        "    if os.path.islink('/proc/self/fd/' + name):\n"
        "        print(os.readlink('/proc/self/fd/' + name).partition(':')[0])"
    )
    done = zygote.run(tmp_path, make_order("step", [cell]))
    assert done.text(1).split().count("pipe") == 1  # the events


def test_a_wrong_order_is_an_event(zygote: Zygote, tmp_path: Path) -> None:
    order: dict[str, Any] = {"step": "step", "cels": []}
    done = zygote.run(tmp_path, order)
    assert (done.status, done.failure["kind"]) == (1, "order")
    assert "cels" in done.failure["message"]


def test_a_trivial_step_takes_little_time(zygote: Zygote, tmp_path: Path) -> None:
    used = []
    for _ in range(5):
        zygote.run(tmp_path, make_order("step", ["x = 1"], outputs=["x"]))
        used.append(zygote.events[-1]["cpu"])
    assert min(used) <= 0.08  # seconds; 0.02 on a machine that does nothing else


def test_threads_that_run_on_do_not_hold_up_the_step(zygote: Zygote, tmp_path: Path) -> None:
    start = time.monotonic()
    cell = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"
    assert zygote.run(tmp_path, make_order("step", [cell])).status == 0
    assert time.monotonic() - start < 30
