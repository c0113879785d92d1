"""The commands as users run them: real processes, real notebooks, what they print and return."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest

from nbdag.cli.app import COMMANDS
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel

COMMAND = [sys.executable, "-m", "nbdag.cli"]
CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
GOOD = [
    Source("n: int = 3  # how many", tags=("parameters",)),
    Source("rows = list(range(n))\nprint('loaded', n)", tags=("step:load",)),
    Source("total = sum(rows)\nprint(total)", tags=("step:add", "metrics")),
    Source("largest = max(rows)", tags=("step:best",)),
    Source("print(total, largest)", tags=("step:report",)),
]
FAILING = [
    Source("print('loading')\nrows = [1, 2, 3]", tags=("step:load",)),
    Source("print('epoch 1')\nresult = rows[0] / 0", tags=("step:train",)),
    Source("print(result)", tags=("step:report",)),
    Source("count = len(rows)", tags=("step:count",)),
]


def environment(**more: str) -> dict[str, str]:
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    return {**plain, "PYTHONWARNINGS": "error", **more}


def nbdag(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "Traceback" not in done.stderr.replace("Traceback (most recent call last) ", "")
    return done


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "good.ipynb", GOOD)


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "failing.ipynb", FAILING)


# Usage


def test_help_names_all_commands(tmp_path: Path) -> None:
    done = nbdag("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(re.search(rf"^  {name}\b", done.stdout, flags=re.M) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str, tmp_path: Path) -> None:
    done = nbdag(name, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: nbdag {name}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chek", "good.ipynb"], "Did you mean 'check'?"),
        (["check"], "Missing argument"),
        (["graph", "good.ipynb", "--format", "png"], "'png' is not one of"),
        (["run", "good.ipynb", "--jobs", "0"], "0 is not in the range"),
        (["run", "good.ipynb", "-p", "n"], "'n' is not NAME=VALUE"),
        (["run", "good.ipynb", "-p", "m=4"], "no parameter 'm'"),
        (["run", "good.ipynb", "-p", "n=many"], "'n' takes int"),
        (["run", "good.ipynb", "--target", "lod"], "did you mean 'load'?"),
        (["compile", "good.ipynb", "--to", "mars"], "'mars' is not one of: local"),
        (["config", "good.ipynb", "timeuot=1h"], "timeout"),
        (["tag", "good.ipynb", "--in-place", "-o", "x.ipynb"], "not both"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
    ],
)
def test_wrong_usage_is_told_and_returns_2(arguments: list[str], told: str, good: Path) -> None:
    done = nbdag(*arguments, cwd=good.parent)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"{\xff\xfe", "NB1"),
        (b"[1, 2]", "NB1"),
        (b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "`cells`"),
    ],
    ids=["missing", "empty", "binary", "list", "cells"],
)
def test_what_is_no_notebook_is_told_and_returns_1(
    content: bytes | None, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.ipynb"
    if content is not None:
        path.write_bytes(content)
    done = nbdag("check", path, cwd=tmp_path)
    assert done.returncode == 1
    assert told in done.stdout


@pytest.mark.parametrize("command", ["graph", "run", "verify", "config", "tag"])
def test_each_command_tells_what_is_wrong_with_a_file(command: str, tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("{", encoding="utf-8")
    done = nbdag(command, "x.ipynb", cwd=tmp_path)
    assert done.returncode == 1
    assert "NB1" in done.stdout + done.stderr


def test_an_unexpected_error_is_one_line_and_its_traceback_is_for_debug(good: Path) -> None:
    script = (
        "import sys, nbdag_converters.build as b\n"
        "def build(source): raise ZeroDivisionError('by\\nchance')\n"
        "sys.modules['nbdag_converters.build'].build = build\n"
        "from nbdag.cli import main\n"
        "sys.exit(main())\n"
    )
    for debug, lines in (([], 1), (["--debug"], 10)):
        done = subprocess.run(
            [sys.executable, "-c", script, *debug, "check", str(good)],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "unexpected ZeroDivisionError: by chance" in done.stderr
        assert "report it" in done.stderr
        assert ("Traceback" in done.stderr) == bool(debug)
        assert len(done.stderr.splitlines()) >= lines


def test_a_package_that_an_extra_brings_is_told_with_the_extra() -> None:
    script = (
        "import sys\nsys.modules['kubernetes'] = None\n"
        "from nbdag.cli import main\nsys.exit(main(['doctor', '-n', 'ml']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install 'nbdag[cluster]'" in done.stderr
    assert "bug" not in done.stderr


def test_a_reader_that_leaves_is_no_error(good: Path) -> None:
    command = " ".join(COMMAND)
    done = subprocess.run(
        ["/bin/bash", "-c", f"{command} tags | head -1"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


# check and graph


def test_check_returns_0_and_counts(good: Path) -> None:
    done = nbdag("check", good, cwd=good.parent)
    assert done.returncode == 0
    assert done.stdout.strip().endswith("good.ipynb: 4 steps, 4 edges")


def test_check_draws_a_diagnostic_with_its_line_and_returns_1(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "x.ipynb", [Source("a = 1\nfor i in\n  pass")])
    done = nbdag("check", path, cwd=tmp_path)
    assert done.returncode == 1
    assert re.search(r"^NB\d+ cell 1, line 2: .*\n    for i in\n +\^", done.stdout, flags=re.M)
    assert done.stdout.strip().endswith("x.ipynb: 1 error")


def test_check_takes_several_notebooks(good: Path) -> None:
    bad = write_notebook(good.parent / "bad.ipynb", [Source("a = 1", tags=("stpe:x",))])
    done = nbdag("check", good, bad, "--json", cwd=good.parent)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["ok"] for line in lines] == [True, False]
    assert lines[1]["diagnostics"][0]["cell"] == 1


def test_check_explains_edges_and_what_is_parallel(good: Path) -> None:
    text = nbdag("check", good, "--explain", cwd=good.parent).stdout
    assert re.search(r"after load: rows\n\s+reads rows \(cell 3, line 1\)", text)
    assert "parameters: n" in text
    assert "takes: total of add, largest of best" in text
    assert "  add with best\n" in text


def test_colours_are_for_terminals_unless_forced(good: Path) -> None:
    assert "\x1b" not in nbdag("check", good, cwd=good.parent).stdout
    forced = nbdag("check", good, cwd=good.parent, env={"FORCE_COLOR": "1"})
    assert "\x1b[" in forced.stdout


def test_graph_draws_rails(good: Path) -> None:
    done = nbdag("graph", good, cwd=good.parent)
    assert done.stdout.splitlines()[0].startswith("●")
    assert "← rows" in done.stdout


@pytest.mark.parametrize(
    ("name", "begins"),
    [("g.svg", "<svg"), ("g.mmd", "flowchart TD"), ("g.dot", "digraph"), ("g.json", "{")],
)
def test_graph_writes_the_format_of_the_ending(name: str, begins: str, good: Path) -> None:
    done = nbdag("graph", good, "-o", name, cwd=good.parent)
    assert done.returncode == 0
    assert done.stdout == ""
    text = (good.parent / name).read_text(encoding="utf-8")
    assert text.startswith(begins)
    if name == "g.svg":
        ElementTree.fromstring(text)


def test_what_can_not_be_written_is_told(good: Path) -> None:
    done = nbdag("graph", good, "-o", "no/such/folder/g.svg", cwd=good.parent)
    assert done.returncode == 1
    assert "can't write no/such/folder/g.svg" in done.stderr


def test_compile_prints_the_plan(good: Path) -> None:
    plan = json.loads(nbdag("compile", good, "--to", "local", cwd=good.parent).stdout)
    assert [order["step"] for order in plan["orders"]] == ["load", "add", "best", "report"]


# run


def test_run_shows_each_change_a_table_and_metrics(good: Path) -> None:
    before = good.read_bytes()
    done = nbdag("run", good, "-p", "n=5", "--output", "out.ipynb", cwd=good.parent)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "◐ load    running" in done.stdout
    assert re.search(r"^add\s+✓ succeeded", done.stdout, flags=re.M)
    assert re.search(r"^total\s+10$", done.stdout, flags=re.M)
    assert "✓ succeeded: 4 steps" in done.stdout
    assert "executed notebook  out.ipynb" in done.stdout
    assert good.read_bytes() == before
    executed = nbformat.read(good.parent / "out.ipynb", as_version=4)
    assert executed.cells[4].outputs[0].text == "10 4\n"


def test_run_as_json_prints_events_and_nothing_else(good: Path) -> None:
    done = nbdag("run", good, "--json", cwd=good.parent)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "run-started"
    assert events[-1]["event"] == "run-finished"
    assert events[-1]["phase"] == "Succeeded"
    assert done.stderr == ""


def test_a_failed_step_is_told_with_cell_line_source_and_log(failing: Path) -> None:
    before = failing.read_bytes()
    done = nbdag("run", failing, cwd=failing.parent)
    assert done.returncode == 1
    for told in (
        "✕ train failed in cell 2, line 2",
        "    result = rows[0] / 0",
        "ZeroDivisionError: division by zero",
        "│ epoch 1",
        "not run because of it: report",
    ):
        assert told in done.stdout
    assert re.search(r"^report\s+⤼ skipped", done.stdout, flags=re.M)
    assert re.search(r"^count\s+✓ succeeded", done.stdout, flags=re.M)
    assert failing.read_bytes() == before


def test_what_the_guard_finds_is_drawn_once(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "x.ipynb",
        [
            "rows = sorted([1])",
            "__import__('gc').get_referents([rows])[0].append(2)",
            "print(rows)",
        ],
    )
    done = nbdag("run", path, cwd=tmp_path)
    assert done.returncode == 1
    found = done.stdout.partition("peak memory")[2]
    assert found.count("step 'cell_2' changed 'rows'") == 1
    assert "NB250 cell 2, line 1:" in found
    assert "    __import__('gc').get_referents([rows])[0].append(2)" in found


def test_what_a_notebook_prints_can_not_play_tricks_on_the_terminal(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "x.ipynb",
        ["print('\\x1b[2J10%\\r20%\\r30%')\nraise ValueError('\\x1b[31mred\\rover')"],
    )
    done = nbdag("run", path, cwd=tmp_path, env={"FORCE_COLOR": "1"})
    assert "\x1b[2J" not in done.stdout
    assert "\r" not in done.stdout
    assert "│\x1b[0m 30%\n" in done.stdout


def test_a_target_runs_with_what_it_needs(good: Path) -> None:
    done = nbdag("run", good, "--target", "best", "--json", cwd=good.parent)
    first = json.loads(done.stdout.splitlines()[0])
    assert first["steps"] == ["load", "best"]


def test_isolated_steps_give_the_same(good: Path) -> None:
    done = nbdag("run", good, "--isolate", "-j", "1", cwd=good.parent)
    assert done.returncode == 0
    assert re.search(r"^total\s+3$", done.stdout, flags=re.M)


def test_runs_and_logs_tell_of_the_past(failing: Path) -> None:
    folder = failing.parent
    assert "no runs" in nbdag("runs", cwd=folder).stdout
    nbdag("run", failing, cwd=folder)
    (line,) = nbdag("runs", failing, "--json", cwd=folder).stdout.splitlines()
    found = json.loads(line)
    assert found["phase"] == "Failed"
    assert found["steps"]["report"] == "Skipped"
    assert found["id"] in nbdag("runs", cwd=folder).stdout
    assert nbdag("logs", found["id"], "load", cwd=folder).stdout == "loading\n"
    assert "epoch 1" in nbdag("logs", "last", cwd=folder).stdout
    unknown = nbdag("logs", "last", "lod", cwd=folder)
    assert unknown.returncode == 2
    assert "load, train, report, count" in unknown.stderr
    assert nbdag("logs", "1999", cwd=folder).returncode == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_returns_130_and_leaves_nothing(
    number: signal.Signals, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "slow.ipynb", ["import time\ntime.sleep(60)"])
    pids: list[int] = []
    with subprocess.Popen(
        [*COMMAND, "run", str(path), "--json"], env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "forked":
                pids.append(event["pid"])
            if event["event"] == "cell-started":
                break
        process.send_signal(number)
        rest = [json.loads(line) for line in process.stdout]
        assert process.wait(30) == 130
    assert rest[-1]["event"] == "run-finished"
    assert "interrupted" in rest[-1]["message"]
    assert pids
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


# The live display, in a terminal of its own


def in_terminal(arguments: Sequence[str | Path], cwd: Path, *, rows: int, columns: int) -> str:
    """Return all that a command writes to a terminal of that size."""
    size = {"LINES": str(rows), "COLUMNS": str(columns), "TERM": "xterm-256color"}
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(**size),
        stdin=child,
        stdout=child,
        stderr=child,
    )
    os.close(child)
    written = b""
    while select.select([parent], [], [], 60)[0]:
        try:
            data = os.read(parent, 65536)
        except OSError:  # the terminal is closed
            break
        if not data:
            break
        written += data
    os.close(parent)
    process.wait(30)
    return written.decode("utf-8", "replace")


def test_a_terminal_shows_the_dag_live_and_the_table_at_the_end(good: Path) -> None:
    shown = in_terminal(["run", good], good.parent, rows=24, columns=80)
    plain = CONTROL.sub("", shown)
    assert "/4 steps" in plain
    assert "waits for load" in plain
    assert "━" in plain
    assert "✓ succeeded: 4 steps" in plain.rpartition("peak memory")[2]


def test_more_steps_than_lines_are_shown_in_part(tmp_path: Path) -> None:
    cells = [f"v{n} = {n}" for n in range(40)]
    path = write_notebook(tmp_path / "many.ipynb", cells)
    plain = CONTROL.sub("", in_terminal(["run", path], tmp_path, rows=12, columns=80))
    assert re.search(r"… \d+ steps below", plain)
    assert "✓ succeeded: 40 steps" in plain


# verify, tag, config, completion


def test_verify_tells_what_is_equal(good: Path) -> None:
    done = nbdag("verify", good, "-p", "n=4", cwd=good.parent)
    assert done.returncode == 0, done.stdout
    assert "the DAG gives what the notebook gives" in done.stdout
    assert "variables equal: " in done.stdout
    last = json.loads(nbdag("verify", good, "--json", cwd=good.parent).stdout.splitlines()[-1])
    assert last["equal"] is True


def test_tag_shows_a_proposal_and_writes_it_where_it_is_told_to(tmp_path: Path) -> None:
    load, add = (Source(f"# {title}", kind="markdown") for title in ("Load", "Add"))
    notebook = tmp_path / "plain.ipynb"
    write_notebook(notebook, [load, "a = sorted([2, 1])", add, "b = a + [1]"])
    node = nbformat.read(notebook, as_version=4)
    for cell in node.cells:
        cell.metadata.pop("tags", None)
    nbformat.write(node, notebook)
    before = notebook.read_bytes()
    shown = nbdag("tag", notebook, cwd=tmp_path)
    assert "cell 2: step:load" in shown.stdout
    assert "--in-place" in shown.stderr
    nbdag("tag", notebook, "--by", "cell", "-o", "tagged.ipynb", cwd=tmp_path)
    assert notebook.read_bytes() == before
    tagged = nbformat.read(tmp_path / "tagged.ipynb", as_version=4)
    assert tagged.cells[3].metadata.tags == ["step:cell_2"]
    assert nbdag("tag", notebook, "--in-place", cwd=tmp_path).returncode == 0
    assert nbdag("check", notebook, cwd=tmp_path).stdout.endswith("2 steps, 1 edge\n")


def test_config_sets_shows_and_removes_a_setting(good: Path) -> None:
    before = good.read_bytes()
    assert nbdag("config", good, "name=sums", cwd=good.parent).returncode == 0
    assert re.search(r"^name\s+sums", nbdag("config", good, cwd=good.parent).stdout, flags=re.M)
    assert nbdag("config", good, "name=", cwd=good.parent).returncode == 0
    assert good.read_bytes() == before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str, tmp_path: Path) -> None:
    done = nbdag("completion", shell, cwd=tmp_path)
    assert "_NBDAG_COMPLETE" in done.stdout


def test_bash_completes_the_steps_of_the_notebook(good: Path) -> None:
    words = {"COMP_WORDS": f"nbdag run {good} -t be", "COMP_CWORD": "4"}
    env = {**words, "_NBDAG_COMPLETE": "bash_complete"}
    assert nbdag(cwd=good.parent, env=env).stdout == "plain,best\n"


def test_bash_completes_commands(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "nbdag ver", "COMP_CWORD": "1", "_NBDAG_COMPLETE": "bash_complete"}
    assert "plain,verify" in nbdag(cwd=tmp_path, env=words).stdout
