"""Runs that go on from what an earlier run has done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nbdag.runs import local
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.zygote import Zygote
from notebooks import Source
from workbench import Bench, phases

pytestmark = pytest.mark.kernel


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    made = Bench(tmp_path, zygote)
    made.settings = replace(made.settings, cache=False)
    return made


def cells(*, add: str = "1") -> tuple[Source, ...]:
    """Return a chain: `make` counts how often it runs, `use` needs a file `go`."""
    make = "with open('count', 'a') as file:\n    n = file.write('x')\nx = n + 4"
    return (
        Source(make, ("step:make",)),
        Source(f"y = x + {add}", ("step:add",)),
        Source("assert __import__('os').path.exists('go')\nprint(y)", ("step:use",)),
    )


def test_a_retried_run_takes_what_succeeded_and_runs_the_rest(bench: Bench) -> None:
    first = bench.start(*cells())
    assert phases(first.wait()) == {"make": "Succeeded", "add": "Succeeded", "use": "Failed"}
    (bench.folder / "go").touch()
    again = local.retry(first.folder, settings=bench.settings)
    state = again.wait()
    assert state.phase is Phase.SUCCEEDED, state
    assert (bench.folder / "count").read_text() == "x"
    assert [step.cached for step in state.steps.values()] == [True, True, False]
    assert again.folder.outputs("use")[-1]["output"]["text"] == "6\n"
    with pytest.raises(RunError, match="nothing to retry"):
        local.retry(again.folder)


@pytest.mark.parametrize("name", ["pipeline.json", "notebook.ipynb"])
def test_a_run_whose_plan_was_changed_is_not_retried(bench: Bench, name: str) -> None:
    first = bench.start(*cells())
    first.wait()
    path = first.folder.path / name
    path.write_text(path.read_text().replace("x + 1", "x + 7"))
    with pytest.raises(RunError, match="was changed after it had started"):
        local.retry(first.folder)


def test_a_run_from_a_step_takes_the_values_of_an_earlier_one(bench: Bench) -> None:
    (bench.folder / "go").touch()
    bench.run(*cells())
    run = bench.start(*cells(add="2"), settings={"from_steps": ("add",)})
    assert run.wait().phase is Phase.SUCCEEDED
    assert (bench.folder / "count").read_text() == "x"
    assert run.folder.outputs("use")[-1]["output"]["text"] == "7\n"


def test_a_run_from_a_step_is_refused_where_what_it_needs_is_not_as_it_was(bench: Bench) -> None:
    with pytest.raises(RunError, match="no earlier run"):
        bench.start(*cells(), settings={"from_steps": ("add",)})
    bench.run(*cells())
    with pytest.raises(RunError, match="no values of step 'add' as it is now"):
        bench.start(*cells(add="2"), settings={"from_steps": ("use",)})
