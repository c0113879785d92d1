"""The order in which a step does its work, and how it fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbdag_converters.compilers import embed
from nbdag_converters.runtime.order import OrderError, parse_order
from orders import make_order, run_step


def names(done: Any) -> list[str]:
    return [event["event"] for event in done.events if event["event"] != "forked"]


def test_events_tell_how_far_a_step_is(execute: Any) -> None:
    done = execute(
        ["auc = 0.5", "import numpy as np\nn = np.float64(2)"],
        outputs=["auc"],
        metrics=["auc", "n"],
    )
    assert names(done) == [
        "started", "cell-started", "cell-finished", "cell-started", "cell-finished",
        "saved", "metric", "metric", "succeeded", "exited",
    ]  # fmt: skip
    metrics = [
        (event["name"], event["value"]) for event in done.events if event["event"] == "metric"
    ]
    assert metrics == [("auc", 0.5), ("n", 2.0)]


def test_slices_run_silently_before_the_cells_and_forget_what_only_they_read(execute: Any) -> None:
    assert execute(["prec = 2\ndata = [1]"], step="first", outputs=["prec", "data"]).status == 0
    done = execute(
        [
            "print(scale, factor)\ntry:\n    prec\nexcept NameError:\n    print('no prec')\n"
            "print(data)"
        ],
        step="second",
        slices=[
            {"cell": 1, "line": 1, "source": "import math", "kind": "import", "binds": ["math"]},
            {
                "cell": 1,
                "line": 3,
                "source": "scale = math.pow(10, prec); print('silent')",
                "binds": ["scale"],
                "inputs": {"prec": "first"},
            },
            {"cell": 1, "line": 4, "source": "%precision 3", "kind": "setup"},
            {"cell": 1, "line": 5, "source": "factor = factor + 1", "binds": ["factor"]},
        ],
        inputs={"data": "first"},
        parameters={"factor": 1},
    )
    assert done.status == 0, done.log
    assert done.text(1) == "100.0 2\nno prec\n[1]\n"
    assert "silent" not in done.log


def test_a_slice_and_an_input_share_their_objects(execute: Any) -> None:
    assert execute(["l = []"], step="first", outputs=["l"]).status == 0
    done = execute(
        ["f(1)\nprint(l)"],
        step="second",
        slices=[
            {
                "cell": 1,
                "line": 2,
                "source": "def f(x, into=l):\n    into.append(x)",
                "binds": ["f"],
                "inputs": {"l": "first"},
            }
        ],
        inputs={"l": "first"},
    )
    assert done.text(1) == "[1]\n"


def test_an_error_in_a_slice_names_its_own_cell(execute: Any) -> None:
    source = "def check():\n    return 1 / 0\nvalue = check()"
    done = execute(["pass"], slices=[{"cell": 7, "line": 3, "source": source}])
    failure = done.failure
    assert (failure["kind"], failure["cell"], failure["line"]) == ("cell", 7, 4)


def test_a_function_of_a_slice_fails_at_its_own_line(execute: Any) -> None:
    source = "def f(n):\n    return 1 / n"
    done = execute(
        ["pass", "f(0)"], slices=[{"cell": 7, "line": 3, "source": source, "binds": ["f"]}]
    )
    assert (done.failure["cell"], done.failure["line"]) == (7, 4)
    assert "return" in "".join(done.displayed(2)[-1]["traceback"])


def test_a_name_in_a_shell_line_is_guarded_too(execute: Any) -> None:
    done = execute(["!echo {raw}"], before=["raw"])
    assert (done.failure["kind"], done.failure["name"]) == ("guard", "raw")


@pytest.mark.parametrize(
    "cell", ["raw", "raw = raw + 1", "print(raw)", "%time raw", "df.query('a > @raw')"]
)
def test_a_name_that_was_not_given_is_guarded_under_ipython(cell: str, execute: Any) -> None:
    done = execute(["import pandas as pd\ndf = pd.DataFrame({'a': [1]})", cell], before=["raw"])
    assert (done.failure["kind"], done.failure["name"], done.failure["cell"]) == ("guard", "raw", 2)
    assert "Write `raw` by name in this cell" in done.failure["message"]


@pytest.mark.parametrize("cell", ["raw = 1\nraw", "len([1])", "%who", "dir()", "raw=5"])
def test_ipython_looking_around_trips_no_guard(cell: str, execute: Any) -> None:
    done = execute([cell], before=["raw", "x"])
    assert done.status == 0, done.failure


def test_the_report_is_written_when_a_step_fails(execute: Any) -> None:
    done = execute(["open('a.txt', 'w').close()\n1 / 0"])
    assert done.status == 1
    assert done.report["writes"] == ["a.txt"]


def test_a_long_message_fits_into_a_line_of_4000_bytes(execute: Any) -> None:
    done = execute(["raise ValueError('é' * 100_000)"])
    assert done.failure["message"].startswith("ValueError: éé")
    assert len(json.dumps(done.failure)) <= 4000


def test_unseeded_generators_differ_between_steps(execute: Any) -> None:
    cell = "import random, numpy as np\nprint(random.random(), np.random.rand())"
    one, other = (execute([cell], step=step).text(1).split() for step in ("one", "other"))
    assert one[0] != other[0]
    assert one[1] != other[1]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("{", "can't be read"),
        ("[]", "Order has to be an object"),
        ('{"step": "a"}', "cells"),
        ('{"step": "a", "cells": [], "stpe": 1}', "stpe"),
        ('{"step": "a", "cells": [{"number": 1}]}', "source"),
    ],
)
def test_a_wrong_order_is_an_error_that_names_the_field(order: str, message: str) -> None:
    with pytest.raises(OrderError, match=message.replace("[", r"\[")):
        parse_order(order)


def test_a_wrong_order_is_an_event_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", embed.BOOT, embed.payload(), "step"],
        env={**os.environ, "NBDAG_ORDER": "@" + str(tmp_path / "missing.json")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    prefix, _, event = done.stderr.strip().partition("::nbdag::")
    assert prefix == ""
    assert json.loads(event)["kind"] == "order"


def test_an_order_can_be_a_file_and_events_go_to_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text(json.dumps(make_order("step", ["print('hello')"])))
    done = subprocess.run(
        [sys.executable, "-c", embed.BOOT, embed.payload(), "step"],
        env={**os.environ, "NBDAG_ORDER": f"@{path}", "NBDAG_VALUES": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "hello\n"
    events = [json.loads(line.partition("::nbdag::")[2]) for line in done.stderr.splitlines()]
    assert [event["event"] for event in events][-1] == "succeeded"


def test_the_modules_from_their_folder_are_no_files_of_the_notebook(tmp_path: Path) -> None:
    folder = tmp_path / "work" / "runtime"
    shutil.copytree(embed.SOURCES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    cell = (
        "import sys\n"
        "modules = {n: m for n, m in sys.modules.items() if n.startswith('nbdag_runtime')}\n"
        "names = [getattr(m, '__file__', None) for m in modules.values()]\n"
        "print(len(names) > 20, [*filter(None, names)])"
    )
    order = make_order("step", [cell])
    done = subprocess.run(
        [sys.executable, "-c", embed.BOOT_HERE, str(folder), "step"],
        env={**os.environ, "NBDAG_ORDER": json.dumps(order), "NBDAG_VALUES": str(tmp_path)},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True []\n"
    report = json.loads((tmp_path / "step" / "report.json").read_text())
    assert (report["reads"], report["writes"], report["modules"]) == ([], [], [])
    assert str(folder) not in json.dumps(report["outside"])


def test_a_full_disk_is_an_error_and_leaves_no_container(tmp_path: Path) -> None:
    cell = (
        "import resource\nimport signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\nx = b'x' * 1_000_000"
    )
    done = run_step(tmp_path, make_order("step", [cell], outputs=["x"]))
    assert done.failure["kind"] == "save"
    assert "cannot write the values of the step" in done.failure["message"]
    assert [path.name for path in (tmp_path / "values" / "step").glob("values*")] == []
