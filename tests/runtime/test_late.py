"""IPython comes with the first thing that asks for it, and nothing but the time tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbdag_converters.runtime.late import is_plain, may_do_without
from nbdag_converters.runtime.order import parse_order
from notebooks import Case, read_cases
from orders import Executed, make_order, run_step

SOURCES = sorted(
    {cell.text for case in read_cases() for cell in case.cells if cell.kind == "code"} - {""}
)
LATE = [
    case
    for case in read_cases()
    if case.group in ("display", "state", "scopes") and case.expects == "equal"
    if is_plain(cell.text for cell in case.cells if cell.kind == "code")
]
THERE = "import sys\nthere = 'I' + 'Python' in getattr(sys, 'mod' + 'ules')\nprint(there)"
ASKING = {
    "x = [1, 2]\nx.append(3)\nprint(x)": False,
    "import json, os.path\nfrom collections import Counter\nprint(json.dumps(1))": False,
    "def f(x):\n    return x\nf(1);": False,
    "class A:\n    def __init__(self): self._x = 1\nfor _ in range(2): A()": False,
    "def f(): return 1\nf()": True,
    "import pandas": True,
    "import own": True,
    "!true": True,
    "x = 1\nget_ipython()": True,
    "ls": True,
    "%time 1": True,
    "'a' is 'b'": True,
    "import threading": True,
    "x = In": True,
    "from __future__ import annotations": True,
    "import json\njson.dumps = len": True,
    "class A: pass\na = A()\na.x = 1": True,
    "import os\nos.environ['HOME'] = os.getcwd()": True,
}


@pytest.mark.parametrize(("cell", "brings"), ASKING.items())
def test_what_brings_ipython(cell: str, *, brings: bool, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/own.py").write_text("")
    done = run_step(tmp_path, make_order("step", [cell, THERE], fingerprint=True))
    assert done.status == 0, done.log
    assert done.text(2) == f"{brings}\n"


def test_plain_code_is_code_that_ipython_leaves_as_it_is() -> None:
    plain = [source for source in SOURCES if is_plain([source])]
    shell = InteractiveShell.instance()
    try:
        changed = [s for s in plain if shell.transform_cell(s).rstrip("\n") != s.rstrip("\n")]
    finally:
        InteractiveShell.clear_instance()
    assert not changed
    assert len(plain) > len(SOURCES) / 2


def test_a_step_that_brings_back_settings_has_ipython_before_them() -> None:
    cells = [{"number": 1, "source": "x = 1"}]
    orders = [
        parse_order({"step": "s", "cells": cells, "inputs": {name: "first"}})
        for name in ("data", "@random.random", "@state.warnings")
    ]
    assert [may_do_without(order) for order in orders] == [True, True, False]


def test_a_module_beside_the_notebook_is_none_of_ipythons(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/traitlets.py").write_text("1 / 0")
    done = run_step(tmp_path, make_order("step", ["x = 5\nx"]))
    assert [output["data"] for output in done.displayed(1)] == [{"text/plain": "5"}]


def test_a_cell_in_which_ipython_comes_ends_as_its_cells_do(tmp_path: Path) -> None:
    cells = [
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1))\nplt.plot([1, 2]);",
        "print(plt.get_fignums())\n1 / 0",
    ]
    done = run_step(tmp_path, make_order("step", cells))
    assert [sorted(output["data"]) for output in done.displayed(1)] == [["image/png", "text/plain"]]
    assert done.text(2) == "[]\n"
    assert done.displayed(2)[-1]["traceback"][0].startswith("\x1b")


@pytest.mark.parametrize("case", LATE, ids=lambda case: case.id)
def test_outputs_and_values_are_those_of_a_step_with_ipython(
    case: Case, tmp_path: Path, zygote: Any
) -> None:
    cells = [cell.text for cell in case.cells if cell.kind == "code"]
    order = make_order("step", cells, fingerprint=True)

    def run(name: str, execute: Callable[..., Executed]) -> Mapping[str, Any]:
        folder = tmp_path / name
        (folder / "work").mkdir(parents=True)
        case.write(folder / "work")
        return seen(execute(folder, order))

    expected, found = run("zygote", zygote.run), run("late", run_step)
    if found != expected:  # some things differ from process to process
        again = run("again", run_step)
        steady = {key for key in found if found[key] == again.get(key)}
        assert {k: found[k] for k in steady} == {k: expected.get(k) for k in steady}
        assert found.keys() == expected.keys()


def seen(run: Executed) -> Mapping[str, Any]:
    """Return what a step left, by what it is."""
    outputs = {
        f"output {number}": re.sub(r"0x[0-9a-f]+|/\S*/work|-\d+-[0-9a-f]+", "…", str(entry))
        for number, entry in enumerate(run.outputs)
    }
    return {**outputs, **run.report.get("values", {}), "status": run.status}
