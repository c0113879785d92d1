"""Local runs with real processes: order, failure, stopping, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter

import nbdag
from nbdag.runs import local
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase, Run, RunEvent, fold
from nbdag.runs.history import list_runs
from nbdag.runs.interpreter import find_python
from nbdag.runs.zygote import Zygote
from nbdag.settings import RunSettings
from nbdag_converters import build
from nbdag_converters.errors import ParameterError
from nbdag_converters.model import Edge, Input, Pipeline, Retry, Step, StepCell
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """A warm interpreter for all runs of this module that don't try to break it."""
    with Zygote.start(sys.executable) as warm:
        yield warm


class Bench:
    """Runs notebooks in a folder of their own."""

    def __init__(self, folder: Path, zygote: Zygote) -> None:
        self.folder = folder
        self.settings = RunSettings(zygote=zygote, grace=0.5)

    def notebook(self, *cells: Source | str) -> Path:
        return write_notebook(self.folder / "work.ipynb", cells)

    def start(self, *cells: Source | str, **options: Any) -> local.LocalRun:
        path = self.notebook(*cells)
        return self.start_pipeline(build(path).pipeline, **options)

    def start_pipeline(
        self, pipeline: Pipeline, *, jobs: int | None = 2, own: bool = False, **options: Any
    ) -> local.LocalRun:
        """Start it; *own* gives it a zygote of its own."""
        settings = replace(self.settings, zygote=None) if own else self.settings
        settings = replace(settings, **options.pop("settings", {}))
        path = self.folder / "work.ipynb"
        return local.start(pipeline, notebook=path, jobs=jobs, settings=settings, **options)

    def run(self, *cells: Source | str, **options: Any) -> Run:
        return self.start(*cells, **options).wait()


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    return Bench(tmp_path, zygote)


def chain(*sources: str, edges: Sequence[tuple[str, str]] = (), **config: Any) -> Pipeline:
    """Return a pipeline of the steps a, b, c, … made by hand."""
    steps = [
        Step(name, name, cell(number, source))
        for number, (name, source) in enumerate(zip("abcdef", sources, strict=False), 1)
    ]
    steps = [replace(step, config=replace(step.config, **config)) for step in steps]
    made = tuple(Edge(source, target) for source, target in edges)
    return Pipeline("work", "work.ipynb", "", tuple(steps), made)


def cell(number: int, source: str) -> tuple[StepCell]:
    return (StepCell(number, f"c{number}", source),)


def phases(run: Run) -> dict[str, str]:
    return {name: step.phase.value for name, step in run.steps.items()}


def wait_for(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def at_cell(run: local.LocalRun, step: str) -> Callable[[], bool]:
    return lambda: step in run.state.steps and run.state.steps[step].running is not None


# What a run does ------------------------------------------------------------------------


def test_values_outputs_and_logs_of_steps_are_there_after_a_run(bench: Bench) -> None:
    run = bench.start("x = [i for i in range(3)]\nprint('made')", "y = sum(x)", "y")
    state = run.wait()
    assert state.phase is Phase.SUCCEEDED
    assert run.folder.log("cell_1") == "made\n"
    (shown,) = run.folder.outputs("cell_3")
    assert (shown["cell"], shown["output"]["data"]) == (3, {"text/plain": "3"})
    assert state.steps["cell_1"].cpu is not None
    assert (state.steps["cell_1"].rss or 0) > 1_000_000


def test_the_events_of_a_run_fold_to_its_state_live_and_from_the_file(bench: Bench) -> None:
    seen: list[RunEvent] = []
    run = bench.start("x = 1", "1/0", on_event=seen.append)
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


def test_two_steps_that_use_one_file_in_no_order_fail_the_run(bench: Bench) -> None:
    bench.notebook("1")
    write = "open('log', 'a').write('x')"
    state = bench.start_pipeline(chain(write, write, "1", edges=[("b", "c")])).wait()
    assert state.phase is Phase.FAILED
    assert [found.code for found in state.diagnostics] == ["NB255"]


def test_a_failed_step_stops_what_depends_on_it_and_the_rest_goes_on(bench: Bench) -> None:
    state = bench.run("x = int('a')", "y = x", "z = y", "open('done', 'w').close()")
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
    assert (bench.folder / "done").exists()


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
    bench: Bench, code: str, says: str
) -> None:
    state = bench.run(f"import os\n{code}")
    step = state.steps["cell_1"]
    assert (step.phase, step.problem, step.cell) == (Phase.FAILED, "killed", 1)
    assert says in step.message


def test_a_change_that_the_code_does_not_show_fails_the_run_before_it_is_used(
    bench: Bench,
) -> None:
    bench.notebook("1")
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
    state = bench.start_pipeline(pipeline).wait()
    assert phases(state) == {
        "make": "Succeeded",
        "hide": "Failed",
        "use": "Skipped",
        "after": "Skipped",
    }
    (found,) = state.diagnostics
    assert (found.code, found.cell) == ("NB250", 2)
    assert state.steps["hide"].problem == "guard"
    assert not (bench.folder / "used").exists()


def test_the_notebook_itself_is_not_touched_and_the_run_keeps_a_copy(bench: Bench) -> None:
    path = bench.notebook("print(1)")
    before = path.read_bytes(), path.stat().st_mtime_ns
    run = bench.start_pipeline(build(path).pipeline)
    run.wait()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert run.folder.notebook().encode() == before[0]
    assert sorted(p.name for p in bench.folder.iterdir()) == [".nbdag", "work.ipynb"]


def test_the_working_folder_of_a_step_is_the_notebooks(bench: Bench) -> None:
    run = bench.start("import os\nprint(os.getcwd())")
    run.wait()
    assert run.folder.log("cell_1").strip() == str(bench.folder.resolve())


def test_sets_of_strings_have_one_order_in_all_steps(bench: Bench) -> None:
    show = "print(list({'a', 'b', 'c', 'd', 'e'}))"
    run = bench.start(show, show, settings={"isolate": True}, own=True)
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


def test_only_the_targets_and_what_they_need_run(bench: Bench) -> None:
    cells = "x = [i for i in range(3)]", "y = sum(x)", "1/0", "print(y)"
    state = bench.run(*cells, settings={"targets": ("cell_2",)})
    assert phases(state) == {"cell_1": "Succeeded", "cell_2": "Succeeded"}
    with pytest.raises(RunError, match="There is no step 'cell_9'"):
        bench.start(*cells, settings={"targets": ("cell_9",)})


# Parameters -----------------------------------------------------------------------------

WITH_PARAMETERS = (
    Source("n = 3\nrate = 0.5", ("parameters",)),
    Source("print(n, rate)", ("step:a",)),
)


def test_parameters_have_their_defaults_unless_they_are_given(bench: Bench) -> None:
    run = bench.start(*WITH_PARAMETERS)
    run.wait()
    assert run.folder.log("a") == "3 0.5\n"
    run = bench.start(*WITH_PARAMETERS, parameters={"n": 4})
    assert run.wait().parameters == {"n": 4, "rate": 0.5}
    assert run.folder.log("a") == "4 0.5\n"


def test_a_parameter_that_is_unknown_or_of_another_type_starts_nothing(bench: Bench) -> None:
    for given in ({"m": 1}, {"n": "three"}, {"n": 1.5}):
        with pytest.raises(ParameterError):
            bench.start(*WITH_PARAMETERS, parameters=given)
    assert list_runs(bench.folder) == ()


# Stopping -------------------------------------------------------------------------------

STUBBORN = """\
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])
open('pids', 'w').write(f'{os.getpid()} {child.pid}')
time.sleep(99)
"""


def pids_of(folder: Path) -> list[int]:
    path = folder / "pids"
    wait_for(lambda: path.exists() and path.read_text())
    return [int(pid) for pid in path.read_text().split()]


@pytest.mark.parametrize("isolate", [False, True])
def test_a_run_that_is_stopped_leaves_no_process_not_even_a_stubborn_one(
    bench: Bench, isolate: object
) -> None:
    run = bench.start(STUBBORN, "1", jobs=1, own=True, settings={"isolate": bool(isolate)})
    pids = pids_of(bench.folder)
    assert all(map(is_alive, pids))
    run.stop()
    state = run.wait()
    wait_for(lambda: not any(map(is_alive, pids)))
    assert (state.phase, state.message) == (Phase.FAILED, "interrupted")
    assert phases(state) == {"cell_1": "Failed", "cell_2": "Skipped"}
    assert (state.steps["cell_1"].problem, state.steps["cell_1"].cell) == ("interrupted", 1)
    assert run.folder.state() == state


def test_a_run_can_be_stopped_again_and_after_its_end(bench: Bench) -> None:
    run = bench.start("import time; time.sleep(99)")
    wait_for(at_cell(run, "cell_1"))
    run.stop()
    run.stop()
    assert run.wait().message == "interrupted"
    run.stop()
    assert bench.run("1").phase is Phase.SUCCEEDED, "the next run of the zygote is not stopped"


PROGRAM = """\
import sys
from pathlib import Path
import nbdag
nbdag.read(sys.argv[1]).options(jobs=1).run().wait()
"""


@pytest.fixture
def program(bench: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs a notebook and waits, at its first cell."""
    path = bench.notebook(STUBBORN, "1")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    args = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(args, env=env, stderr=subprocess.PIPE) as process:
        pids_of(bench.folder)
        yield process
        process.kill()


def test_ctrl_c_ends_the_steps_and_says_so_in_the_history(
    bench: Bench, program: subprocess.Popen[bytes]
) -> None:
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=20)
    assert b"KeyboardInterrupt" in errors
    wait_for(lambda: not any(map(is_alive, pids_of(bench.folder))))
    (run,) = list_runs(bench.folder)
    assert (run.state().phase, run.state().message) == (Phase.FAILED, "interrupted")


def test_a_killed_program_takes_its_steps_with_it_and_the_history_says_so(
    bench: Bench, program: subprocess.Popen[bytes]
) -> None:
    (run,) = list_runs(bench.folder)
    assert run.state().phase is Phase.RUNNING
    program.kill()
    program.wait()
    wait_for(lambda: not any(map(is_alive, pids_of(bench.folder))))
    assert (run.state().phase, run.state().message) == (Phase.FAILED, "was killed")
    assert run.state().steps["cell_1"].phase is Phase.FAILED


def test_a_zygote_that_dies_is_an_error_and_not_a_run_that_never_ends(bench: Bench) -> None:
    run = bench.start(STUBBORN, "1", jobs=1, own=True)
    pid, _ = pids_of(bench.folder)
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    state = run.wait()
    assert state.phase is Phase.ERROR
    assert "ended unexpectedly (status -9)" in state.message
    assert phases(state) == {"cell_1": "Error", "cell_2": "Skipped"}
    wait_for(lambda: not is_alive(pid))


def test_an_observer_that_fails_stops_the_run_and_wait_raises_what_it_raised(
    bench: Bench,
) -> None:
    def on_event(event: RunEvent) -> None:
        if event.kind == "cell-started":
            raise ZeroDivisionError

    run = bench.start(STUBBORN, own=True, on_event=on_event)
    with pytest.raises(ZeroDivisionError):
        run.wait(30)
    assert run.done
    assert run.folder.state().phase is Phase.ERROR


# Retries, timeouts ----------------------------------------------------------------------

FLAKY = """\
from pathlib import Path
tries = len(list(Path('.').glob('try*')))
Path(f'try{tries}').touch()
print('try', tries)
assert tries == 2
"""


def test_a_step_is_tried_again_as_often_as_it_says(bench: Bench) -> None:
    bench.notebook("1")
    run = bench.start_pipeline(chain(FLAKY, retry=Retry(2, delay=0.05)))
    state = run.wait()
    assert (state.phase, state.steps["a"].attempt) == (Phase.SUCCEEDED, 3)
    assert run.folder.log("a") == "try 2\n"
    assert (run.folder.steps / "a" / "log.1.txt").read_text().startswith("try 0\n")


def test_a_step_that_never_succeeds_fails_after_its_last_try(bench: Bench) -> None:
    bench.notebook("1")
    pipeline = chain("1/0", "1", edges=[("a", "b")], retry=Retry(1))
    state = bench.start_pipeline(pipeline).wait()
    assert phases(state) == {"a": "Failed", "b": "Skipped"}
    assert state.steps["a"].attempt == 2


def test_a_step_that_takes_too_long_is_ended(bench: Bench) -> None:
    bench.notebook("1")
    state = bench.start_pipeline(chain(STUBBORN, "1", timeout=0.3)).wait()
    step = state.steps["a"]
    assert (step.phase, step.problem, step.cell) == (Phase.FAILED, "timeout", 1)
    assert step.message == "took longer than its timeout of 0.3 s"
    assert state.steps["b"].phase is Phase.SUCCEEDED
    wait_for(lambda: not any(map(is_alive, pids_of(bench.folder))))


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


# The API --------------------------------------------------------------------------------


def test_a_notebook_is_read_run_and_looked_at(bench: Bench) -> None:
    path = bench.notebook(
        *WITH_PARAMETERS,
        Source("import math\nclass Point:\n    def __init__(self, x): self.x = x", ("step:b",)),
        Source("p = Point(n); values = [n] * 3\nprint('hi')\nvalues", ("step:b",)),
        Source("p.x + sum(values)", ("step:c",)),
    )
    pipeline = nbdag.read(path).options(jobs=2)
    assert [step.name for step in pipeline.steps] == ["a", "b", "c"]
    run = pipeline.run(n=7).wait()
    assert run.phase is Phase.SUCCEEDED, run.diagnostics
    assert run["b"].logs().startswith("hi\n")
    assert run["b"].value("values") == [7, 7, 7]
    assert run["b"].value("p").x == 7
    assert run["c"].value("values") == [7, 7, 7], "an input that the step did not change"
    assert run["c"].outputs[0]["data"] == {"text/plain": "28"}
    assert (run["c"].duration or -1) >= 0
    with pytest.raises(RunError, match="has no saved value 'nothing'"):
        run["b"].value("nothing")
    with pytest.raises(KeyError, match="There is no step 'd'; the steps are: a, b, c"):
        run["d"]
    again = nbdag.open_run("last", folder=bench.folder)
    assert (again.id, again.phase, again["b"].value("values")) == (run.id, run.phase, [7, 7, 7])


def displayed(value: object) -> dict[str, str]:
    """Return what a kernel sends for *value*."""
    data: dict[str, str] = DisplayFormatter().format(value)[0]
    return data


def test_a_pipeline_and_its_run_draw_themselves(bench: Bench) -> None:
    pipeline = nbdag.read(bench.notebook("x = [i for i in range(3)]", "1/0", "print(x)"))
    drawn = displayed(pipeline)
    assert set(drawn) == {"image/svg+xml", "text/plain", "text/vnd.mermaid"}
    run = pipeline.run().wait()
    state = displayed(run)
    assert "✕" in state["text/plain"]
    assert "✕" not in drawn["text/plain"]
    assert state["image/svg+xml"] != drawn["image/svg+xml"]


def test_a_started_run_returns_at_once_and_can_be_stopped(bench: Bench) -> None:
    pipeline = nbdag.read(bench.notebook("import time; time.sleep(99)"))
    begin = time.monotonic()
    run = pipeline.run()
    assert time.monotonic() - begin < 5
    assert run.phase in (Phase.PENDING, Phase.RUNNING)
    run.stop()
    assert run.wait().phase is Phase.FAILED


def test_the_notebook_of_this_kernel_is_found(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bench.notebook("1")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with pytest.raises(RunError, match=r"nbdag\.read\('name\.ipynb'\)"):
        nbdag.read()
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert nbdag.read().path == path


# The executed notebook ------------------------------------------------------------------


def test_the_executed_notebook_has_the_outputs_and_numbers_of_the_cells_that_ran(
    bench: Bench, tmp_path: Path
) -> None:
    path = bench.notebook(
        Source("# Title", kind="markdown"),
        Source("import math", ("imports",)),
        Source("print('a')\nmath.pi", ("step:a",)),
        Source("1/0", ("step:b",)),
        Source("2", ("step:c", "prev:b")),
        Source("", ("step:c",)),
    )
    node: Any = nbformat.read(path, as_version=4)
    node.cells[4].outputs = [nbformat.v4.new_output("stream", text="old")]
    node.cells[4].execution_count = 99
    nbformat.write(node, path)
    before = path.read_bytes()
    run = nbdag.read(path).run().wait()
    out = run.save(tmp_path / "out.ipynb")
    assert path.read_bytes() == before
    executed: Any = nbformat.read(out, as_version=4)
    nbformat.validate(executed)
    assert [cell.get("execution_count") for cell in executed.cells] == [None, 1, 2, 3, None, None]
    stream, result = executed.cells[2].outputs
    assert (stream.name, stream.text) == ("stdout", "a\n")
    assert (result.output_type, result.execution_count) == ("execute_result", 2)
    assert executed.cells[3].outputs[-1].ename == "ZeroDivisionError"
    assert executed.cells[4].outputs == [], "what an earlier run of Jupyter left is not of this run"
    assert executed.metadata.nbdag_run.id == run.id
    assert [c.source for c in executed.cells] == [c.source for c in node.cells]
    assert executed.cells[2].metadata.tags == ["step:a"]


def test_an_executed_notebook_that_can_not_be_written_is_an_error(
    bench: Bench, tmp_path: Path
) -> None:
    run = nbdag.read(bench.notebook("1")).run().wait()
    with pytest.raises(RunError, match="can't be written to"):
        run.save(tmp_path / "no such folder" / "out.ipynb")


def test_a_program_that_ends_without_waiting_leaves_no_process(bench: Bench) -> None:
    path = bench.notebook(STUBBORN.replace("signal.SIG_IGN", "signal.SIG_DFL"))
    program = textwrap.dedent("""\
        import sys, time, pathlib, nbdag
        run = nbdag.read(sys.argv[1]).run()
        while not pathlib.Path(sys.argv[1]).with_name('pids').exists(): time.sleep(0.01)
    """)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", program, str(path)], env=env, check=True, timeout=30)
    wait_for(lambda: not any(map(is_alive, pids_of(bench.folder))))
    (run,) = list_runs(bench.folder)
    assert run.state().message == "interrupted"
