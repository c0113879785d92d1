"""What cells display, as a kernel would give it to the notebook."""

from __future__ import annotations

from typing import Any

import pytest

from nbdag_converters.runtime.outputs import TEXT

PNG = "b'\\x89PNG\\r\\n\\x1a\\n'"


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def result(plain: str, **data: Any) -> dict[str, Any]:
    return {
        "output_type": "execute_result",
        "execution_count": None,
        "data": {"text/plain": plain, **data},
        "metadata": {},
    }


def display(plain: str, **data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/plain": plain, **data}, "metadata": {}}


IMPORTS = (
    "from IPython.display import HTML, JSON, Image, Latex, clear_output, display, update_display"
)
CELLS: dict[str, list[Any]] = {
    IMPORTS: [],
    "5": [result("5")],
    "5;": [],
    "_ + 1": [result("6")],
    "x = 5\nNone": [],
    "print('a', end='')\nprint('b')\nimport sys\nprint('e', file=sys.stderr)\nprint('c')": [
        stream("ab\n"),
        stream("e\n", "stderr"),
        stream("c\n"),
    ],
    "display(HTML('<b>1</b>'))": [
        display("<IPython.core.display.HTML object>", **{"text/html": "<b>1</b>"})
    ],
    "Latex('$x$')": [result("<IPython.core.display.Latex object>", **{"text/latex": "$x$"})],
    "JSON({'a': 1})": [
        result("<IPython.core.display.JSON object>", **{"application/json": {"a": 1}})
        | {"metadata": {"application/json": {"expanded": False, "root": "root"}}}
    ],
    f"Image(data={PNG}, format='png')": [
        result("<IPython.core.display.Image object>", **{"image/png": "iVBORw0KGgo="})
    ],
    "h = display('one', display_id='z')\nprint('mid')\nh.update('two')": [
        display("'two'"),
        stream("mid\n"),
    ],
    "update_display('three', display_id='z')": [],
    "print('gone')\nclear_output()\nprint('kept')": [stream("kept\n")],
    "print('gone')\nclear_output(wait=True)\nprint('kept')": [stream("kept\n")],
    "print('stays')\nclear_output(wait=True)": [stream("stays\n")],
    "for i in range(2):\n    display(i)": [display("0"), display("1")],
    "import pandas as pd\npd.DataFrame({'a': [1]})['a']": [result("0    1\nName: a, dtype: int64")],
    "import os\nprint(1)\nos.system('echo from a program')\nprint(2)": [
        stream("1\nfrom a program\n2\n")
    ],
    "import subprocess\nsubprocess.run(['echo', 'sub'], check=True);": [stream("sub\n")],
    "!echo hi": [stream("hi\r\n")],
    "word = 'expanded'\n!echo {word} $word": [stream("expanded expanded\r\n")],
    "lines = !echo a; echo b\nlist(lines)": [result("['a', 'b']")],
    "%%bash\necho bash": [stream("bash\n")],
    "%%capture captured\nprint('taken')\n7": [],
    "captured.stdout": [result("'taken\\n'")],
    "%matplotlib inline": [],
    "%precision 3\n1 / 3": [result("0.333")],
    "x?": [],
    "import warnings\nwarnings.warn('careful', stacklevel=1)": [
        stream(
            "cell 29:2: UserWarning: careful\n  warnings.warn('careful', stacklevel=1)\n", "stderr"
        )
    ],
    "async def f():\n    return 3\nawait f()": [result("3")],
    "import asyncio\nasyncio.get_running_loop().is_running()": [result("True")],
    "class R:\n    def __repr__(self): return 'R'\n"
    "    def _repr_png_(self): return b'\\x89PNG'\nR()": [result("R", **{"image/png": "iVBORw=="})],
    "from __future__ import annotations": [],
    "def g(x: undefined): return x\ng.__annotations__": [result("{'x': 'undefined'}")],
    "get_ipython().__class__.__name__": [result("'ZMQInteractiveShell'")],
    "%%writefile made.txt\nabc": [stream("Writing made.txt\n")],
    "float('nan'), float('inf')": [result("(nan, inf)")],
    "'text\\nlines'": [result("'text\\nlines'")],
    "import threading\nt = threading.Thread(target=print, args=('thread',))\nt.start(); t.join()": [
        stream("thread\n")
    ],
    "import logging\nlogging.getLogger('q').warning('logged')": [stream("logged\n", "stderr")],
}


@pytest.fixture(scope="module")
def shown(zygote: Any, tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """The outputs of each cell of the table, executed as one step."""
    from orders import make_order

    done = zygote.run(tmp_path_factory.mktemp("shown"), make_order("step", list(CELLS)))
    assert done.status == 0, done.log
    return [list(done.displayed(number)) for number in range(1, len(CELLS) + 1)]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_displays_what_a_kernel_would(cell: str, shown: list[list[Any]]) -> None:
    updated = cell.startswith("h = display")  # a later cell of the table shows 'three' there
    expected = [display("'three'"), stream("mid\n")] if updated else CELLS[cell]
    assert shown[list(CELLS).index(cell)] == expected


def test_figures_are_shown_at_the_end_of_their_cell(execute: Any) -> None:
    done = execute(
        [
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('drawn');",
            "plt.plot([1])\nplt.show()\nprint('shown');",
            "fig, ax = plt.subplots()\nplt.close(fig)\nfig",
        ]
    )
    assert done.status == 0, done.log
    kinds = [
        [output.get("text") or sorted(output["data"]) for output in done.displayed(number)]
        for number in (1, 2, 3)
    ]
    figure = ["image/png", "text/plain"]
    assert kinds == [["drawn\n", figure], [figure, "shown\n"], [figure]]


def test_an_error_is_an_output_that_shows_the_line_of_the_cell(execute: Any) -> None:
    done = execute(["x = 1\n\ndef f(n):\n    return 1 / n", "# a comment\nf(0)"])
    (error,) = done.displayed(2)
    text = "\n".join(error["traceback"])
    assert (error["output_type"], error["ename"], error["evalue"]) == (
        "error",
        "ZeroDivisionError",
        "division by zero",
    )
    assert "\x1b[" in text
    plain = "".join(part.partition("m")[2] for part in ("m" + text).split("\x1b["))
    assert "cell 2, line 2" in plain
    assert "cell 1, line 4" in plain
    assert "return 1 / n" in plain
    assert (done.failure["kind"], done.failure["cell"], done.failure["line"]) == ("cell", 1, 4)


def test_a_syntax_error_names_cell_and_line(execute: Any) -> None:
    done = execute(["x = 1", "y = 2\nif y\n"])
    assert (done.failure["cell"], done.failure["line"]) == (2, 2)
    assert done.displayed(2)[0]["ename"] == "SyntaxError"


def test_what_is_printed_is_kept_up_to_a_limit_and_logged_in_full(execute: Any) -> None:
    done = execute(["for _ in range(100):\n    print('x' * 99_999)", "print('next')"])
    (output,) = done.displayed(1)
    assert TEXT <= len(output["text"]) < TEXT + 200
    assert "the log has them all" in output["text"]
    assert done.text(2) == "next\n"
    assert len(done.log) >= 100 * 100_000


def test_a_display_of_an_earlier_step_can_be_updated(execute: Any) -> None:
    done = execute(
        ["from IPython.display import update_display\nupdate_display('new', display_id='z')"]
    )
    (entry,) = done.outputs
    assert entry["update"] == "z"
    assert entry["output"] == display("'new'")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("input('name?')", "nobody answers input() in a pipeline"),
        ("import getpass\ngetpass.getpass()", "nobody answers input() in a pipeline"),
        ("import sys\nsys.exit(0)", "the cell ends the program"),
        ("exit", "the cell ends the program"),
        ("quit()", "the cell ends the program"),
    ],
)
def test_what_only_a_person_can_do_is_an_error(cell: str, message: str, execute: Any) -> None:
    done = execute(["x = 1", cell])
    assert done.status == 1
    assert (done.failure["kind"], done.failure["cell"]) == ("cell", 2)
    assert message in done.failure["message"]
