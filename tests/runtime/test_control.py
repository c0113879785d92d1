"""Branches, decisions and the parts of a loop, as the shipped runtime runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nbdag_converters.compilers import embed
from nbdag_converters.compilers.local import make_part
from nbdag_converters.model import Loop


class Steps:
    """Runs orders one after the other, with one folder of values."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, step: str, *cells: str, first: int = 1, **fields: Any) -> int:
        made = [{"number": n, "source": text} for n, text in enumerate(cells, first)]
        return self.execute({"step": step, "cells": made, **fields})

    def execute(self, order: Mapping[str, Any]) -> int:
        command = [sys.executable, "-c", embed.BOOT, embed.payload(), "step"]
        env = {**os.environ, "NBDAG_ORDER": json.dumps(order), "NBDAG_VALUES": str(self.folder)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        self.events = [
            json.loads(line.removeprefix("::nbdag::"))
            for line in done.stderr.splitlines()
            if line.startswith("::nbdag::")
        ]
        return done.returncode

    def shown(self, step: str) -> list[Any]:
        lines = (self.folder / step / "outputs.jsonl").read_text().splitlines()
        outputs = [json.loads(line)["output"] for line in lines]
        return [o.get("text") or o.get("data", {}).get("text/plain") or o["ename"] for o in outputs]


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    return Steps(tmp_path)


IF = "if x < 3:\n    y = 1\nelif x > 4:\n    y = 2\n    print(y)\nelse:\n    y = 3\n    print(y)"


@pytest.mark.parametrize(("x", "branch", "shown"), [(1, 0, []), (5, 1, ["2\n"]), (4, -1, ["3\n"])])
def test_a_branch_runs_as_it_was_decided(
    steps: Steps, x: int, branch: int, shown: list[str]
) -> None:
    decision = {"name": "t", "tests": ["x < 3", "x > 4"], "cell": 2, "line": 1}
    assert steps.run("a", f"x = {x}", decides=[decision], outputs=["@branch.t"]) == 0
    assert [e["branch"] for e in steps.events if e["event"] == "decided"] == [branch]
    # x is not given: the tests must not be evaluated again
    assert steps.run("b", IF, branch={"line": 1, "branch": branch}, before=["x"]) == 0
    assert steps.shown("b") == shown


def test_an_input_comes_from_the_first_step_that_ran(steps: Steps) -> None:
    steps.run("a", "y = 'a'", outputs=["y"])
    assert steps.run("c", "y", inputs={"y": ["b", "a"]}) == 0
    assert steps.shown("c") == ["'a'"]
    steps.run("b", "y = 'b'", outputs=["y"])
    assert steps.run("c", "y", inputs={"y": ["b", "a"]}) == 0
    assert steps.shown("c") == ["'b'"]


def test_an_input_of_steps_that_did_not_run_is_unset_or_what_a_slice_made(steps: Steps) -> None:
    assert steps.run("c", "y", inputs={"y": ["b"]}) == 1
    assert steps.events[-1]["message"] == "NameError: name 'y' is not defined"
    made = [{"cell": 9, "line": 1, "source": "y = 7", "binds": ["y"]}]
    assert steps.run("c", "y", inputs={"y": ["b"]}, slices=made) == 0
    assert steps.shown("c") == ["7"]


def test_an_error_in_a_test_belongs_to_the_cell_of_the_if(steps: Steps) -> None:
    decision = {"name": "t", "tests": ["x / 0"], "cell": 5, "line": 3}
    assert steps.run("a", "x = 1", decides=[decision]) == 1
    failed = steps.events[-1]
    assert (failed["kind"], failed["cell"], failed["line"]) == ("cell", 5, 3)
    assert steps.shown("a") == ["ZeroDivisionError"]


LOOP = """\
out, total, by = [], 0.1, {}
for q in xs:
    t = q * q
    out.append(t)
    total += t / 3
    by.setdefault(t % 2, []).append(q)
    print("at", q)
print(out, by)
"""


def run_loop(steps: Steps, items: str) -> None:
    steps.run("a", f"xs = {items}", outputs=["xs"])
    order = {
        "step": "l",
        "fingerprint": False,
        "cells": [{"number": 2, "source": LOOP}, {"number": 3, "source": "total"}],
        "inputs": {"xs": "a"},
        "outputs": ["out", "q"],
        "metrics": [],
        "decides": [],
    }
    loop = Loop(2, 2, 0, ("by", "out", "total"), ("q", "t"))
    assert steps.execute(make_part(order, loop, "items")) == 0
    (count,) = (e["count"] for e in steps.events if e["event"] == "items")
    for index in range(count):
        assert steps.execute(make_part(order, loop, "iteration", index=index, count=count)) == 0
        assert {e.get("index") for e in steps.events} == {index}
    assert steps.execute(make_part(order, loop, "gather", count=count)) == 0


def test_iterations_are_gathered_in_order_and_exactly(steps: Steps) -> None:
    run_loop(steps, "[3, 1, 2]")
    total = 0.1
    for q in (3, 1, 2):
        total += q * q / 3
    assert steps.shown("l/1") == ["at 1\n"]
    assert steps.shown("l") == ["[9, 1, 4] {1: [3, 1], 0: [2]}\n", repr(total)]
    assert steps.run("z", "q", inputs={"q": "l"}) == 0
    assert steps.shown("z") == ["2"]


def test_a_loop_over_nothing_binds_nothing(steps: Steps) -> None:
    run_loop(steps, "[]")
    assert steps.shown("l") == ["[] {}\n", "0.1"]
    assert steps.run("z", "q", inputs={"q": "l"}) == 1


def test_objects_of_one_iteration_stay_shared(steps: Steps) -> None:
    source = "rows = []\nfor q in (1, 2):\n    row = [q]\n    rows.append(row)\nrow.append(9)\nrows"
    order = {
        "step": "l",
        "fingerprint": False,
        "cells": [{"number": 1, "source": source}],
        "outputs": [],
        "metrics": [],
        "decides": [],
    }
    loop = Loop(1, 2, 0, ("rows",), ("q", "row"))
    for part, index in (("items", 0), ("iteration", 0), ("iteration", 1), ("gather", 0)):
        assert steps.execute(make_part(order, loop, part, index=index, count=2)) == 0
    assert steps.shown("l") == ["[[1], [2, 9]]"]


def test_a_failed_iteration_names_cell_and_line(steps: Steps) -> None:
    order = {
        "step": "l",
        "fingerprint": False,
        "cells": [{"number": 4, "source": "for q in [0]:\n    1 / q"}],
        "metrics": [],
        "decides": [],
    }
    loop = Loop(4, 1, 0, (), ("q",))
    steps.execute(make_part(order, loop, "items"))
    assert steps.execute(make_part(order, loop, "iteration", count=1)) == 1
    assert (steps.events[-1]["cell"], steps.events[-1]["line"]) == (4, 2)
