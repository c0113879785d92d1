"""Cells run while a loop runs, as in a kernel, also where nothing had imported asyncio before."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from orders import Executed, make_order, run_step
from runtime.test_pythons import BARE, PYTHONS

# What a library does that cells use without a word of asyncio.
LIBRARY = """\
import asyncio
import contextvars

told = []
colour = contextvars.ContextVar("colour", default="red")


def running():
    return asyncio.get_running_loop().is_running()


def current():
    loop = asyncio.get_running_loop()
    return asyncio.current_task() is not None and loop is asyncio.get_event_loop()


async def tell(what):
    told.append(what)


def begin(what):
    return asyncio.get_running_loop().create_task(tell(what))


def run():
    work = tell("never")
    try:
        asyncio.run(work)
    except RuntimeError as error:
        work.close()
        return str(error)


def run_in_loop():
    work = tell("never")
    try:
        asyncio.get_running_loop().run_until_complete(work)
    except RuntimeError as error:
        work.close()
        return str(error)
"""
CELLS = {
    "import sys\nprint(library.running(), library.current())": "True True\n",
    "task = library.begin('one')\nprint(library.told)": "[]\n",
    "print(library.told, task.done())": "['one'] True\n",
    "print(library.run())": "asyncio.run() cannot be called from a running event loop\n",
    "print(library.run_in_loop())": "This event loop is already running\n",
    "library.colour.set('blue');": "",
    "await library.tell('two')\nprint(library.told)": "['one', 'two']\n",
    "print(library.colour.get(), library.running())": "blue True\n",
    "import threading\nthread = threading.Thread(target=len, args=('no',))\n"
    "thread.start(); thread.join()\nprint(library.current())": "True\n",
}
FIRST = "import library"
FIRSTS = (
    FIRST,  # the cell ends with nothing said to the loop
    f"{FIRST}\nlibrary.begin('zero').cancel();",
    "import threading\ndef work():\n    import library\n"
    f"thread = threading.Thread(target=work)\nthread.start(); thread.join()\n{FIRST}",
)


def order_in(folder: Path, first: str) -> dict[str, Any]:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    (work / "library.py").write_text(LIBRARY)
    return make_order("step", [first, *CELLS])


def check(done: Executed) -> None:
    assert done.status == 0, done.log
    assert [done.text(number) for number in range(2, len(CELLS) + 2)] == list(CELLS.values())


@pytest.mark.parametrize("first", FIRSTS)
def test_with_ipython(first: str, tmp_path: Path) -> None:
    check(run_step(tmp_path, order_in(tmp_path, first)))


@pytest.mark.parametrize("first", FIRSTS)
def test_in_a_zygote_which_has_imported_asyncio(first: str, zygote: Any, tmp_path: Path) -> None:
    check(zygote.run(tmp_path, order_in(tmp_path, first)))


@pytest.mark.parametrize("first", FIRSTS)
@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.split("/")[-3])
def test_with_python_alone(python: str, first: str, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"]}
    check(run_step(tmp_path, order_in(tmp_path, first), python=python, flags=BARE, env=env))


@pytest.mark.parametrize("flags", [(), BARE])
def test_in_the_cell_that_first_imports_it(flags: tuple[str, ...], tmp_path: Path) -> None:
    order = order_in(tmp_path, FIRST)
    lines = "\n".join(cell for cell in CELLS if "await" not in cell)
    order["cells"] = [{"number": 1, "source": f"{FIRST}\n{lines}"}]
    done = run_step(tmp_path, order, flags=flags)
    assert done.status == 0, done.log
    told = ["True True", "[]", "[] False", *list(CELLS.values())[3:5], "blue True", "True"]
    assert done.text(1).split("\n") == [line.strip() for line in told] + [""]


@pytest.mark.parametrize("flags", [(), BARE])
def test_nothing_is_imported_that_a_plain_cell_has_no_use_for(
    flags: tuple[str, ...], tmp_path: Path
) -> None:
    done = run_step(
        tmp_path,
        make_order("step", ["import sys\nprint('a' + 'syncio' in sys.modules)", "x = 1", "x"]),
        flags=flags,
    )
    assert done.status == 0, done.log
    assert done.text(1) == "False\n"
    assert done.displayed(3)[0]["data"] == {"text/plain": "1"}


@pytest.mark.parametrize("flags", [(), BARE])
def test_an_error_leaves_the_loop_as_it_was(flags: tuple[str, ...], tmp_path: Path) -> None:
    order = order_in(tmp_path, f"{FIRST}\nlibrary.begin('lost')\n1 / 0")
    done = run_step(tmp_path, order, flags=flags, python=sys.executable)
    assert done.failure["message"] == "ZeroDivisionError: division by zero"
    assert (done.failure["cell"], done.failure["line"]) == (1, 3)
