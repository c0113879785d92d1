"""The shipped bytes on each Python, with nothing installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orders import make_order, run_step

PYTHONS = sorted(
    str(path)
    for path in (Path.home() / ".pyenv" / "versions").glob("3.*/bin/python")
    if int(path.parts[-3].split(".")[1]) >= 8
)
BARE = ("-I", "-S", "-W", "error")
CELLS = [
    "lines = !echo one; echo two\nprint(lines)\n!echo {count}",
    "import asyncio\nawait asyncio.sleep(0)\ncount * 2",
    "%%bash\necho from bash",
    "%%writefile local_module.py\nVALUE = 7\n",
    "import local_module\nlocal_module.VALUE;",
    "%%time\nz = 5\nz",
    "%matplotlib inline\n%time w = 3\ndisplay(w)",
    "class Point:\n    def __init__(self, x): self.x = x\n"
    "    def twice(self): return self.x * factor",
    "words = set('the quick brown fox jumps over the lazy dog'.split())\n"
    "point = Point(z)\nalias = [point]\ncalls = {'f': lambda: factor}\nfactor = 2",
]


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.split("/")[-3])
def test_a_step_runs_where_nothing_is_installed(python: str, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"]}
    first = run_step(
        tmp_path,
        make_order(
            "first",
            CELLS,
            parameters={"count": 2},
            outputs=["words", "point", "alias", "calls"],
            before=["raw"],
        ),
        python=python,
        flags=BARE,
        env=env,
    )
    assert first.status == 0, first.log
    assert [first.text(number) for number in (1, 3, 4)] == [
        "['one', 'two']\n2\n",
        "from bash\n",
        "Writing local_module.py\n",
    ]
    assert first.displayed(2)[0]["data"] == {"text/plain": "4"}
    assert first.displayed(5) == []
    assert first.report["writes"] == ["local_module.py"]
    second = run_step(
        tmp_path,
        make_order(
            "second",
            [
                "factor = 10\nassert 'fox' in words and alias[0] is point\n"
                "assert point.twice() == 50 and calls['f']() == 10",
                "1 / 0",
            ],
            inputs=dict.fromkeys(["words", "point", "alias", "calls"], "first"),
            before=["factor"],
        ),
        python=python,
        flags=BARE,
        env=env,
    )
    assert second.failure["message"] == "ZeroDivisionError: division by zero"
    assert (second.failure["cell"], second.failure["line"]) == (2, 1)
    assert second.displayed(2)[-1]["ename"] == "ZeroDivisionError"


READING = [
    "raw",
    "sum([1])",
    "def f():\n    return raw\nf()",
    "[raw for _ in range(1)]",
    "class A:\n    total = sum",
    "class A:\n    def m(self):\n        return sum\nA().m()",
    "globals()['raw']",
    "'raw' in globals()",
    "globals().get('raw')",
    "eval('raw')",
    "import __main__\n__main__.raw",
    "try:\n    raw\nexcept Exception:\n    pass",
]


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.split("/")[-3])
def test_reading_a_name_that_was_not_given_fails_however_it_is_read(
    python: str, tmp_path: Path
) -> None:
    reading = (
        f"for code in {READING!r}:\n"
        "    try:\n        exec(code)\n        print('nothing', code)\n"
        "    except BaseException as error:\n        print(type(error).__name__)\n"
    )
    order = make_order("step", ["x = len([1])", reading], before=["raw", "sum"])
    done = run_step(tmp_path, order, python=python, flags=BARE)
    assert done.text(2).split() == ["MissedNameError"] * len(READING)
    # Though the notebook has hidden all of these errors, the step fails.
    assert (done.failure["kind"], done.failure["cell"], done.failure["name"]) == ("guard", 2, "raw")
    assert done.report["missed"] == ["raw", "sum"]


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("raw = 1\nprint(raw)", "1\n"),
        (
            "raw = 1\ndel raw\ntry:\n    raw\nexcept NameError as error:\n    print(error)",
            "name 'raw' is not defined\n",
        ),
        (
            "def f():\n    return undefined\ntry:\n    f()\nexcept NameError:\n    print('own')",
            "own\n",
        ),
        ("import builtins\nbuiltins.abs = lambda _: 42\nprint(builtins.abs(1))", "42\n"),
    ],
)
def test_what_the_notebook_does_itself_is_not_guarded(
    code: str, printed: str, tmp_path: Path
) -> None:
    done = run_step(tmp_path, make_order("step", [code], before=["raw"]), flags=BARE)
    assert done.status == 0, done.log
    assert done.text(1) == printed
