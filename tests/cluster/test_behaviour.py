"""What a DAG can do, done by submitted runs: they end as the same runs here do."""

from __future__ import annotations

import os
import secrets
import time
from typing import Any

import pytest

import nbdag
from cluster.desk import Desk, phases, texts, wait_for
from cluster.workflows import Store
from nbdag.runs.events import Phase
from notebooks import Source

CONTROL = (
    Source("n = 3\nlimit = 10", ("parameters",)),
    Source("names = [f'part{i}.txt' for i in range(n)]\nlow = n < limit", ("step:start",)),
    Source("if low:\n    kind = 'low'\nelse:\n    kind = 'high'", ("step:choose",)),
    Source(
        "sizes = {}\nfor name in names:\n    open(name, 'w').write(name)\n"
        "    sizes[name] = len(name)",
        ("step:spread", "fan-out:2"),
    ),
    Source("import glob\ntold = (kind, sizes, sorted(glob.glob('part*')))\ntold", ("step:last",)),
)


@pytest.mark.parametrize("values", [{"n": 2}, {"n": 0, "limit": 0}], ids=["some", "none"])
def test_branches_and_loops_give_what_they_give_here(desk: Desk, values: dict[str, Any]) -> None:
    path = desk.write(*CONTROL)
    there = desk.submit_file(path, **values)
    here = nbdag.read(path).run(**values).wait()
    assert there.wait().phase is Phase.SUCCEEDED, there.state
    assert phases(there) == phases(here)
    assert there["last"].value("told") == here["last"].value("told")
    assert texts(there, "last") == texts(here, "last")
    assert len(there["spread"].iterations) == values["n"]


def test_a_step_succeeds_when_it_is_tried_the_third_time(desk: Desk, store: Store) -> None:
    key = f"nbdag-test/{secrets.token_hex(6)}"
    store.write(key, b"0")
    code = """\
from urllib.request import Request, urlopen
number = int(urlopen(read).read())
urlopen(Request(write, str(number + 1).encode(), method='PUT'))
assert number == 2, f'try {number}'
print('third')"""
    run = desk.submit(
        Source("read = ''\nwrite = ''", ("parameters",)),
        Source(code, ("step:stubborn", "retry:3")),
        read=store.client.presigned_get_object(store.bucket, key),
        write=store.client.presigned_put_object(store.bucket, key),
    ).wait()
    assert run.phase is Phase.SUCCEEDED, run.state
    assert run["stubborn"].state.attempt == 3
    assert texts(run, "stubborn") == ["third\n"]


def test_a_step_and_a_run_that_take_too_long_are_ended_and_say_so(desk: Desk) -> None:
    sleeps = Source("import time\ntime.sleep(300)", ("step:long",))
    short = Source(sleeps.text, ("step:long", "timeout:10s"))
    step = desk.submit_file(desk.write(short))
    whole = desk.submit_file(desk.write(sleeps, metadata={"nbdag": {"timeout": "20s"}}))
    for run in (step, whole):
        assert run.wait(180).phase is Phase.FAILED
    assert "10 s" in step["long"].message, step.state
    assert "20 s" in whole.state.message, whole.state
    assert whole["long"].phase is not Phase.SUCCEEDED


def test_a_suspended_run_starts_nothing_until_it_is_resumed(desk: Desk) -> None:
    run = desk.submit(
        Source("import time\ntime.sleep(8)\nx = int('1')", ("step:a",)),
        Source("print(x)", ("step:b",)),
    )
    wait_for(run, "a", Phase.RUNNING)
    run.suspend()
    wait_for(run, "a", Phase.SUCCEEDED)
    time.sleep(6)
    assert run["b"].phase is Phase.PENDING
    assert run.phase is Phase.SUSPENDED
    run.resume()
    assert run.wait().phase is Phase.SUCCEEDED
    assert texts(run, "b") == ["1\n"]


def test_a_gate_that_is_denied_ends_the_run(desk: Desk) -> None:
    run = desk.submit(Source("x = 1", ("step:a",)), Source("print(x)", ("step:b", "approve")))
    wait_for(run, "b", Phase.SUSPENDED)
    run.resume("b", approve=False)
    assert run.wait().phase is Phase.FAILED
    assert run["b"].phase is not Phase.SUCCEEDED


def test_a_step_at_the_end_runs_after_a_failure(desk: Desk) -> None:
    run = desk.submit(
        Source("kept = 'kept'", ("step:first",)),
        Source("1 / 0", ("step:bad",)),
        Source("print(kept)", ("step:last", "on-exit")),
    ).wait()
    assert run.phase is Phase.FAILED
    assert run["bad"].message == "ZeroDivisionError: division by zero"
    assert texts(run, "last") == ["kept\n"]


def test_only_targets_and_what_they_need_are_run(desk: Desk) -> None:
    path = desk.write(
        Source("x = int('1')", ("step:a",)),
        Source("y = x + 1", ("step:b",)),
        Source("z = x + 2", ("step:c",)),
    )
    run = desk.submit_file(path, "b").wait()
    assert run.phase is Phase.SUCCEEDED, run.state
    assert list(phases(run)) == ["a", "b"]
    assert run["b"].value("y") == 2


NASTY = """\
print('{{workflow.name}} {{=1+1}} "double" \\'single\\' \\\\ back $HOME `ls` é 🚀')
print('\\x1b[31mred\\x1b[0m')
print('bell\\a null\\0 end\\u2028line')"""


def test_nothing_that_a_notebook_holds_is_taken_for_something_else(desk: Desk) -> None:
    values: dict[str, Any] = {
        "plain": "1e-3",
        "word": "y",
        "quoted": 'it\'s "so" {{x}} \\ 🚀\nline',
        "nested": {"a": [1, {"b": None}], "{{c}}": "{{workflow.uid}}"},
        "small": 0.001,
    }
    path = desk.write(
        Source(
            "plain = ''\nword = ''\nquoted = ''\nnested = {}\nsmall = 1.0",
            ("parameters",),
        ),
        Source(NASTY, ("step:nasty",)),
        Source(f"# {'x' * 2**20}\nlength = 2", ("step:big",)),
        Source("got = [plain, word, quoted, nested, small, length]\nprint(got)", ("step:told",)),
    )
    there = desk.submit_file(path, **values)
    here = nbdag.read(path).run(**values).wait()
    assert there.wait().phase is Phase.SUCCEEDED, there.state
    for step in ("nasty", "told"):
        assert texts(there, step) == texts(here, step)
    assert there["told"].value("got") == [*values.values(), 2]


def test_a_large_value_travels(desk: Desk) -> None:
    run = desk.submit(
        Source("import numpy as np\nlarge = np.arange(25_000_000.0)", ("step:make",)),
        Source("print(large.nbytes, large[-1], large.sum())", ("step:use",)),
    ).wait()
    assert run.phase is Phase.SUCCEEDED, run.state
    assert texts(run, "use") == ["200000000 24999999.0 312499987500000.0\n"]


def test_a_run_of_300_steps_in_nested_dags(desk: Desk) -> None:
    """Of most only the controller knows: 300 pods take two cores ten minutes (NBDAG_PODS=all)."""
    every = 1 if os.environ.get("NBDAG_PODS") == "all" else 30
    cells = [Source("low = int('0')\nx0 = int('1')", ("step:s0",))]
    for number in range(1, 300):
        code = f"x{number} = x{max(number - 30, 0)} + 1"
        runs = number % every == 0
        cells.append(Source(code if runs else f"if low:\n    {code}", (f"step:s{number}",)))
    cells[-1] = Source("print(x270)", ("step:s299",))
    run = desk.submit(*cells).wait(300 if every > 1 else 3000)
    assert run.phase is Phase.SUCCEEDED, run.state.message
    ran = [name for name, phase in phases(run).items() if phase == "Succeeded"]
    assert ran == [f"s{number}" for number in sorted({*range(0, 300, every), 299})]
    assert texts(run, "s299") == ["10\n"]
