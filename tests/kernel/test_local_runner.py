"""Local runs with real processes: values, order, failure, the notebook's Python."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from nbdag.runs.base import RunError
from nbdag.runs.events import Phase, RunEvent, fold
from nbdag.runs.history import list_runs
from nbdag.runs.interpreter import find_python
from nbdag_converters import build
from nbdag_converters.errors import ParameterError
from nbdag_converters.model import Edge, Input, Pipeline, Step
from notebooks import Source
from workbench import (
    WITH_PARAMETERS,
    Bench,
    cell,
    chain,
    phases,
)

pytestmark = pytest.mark.kernel


# What a run does ------------------------------------------------------------------------


def test_values_outputs_and_logs_of_steps_are_there_after_a_run(both: Bench) -> None:
    run = both.start("x = [i for i in range(3)]\nprint('made')", "y = sum(x)", "y")
    state = run.wait()
    assert state.phase is Phase.SUCCEEDED
    assert run.folder.log("cell_1") == "made\n"
    (shown,) = run.folder.outputs("cell_3")
    assert (shown["cell"], shown["output"]["data"]) == (3, {"text/plain": "3"})
    assert state.steps["cell_1"].cpu is not None
    assert (state.steps["cell_1"].rss or 0) > 1_000_000


def test_the_events_of_a_run_fold_to_its_state_live_and_from_the_file(both: Bench) -> None:
    seen: list[RunEvent] = []
    run = both.start("x = 1", "1/0", on_event=seen.append)
    state = run.wait()
    assert fold(seen) == state == run.folder.state()
    assert run.folder.events() == tuple(seen)


def test_no_more_steps_run_at_once_than_there_are_jobs(bench: Bench) -> None:
    pipeline = chain(*["import time; time.sleep(0.1)"] * 5)

    def most(jobs: int) -> int:
        bench.notebook("1")
        run = bench.start_pipeline(pipeline, jobs=jobs)
        run.wait()
        steps = [(s.started or 0, s.finished or 0) for s in run.state.steps.values()]
        return max(sum(a <= start < b for a, b in steps) for start, _ in steps)

    assert most(1) == 1
    assert most(3) in (2, 3)


def test_a_step_starts_after_all_that_it_waits_for_and_not_later(bench: Bench) -> None:
    bench.notebook("1")
    slow = "import time; time.sleep(0.4)"
    pipeline = chain(slow, "1", "2", "3", edges=[("a", "c"), ("b", "c"), ("b", "d")])
    a, b, c, d = bench.start_pipeline(pipeline).wait().steps.values()
    assert (c.started or 0) >= max(a.finished or 0, b.finished or 0)
    assert (d.started or 0) < (a.finished or 0), "it did not have to wait for `a`"


def test_two_steps_that_use_one_file_in_no_order_fail_the_run(both: Bench) -> None:
    both.notebook("1")
    write = "open('log', 'a').write('x')"
    state = both.start_pipeline(chain(write, write, "1", edges=[("b", "c")])).wait()
    assert state.phase is Phase.FAILED
    assert [found.code for found in state.diagnostics] == ["NB255"]


def test_a_failed_step_stops_what_depends_on_it_and_the_rest_goes_on(both: Bench) -> None:
    state = both.run("x = int('a')", "y = x", "z = y", "open('done', 'w').close()")
    assert phases(state) == {
        "cell_1": "Failed",
        "cell_2": "Skipped",
        "cell_3": "Skipped",
        "cell_4": "Succeeded",
    }
    assert state.phase is Phase.FAILED
    failed = state.steps["cell_1"]
    assert (failed.problem, failed.cell, failed.line) == ("cell", 1, 1)
    assert failed.message.startswith("ValueError: invalid literal")
    assert state.steps["cell_3"].message == "step 'cell_1' did not succeed"
    assert (both.folder / "done").exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("os.kill(os.getpid(), 9)", "ended by SIGKILL: the machine may have run out of memory"),
        ("os.kill(os.getpid(), 11)", "ended by SIGSEGV"),
        ("os._exit(0)", "ended with status 0 before the step was done"),
        ("os._exit(3)", "ended with status 3 before the step was done"),
    ],
)
def test_a_process_that_ends_without_a_word_is_a_failure_at_its_cell(
    both: Bench, code: str, says: str
) -> None:
    state = both.run(f"import os\n{code}")
    step = state.steps["cell_1"]
    assert (step.phase, step.problem, step.cell) == (Phase.FAILED, "killed", 1)
    assert says in step.message


def test_a_change_that_the_code_does_not_show_fails_the_run_before_it_is_used(
    both: Bench,
) -> None:
    both.notebook("1")
    x = (Input("x", "make"),)
    pipeline = Pipeline(
        "work",
        "work.ipynb",
        "",
        (
            Step("make", "m", cell(1, "x = [1]"), outputs=("x",), changes=("x",)),
            Step("hide", "h", cell(2, "globals()['x'].append(2)"), inputs=x),
            Step("use", "u", cell(3, "open('used', 'w')"), inputs=x),
            Step("after", "d", cell(4, "1")),
        ),
        (Edge("make", "hide"), Edge("make", "use"), Edge("use", "after"), Edge("hide", "use")),
    )
    state = both.start_pipeline(pipeline).wait()
    assert phases(state) == {
        "make": "Succeeded",
        "hide": "Failed",
        "use": "Skipped",
        "after": "Skipped",
    }
    (found,) = state.diagnostics
    assert (found.code, found.cell) == ("NB250", 2)
    assert state.steps["hide"].problem == "guard"
    assert not (both.folder / "used").exists()


def test_a_value_that_can_not_be_loaded_is_told_where_it_is_wanted(both: Bench) -> None:
    (both.folder / "odd.py").write_text(
        "def lost(): raise ValueError('no way back')\n"
        "class Odd:\n    def __reduce__(self): return lost, ()\n"
    )
    state = both.start(
        Source("import odd\nthing = odd.Odd()", ("step:make",)),
        Source("import time\nprint(thing)", ("step:use",)),
    ).wait()
    use = state.steps["use"]
    assert (use.phase, use.cell, use.line) == (Phase.FAILED, 2, 2)
    assert use.message == (
        "cannot load 'thing' of step 'make': no way back\n"
        "Make it in this step, or put both cells into one step."
    )


def test_the_notebook_itself_is_not_touched_and_the_run_keeps_a_copy(bench: Bench) -> None:
    path = bench.notebook("print(1)")
    before = path.read_bytes(), path.stat().st_mtime_ns
    run = bench.start_pipeline(build(path).pipeline)
    run.wait()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert run.folder.notebook().encode() == before[0]
    assert sorted(p.name for p in bench.folder.iterdir()) == [".nbdag", "work.ipynb"]


def test_the_working_folder_of_a_step_is_the_notebooks(both: Bench) -> None:
    run = both.start("import os\nprint(os.getcwd())")
    run.wait()
    assert run.folder.log("cell_1").strip() == str(both.folder.resolve())


def test_sets_of_strings_have_one_order_in_all_steps(both: Bench) -> None:
    show = "print(list({'a', 'b', 'c', 'd', 'e'}))"
    run = both.start(show, show)
    run.wait()
    assert run.folder.log("cell_1") == run.folder.log("cell_2") != ""


def test_isolated_steps_give_the_same_as_forked_ones(bench: Bench) -> None:
    cells = "x = [i for i in range(3)]", "print(x)\nx.append(3)", "x"
    forked, isolated = (
        bench.start(*cells),
        bench.start(*cells, own=True, settings={"isolate": True}),
    )
    assert phases(forked.wait()) == phases(isolated.wait())
    assert forked.state.phase is Phase.SUCCEEDED
    for step in ("cell_2", "cell_3"):
        assert forked.folder.outputs(step) == isolated.folder.outputs(step) != ()
    assert (isolated.state.steps["cell_1"].rss or 0) > 1_000_000


def test_only_the_targets_and_what_they_need_run(both: Bench) -> None:
    cells = "x = [i for i in range(3)]", "y = sum(x)", "1/0", "print(y)"
    state = both.run(*cells, settings={"targets": ("cell_2",)})
    assert phases(state) == {"cell_1": "Succeeded", "cell_2": "Succeeded"}
    with pytest.raises(RunError, match="There is no step 'cell_9'"):
        both.start(*cells, settings={"targets": ("cell_9",)})


# Parameters -----------------------------------------------------------------------------


def test_parameters_have_their_defaults_unless_they_are_given(both: Bench) -> None:
    run = both.start(*WITH_PARAMETERS)
    run.wait()
    assert run.folder.log("a") == "3 0.5\n"
    run = both.start(*WITH_PARAMETERS, parameters={"n": 4})
    assert run.wait().parameters == {"n": 4, "rate": 0.5}
    assert run.folder.log("a") == "4 0.5\n"


def test_a_parameter_that_is_unknown_or_of_another_type_starts_nothing(bench: Bench) -> None:
    for given in ({"m": 1}, {"n": "three"}, {"n": 1.5}):
        with pytest.raises(ParameterError):
            bench.start(*WITH_PARAMETERS, parameters=given)
    assert list_runs(bench.folder) == ()


# The notebook's Python ------------------------------------------------------------------


def test_steps_run_in_the_python_of_the_kernelspec_where_nbdag_is_not_installed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = bench.folder / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = str(home / "bin" / "python")
    spec = {"argv": [python, "-m", "x"], "display_name": "Bare", "language": "python"}
    folder = bench.folder / "jupyter" / "kernels" / "bare"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({**spec, "env": {"FROM_SPEC": "yes"}}))
    monkeypatch.setenv("JUPYTER_PATH", str(bench.folder / "jupyter"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    bench.notebook("1")
    source = "import sys, os\nx = [sys.prefix, os.environ['FROM_SPEC']]\nprint(*x)"
    run = bench.start_pipeline(replace(chain(source), kernel="bare"), own=True)
    assert run.wait().phase is Phase.SUCCEEDED
    assert run.folder.log("a") == f"{home} yes\n"
    assert run.folder.facts()["python"] == python


def test_an_unknown_kernel_is_an_error_that_names_those_which_exist(bench: Bench) -> None:
    bench.notebook("1")
    with pytest.raises(
        RunError, match=r"kernel 'julia-9' isn't installed here; installed are: \w+"
    ):
        bench.start_pipeline(replace(chain("1"), kernel="julia-9"), own=True)
    assert list_runs(bench.folder) == ()
    assert find_python("") == (sys.executable, {})
