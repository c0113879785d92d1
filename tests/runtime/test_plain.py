"""Cells without IPython: what a kernel gives, or an error that says what is missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from nbdag_converters.runtime.shown import NOTE
from orders import Executed, make_order, run_step
from runtime.conftest import Execute

CELLS = [
    # IPython compiles each statement by itself, so constants are shared only inside of one
    "a = (1, 2, 'x y')\nb = (1, 2, 'x y')\nprint(a is b, [1000000 is 1000000])",
    "x = 1000.5\ny = 1000.5\nprint(x is y)",
    "5;  # not shown",
    "'a;b'",
    "3 # ;",
    "[1, 'two', None, {'k': (1.5, True)}]",
    "class Own:\n    def __repr__(self): return 'own'\n    def _repr_html_(self): return '<b>'\n"
    "Own()",
    "class Part:\n    _repr_html_ = property(lambda self: self._html)\n"
    "    def _html(self): return '<i>'\n    def __repr__(self): return 'part'\nPart()",
    "class Bundle:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        return {'text/plain': 'b', 'text/x-own': 'o'}, {'text/x-own': {'w': 1}}\nBundle()",
    "class Itself:\n    def _ipython_display_(self): print('shown by itself')\nItself()",
    "class Every:\n    def __getattr__(self, name): return lambda *a, **k: 'anything'\n"
    "    def __repr__(self): return 'every'\nEvery()",
    "class Refuses:\n    def _repr_html_(self): raise NotImplementedError\n"
    "    def __repr__(self): return 'r'\ndisplay(Refuses(), 7)",
    "Own",
    "int",
    "class Bare: pass\nBare()",
    "word, number = 'w x', 3",
    "class Holder:\n    part = 'p'\nholder = Holder()\n"
    "lines = !echo '$word' $word {number + 1} $holder.part $$word\n"
    "print(list(lines))",
    "lines = !echo {number:>3} {undefined}\nprint(list(lines))",
    "lines = !echo '{print $1}' {word\nprint(list(lines))",
    "def of(local):\n    lines = !echo {local}\n    return list(lines)\nof('inside')",
    "lines = !echo out; echo err >&2\nprint(list(lines))",
    "lines = !printf 'a\\x0cb'\nprint(list(lines))",
    "lines = !echo one \\\n  two\nprint(list(lines), 'third')",
    'text = """\n!echo no command\n%cd nowhere\n"""\nlines = !echo {len(text)}\n'
    "print(text, list(lines))",
    "if number:\n    lines = !echo nested\n    print(list(lines))",
    "%%bash\necho script\nexit 0",
    "%%script sh\necho by its name",
    "%%writefile made.txt\none\ntwo",
    "%%writefile made.txt\nother",
    "%%writefile -a made.txt\nmore",
    "%%writefile 'with space.txt'\n{number}",
    "print(open('made.txt').read(), open('with space.txt').read())",
    "import os\nos.makedirs('down', exist_ok=True)",
    "%cd down\nprint(os.path.basename(os.getcwd()))",
    "%cd ..",
    "%env NBDAG_ONE=1 and more",
    "%set_env NBDAG_TWO {number}",
    "value = %env NBDAG_ONE\nprint(value, os.environ['NBDAG_TWO'])",
    "%%capture\nprint('unseen')\ntaken = 8",
    "taken",
    "%matplotlib inline\nz = 4\nz",
    "import asyncio\nawait asyncio.sleep(0)\nnumber",
    "from __future__ import annotations",
    "def f(x: undefined): return x\nprint(f.__annotations__)",
]
REFUSED = {
    "%%capture out\nprint(1)": "%%capture out",
    "%timeit 1 + 1": "%timeit 1 + 1",
    "%%bash --out x\necho 1": "%%bash --out x",
    "%pylab": "%pylab",
    "%cd -": "%cd -",
    "%load_ext autoreload": "%load_ext autoreload",
    "%%html\n<b>": "%%html",
    "%%writefile -b x\n1": "%%writefile -b x",
    "display(1, display_id='d')": "display(…, display_id=…)",
}
OTHERWISE = {
    "{'one', 'two'}": True,
    "list(range(99))": True,
    "print": True,
    "import re\nre.compile('a')": True,
    "ValueError('x')": True,
    "'text'": False,
}
BARE = ("-I", "-S")


@pytest.fixture(scope="module")
def both(zygote: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Executed, Executed]:
    """The cells of the table as one step, with IPython and without."""
    order = make_order("step", CELLS)
    runs = (
        zygote.run(tmp_path_factory.mktemp("with"), order),
        run_step(tmp_path_factory.mktemp("without"), order, flags=BARE),
    )
    assert [run.status for run in runs] == [0, 0], runs[0].log + runs[1].log
    return runs


def seen(run: Executed, cell: int) -> list[Any]:
    """Return a cell's outputs, without what differs from process to process."""
    return [
        {**output, "data": {k: _steady(v) for k, v in output["data"].items()}}
        if "data" in output
        else {**output, "text": _steady(output["text"])}
        for output in run.displayed(cell)
    ]


def _steady(text: str) -> str:
    return re.sub(r"0x[0-9a-f]+|/\S*/work", "…", text.replace("\r\n", "\n"))


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_gives_what_it_gives_with_ipython(
    cell: str, both: tuple[Executed, Executed]
) -> None:
    number = CELLS.index(cell) + 1
    assert seen(both[1], number) == seen(both[0], number)


@pytest.mark.parametrize(("cell", "what"), REFUSED.items())
def test_what_only_ipython_has_is_refused(cell: str, what: str, tmp_path: Path) -> None:
    done = run_step(tmp_path, make_order("step", ["1", cell]), flags=BARE)
    told = f"MagicError: {what} needs IPython, which this step's Python does not have."
    assert done.failure["message"].startswith(told)
    assert done.failure["cell"] == 2


@pytest.mark.parametrize(("cell", "noted"), OTHERWISE.items())
def test_a_value_that_ipython_writes_in_another_way_has_a_note(
    cell: str, *, noted: bool, tmp_path: Path
) -> None:
    done = run_step(tmp_path, make_order("step", [cell]), flags=BARE)
    assert [output.get("text") for output in done.displayed(1)][1:] == [NOTE] * noted


def test_a_step_starts_without_what_takes_long_to_import(tmp_path: Path) -> None:
    slow = "asyncio dataclasses hashlib inspect signal shutil tarfile traceback typing"
    order = make_order("step", ["import sys\nprint(*sys.modules)"])
    there = run_step(tmp_path, order, flags=BARE).text(1).split()
    assert "sys" in there
    assert not set(slow.split()).intersection(there)


def test_a_failing_representation_fails_no_step(execute: Execute, tmp_path: Path) -> None:
    cells = ["class A:\n    def _repr_html_(self): 1 / 0\n    def __repr__(self): return 'a'\nA()"]
    done = run_step(tmp_path, make_order("step", cells), flags=BARE)
    assert (done.status, execute(cells, step="other").status) == (0, 0)
    assert done.displayed(1)[-1]["data"] == {"text/plain": "a"}
    assert "ZeroDivisionError" in done.text(1)
