"""Conditions, loops that fan out, gates, steps at the end: what a run does with them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from controlled import FAULTS
from nbdag.client import read
from nbdag.runs import control, local
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase, Run
from nbdag.runs.zygote import Zygote
from nbdag_converters.model import (
    Condition,
    Decision,
    Edge,
    Input,
    Loop,
    Pipeline,
    PipelineConfig,
    Retry,
    Step,
    StepConfig,
)
from notebooks import Source, write_notebook
from workbench import Bench, cell, chain, phases, wait_for

pytestmark = pytest.mark.kernel


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    made = Bench(tmp_path, zygote)
    made.notebook("1")
    return made


def shown(run: local.LocalRun, step: str) -> str:
    return "".join(line["output"].get("text", "") for line in run.folder.outputs(step))


# Conditions -----------------------------------------------------------------------------


@pytest.mark.parametrize(("cells", "level", "codes"), FAULTS)
def test_a_change_is_a_fault_only_where_a_branch_that_runs_sees_it(
    cells: tuple[Source, ...], level: int, codes: list[str], tmp_path: Path
) -> None:
    run = read(write_notebook(tmp_path / "work.ipynb", cells)).run(level=level).wait()
    assert [found.code for found in run.diagnostics] == codes
    assert run.phase is (Phase.FAILED if codes else Phase.SUCCEEDED)


def branches(value: int) -> Pipeline:
    """Return an `if/elif/else` over `value`, and a step that prints what came of it."""
    source = "if v == 1:\n    x = 'one'\nelif v == 2:\n    x = 'two'\nelse:\n    x = 'many'"
    tests = ("v == 1", "v == 2")
    names = {"tune": 0, "tune_elif_1": 1, "tune_else": -1}
    text = {0: tests[0], 1: tests[1], -1: "else"}
    made = [
        Step(
            name,
            name,
            cell(2, source),
            outputs=("x",),
            changes=("x",),
            condition=Condition("set", "tune", branch, text[branch], 1),
        )
        for name, branch in names.items()
    ]
    first = Step(
        "set",
        "set",
        cell(1, f"v = {value}\nx = 'none'"),
        outputs=("x",),
        changes=("v", "x"),
        decides=(Decision("tune", tests, 2, 1),),
    )
    x = Input("x", "tune_else", ("tune_elif_1", "tune", "set"))
    use = Step("use", "use", cell(3, "print(x)"), inputs=(x,))
    edges = [Edge("set", name) for name in names] + [Edge(name, "use") for name in names]
    return Pipeline("work", "work.ipynb", "", (first, *made, use), (*edges, Edge("set", "use")))


@pytest.mark.parametrize(("value", "ran"), [(1, "tune"), (2, "tune_elif_1"), (3, "tune_else")])
def test_one_branch_runs_and_the_others_are_skipped_without_stopping_what_follows(
    bench: Bench, value: int, ran: str
) -> None:
    run = bench.start_pipeline(branches(value))
    state = run.wait()
    assert state.phase is Phase.SUCCEEDED
    assert shown(run, "use") == {1: "one\n", 2: "two\n", 3: "many\n"}[value]
    skipped = {n: s for n, s in state.steps.items() if s.phase is Phase.SKIPPED}
    assert {*skipped} == {"tune", "tune_elif_1", "tune_else"} - {ran}
    assert {step.problem for step in skipped.values()} == {"condition"}
    if ran != "tune":
        assert skipped["tune"].message == "its condition `v == 1` does not hold"
    if ran != "tune_else":
        assert skipped["tune_else"].message == "another branch of its `if` was taken"
    assert run.folder.state() == state


def test_a_test_that_fails_is_a_failure_at_the_if_and_skips_what_follows(bench: Bench) -> None:
    pipeline = branches(1)
    first = replace(pipeline.steps[0], decides=(Decision("tune", ("1 / 0",), 2, 1),))
    state = bench.start_pipeline(replace(pipeline, steps=(first, *pipeline.steps[1:]))).wait()
    step = state.steps["set"]
    assert (step.phase, step.cell, step.line) == (Phase.FAILED, 2, 1)
    assert step.message == "ZeroDivisionError: division by zero"
    assert state.steps["use"].problem == "above"


# Loops ----------------------------------------------------------------------------------

BODY = "print('it', i)\n    out.append(i * i)"


def fan_out(items: str, *, most: int = 0, body: str = BODY, **config: object) -> Pipeline:
    """Return a loop over *items* that gathers `out`, and a step that prints it."""
    source = f"out = []\nfor i in {items}:\n    {body}\nprint('done')"
    loop = Step(
        "loop",
        "loop",
        cell(1, source),
        outputs=("out",),
        changes=("out", "i"),
        loop=Loop(1, 2, most, ("out",), ("i",)),
        config=StepConfig(fan_out=most, **config),  # type: ignore[arg-type]
    )
    use = Step("use", "use", cell(2, "print(out)"), inputs=(Input("out", "loop"),))
    return Pipeline("work", "work.ipynb", "", (loop, use), (Edge("loop", "use"),))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_iterations_are_gathered_in_order_with_what_they_displayed(both: Bench, count: int) -> None:
    run = both.start_pipeline(fan_out(f"range({count})"))
    state = run.wait()
    assert state.phase is Phase.SUCCEEDED, state
    assert shown(run, "use") == f"{[i * i for i in range(count)]}\n"
    text = "".join(f"it {i}\n" for i in range(count)) + "done\n"
    assert (shown(run, "loop"), run.folder.log("loop")) == (text, text)
    assert state.steps["loop"].progress == (count, count)
    assert {one.phase for one in state.steps["loop"].iterations.values()} <= {Phase.SUCCEEDED}
    assert run.folder.state() == state


def most_at_once(state: Run) -> int:
    spans = [(i.started or 0, i.finished or 0) for i in state.steps["loop"].iterations.values()]
    return max(sum(a <= start < b for a, b in spans) for start, _ in spans)


@pytest.mark.parametrize(("most", "jobs", "expected"), [(2, 4, 2), (0, 3, 3), (4, 1, 1)])
def test_no_more_iterations_run_at_once_than_the_tag_and_the_jobs_allow(
    bench: Bench, most: int, jobs: int, expected: int
) -> None:
    pipeline = fan_out("range(6)", most=most, body="__import__('time').sleep(0.3)")
    assert most_at_once(bench.start_pipeline(pipeline, jobs=jobs).wait()) == expected


def test_a_loop_fails_with_the_error_of_its_lowest_iteration_and_starts_no_more(
    bench: Bench,
) -> None:
    body = "__import__('time').sleep(0 if i == 2 else 1)\n    out.append(1 / (i not in (1, 2)))"
    run = bench.start_pipeline(fan_out("range(50)", body=body), jobs=4)
    state = run.wait()
    step = state.steps["loop"]
    assert (step.phase, step.cell, step.line) == (Phase.FAILED, 1, 4)
    assert step.message == "ZeroDivisionError: division by zero"
    assert step.iterations[2].phase is Phase.FAILED
    assert len(step.iterations) < 10
    errors = [o for o in run.folder.outputs("loop") if o["output"]["output_type"] == "error"]
    assert len(errors) == 1, "the notebook would have shown one"
    assert phases(state)["use"] == "Skipped"


def test_an_iteration_that_leaves_something_beside_its_records_is_an_error(bench: Bench) -> None:
    body = "vars(__import__('sys').modules['__main__'])['k'] = i\n    out.append(i)"
    state = bench.start_pipeline(fan_out("range(3)", body=body)).wait()
    assert state.steps["loop"].problem == "guard"
    assert {(found.code, found.cell) for found in state.diagnostics} == {("NB259", 1)}


def test_iterations_that_write_one_file_are_an_error_and_those_with_files_of_their_own_not(
    bench: Bench,
) -> None:
    one = bench.start_pipeline(fan_out("range(3)", body="open('one', 'a').write('x')")).wait()
    assert [found.code for found in one.diagnostics] == ["NB259"]
    assert "uses 'one', which another iteration changes" in one.diagnostics[0].message
    own = fan_out("range(3)", body="open(f'own-{i}', 'w').write('x')")
    assert bench.start_pipeline(own).wait().phase is Phase.SUCCEEDED


def test_an_iteration_is_tried_again_alone(bench: Bench) -> None:
    body = (
        "from pathlib import Path\n    p = Path(f'try{i}')\n    seen = p.exists()\n    p.touch()\n"
        "    assert seen or i != 1\n    out.append(i)"
    )
    pipeline = fan_out("range(3)", body=body, retry=Retry(1))
    loop = replace(
        pipeline.steps[0].loop or Loop(1, 2, 0, (), ()), binds=("i", "p", "Path", "seen")
    )
    first = replace(pipeline.steps[0], loop=loop, changes=("out", *loop.binds))
    run = bench.start_pipeline(replace(pipeline, steps=(first, pipeline.steps[1])))
    state = run.wait()
    assert state.phase is Phase.SUCCEEDED, state
    attempts = [one.attempt for one in state.steps["loop"].iterations.values()]
    assert attempts == [1, 2, 1]
    assert shown(run, "use") == "[0, 1, 2]\n"


def test_an_iteration_that_takes_too_long_is_ended(bench: Bench) -> None:
    body = "__import__('time').sleep(99 if i == 1 else 0)"
    state = bench.start_pipeline(fan_out("range(3)", body=body, timeout=1.0)).wait()
    step = state.steps["loop"]
    assert (step.problem, step.message) == ("timeout", "took longer than its timeout of 1 s")
    assert step.iterations[0].phase is Phase.SUCCEEDED


def test_a_loop_that_is_stopped_ends_with_its_iterations(bench: Bench) -> None:
    run = bench.start_pipeline(fan_out("range(9)", body="__import__('time').sleep(99)"))
    wait_for(lambda: "loop" in run.state.steps and run.state.steps["loop"].iterations)
    run.stop()
    state = run.wait(20)
    assert phases(state) == {"loop": "Failed", "use": "Skipped"}
    assert (state.steps["loop"].problem, state.message) == ("interrupted", "interrupted")


# Gates, and what is asked of a run ------------------------------------------------------


def gated(text: str = "Sure?") -> Pipeline:
    pipeline = chain("1", "2", "3", edges=[("a", "b"), ("b", "c")])
    first, second, third = pipeline.steps
    second = replace(second, config=StepConfig(approve=text))
    return replace(pipeline, steps=(first, second, third))


def suspended(run: local.LocalRun, step: str = "b") -> None:
    wait_for(lambda: run.folder.state().steps.get(step))
    wait_for(lambda: run.folder.state().steps[step].phase is Phase.SUSPENDED)


def test_a_step_waits_at_its_gate_until_someone_elsewhere_lets_it_through(bench: Bench) -> None:
    run = bench.start_pipeline(gated())
    suspended(run)
    assert (run.state.steps["b"].message, phases(run.state)["c"]) == ("Sure?", "Pending")
    control.send(run.folder, "resume", "b")
    assert set(phases(run.wait(20)).values()) == {"Succeeded"}


def test_a_step_that_is_denied_fails_and_stops_what_follows(bench: Bench) -> None:
    run = bench.start_pipeline(gated())
    suspended(run)
    control.send(run.folder, "deny")
    state = run.wait(20)
    assert phases(state) == {"a": "Succeeded", "b": "Failed", "c": "Skipped"}
    assert (state.steps["b"].problem, state.steps["b"].message) == ("denied", "it was not approved")


@pytest.mark.parametrize("answer", [True, False])
def test_a_gate_asks_who_started_the_run(bench: Bench, answer: object) -> None:
    asked: list[tuple[str, str]] = []

    def ask(step: str, text: str) -> bool:
        asked.append((step, text))
        return bool(answer)

    state = bench.start_pipeline(gated(""), ask=ask).wait(20)
    assert asked == [("b", "Run step 'b'?")]
    assert (state.phase is Phase.SUCCEEDED) == answer


def test_a_suspended_run_starts_nothing_until_it_is_resumed(bench: Bench) -> None:
    wait = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)"
    run = bench.start_pipeline(chain(wait, "2", edges=[("a", "b")]))
    wait_for((run.folder.path / "control").exists)
    control.send(run.folder, "suspend")
    wait_for(lambda: run.folder.state().phase is Phase.SUSPENDED)
    (bench.folder / "go").touch()
    wait_for(lambda: phases(run.state)["a"] == "Succeeded")
    time.sleep(0.2)
    assert phases(run.state)["b"] == "Pending"
    control.send(run.folder, "resume")
    assert run.wait(20).phase is Phase.SUCCEEDED


def test_a_run_can_be_stopped_from_elsewhere_and_not_after_its_end(bench: Bench) -> None:
    run = bench.start_pipeline(gated())
    suspended(run)
    with pytest.raises(RunError, match="has no step 'x'"):
        control.send(run.folder, "resume", "x")
    control.send(run.folder, "stop")
    state = run.wait(20)
    assert (state.phase, state.message) == (Phase.FAILED, "interrupted")
    assert (state.steps["b"].phase, state.steps["b"].problem) == (Phase.SKIPPED, "stopped")
    with pytest.raises(RunError, match="is over"):
        control.send(run.folder, "stop")
    assert not (run.folder.path / "control").exists()


# The end of a run -----------------------------------------------------------------------


def with_exit(*sources: str, last: str, inputs: tuple[Input, ...] = ()) -> Pipeline:
    pipeline = chain(*sources)
    end = Step("end", "end", cell(9, last), inputs=inputs, config=StepConfig(on_exit=True))
    return replace(pipeline, steps=(*pipeline.steps, end))


def test_a_step_at_the_end_runs_whatever_happened_with_the_values_that_are_there(
    bench: Bench,
) -> None:
    last = "print(a, 'b' in globals())"
    pipeline = with_exit("a = 1", "b = 1 / 0", last=last, inputs=(Input("a", "a"), Input("b", "b")))
    first = replace(pipeline.steps[0], outputs=("a",), changes=("a",))
    second = replace(pipeline.steps[1], outputs=("b",), changes=("b",))
    pipeline = replace(pipeline, steps=(first, second, pipeline.steps[2]))
    run = bench.start_pipeline(pipeline)
    state = run.wait()
    assert phases(state) == {"a": "Succeeded", "b": "Failed", "end": "Succeeded"}
    assert state.phase is Phase.FAILED
    assert shown(run, "end") == "1 False\n"
    assert (state.steps["end"].started or 0) >= (state.steps["b"].finished or 0)


def test_a_step_at_the_end_runs_after_a_stop_and_fails_the_run_if_it_fails(bench: Bench) -> None:
    run = bench.start_pipeline(with_exit("import time; time.sleep(99)", last="1"))
    wait_for(lambda: "a" in run.state.steps and run.state.steps["a"].running)
    run.stop()
    state = run.wait(20)
    assert phases(state) == {"a": "Failed", "end": "Succeeded"}
    assert state.message == "interrupted"
    assert bench.start_pipeline(with_exit("1", last="1/0")).wait().phase is Phase.FAILED


def test_a_run_that_takes_too_long_is_ended(bench: Bench) -> None:
    pipeline = chain("import time; time.sleep(99)", "2", edges=[("a", "b")])
    pipeline = replace(pipeline, config=PipelineConfig(timeout=1.0))
    state = bench.start_pipeline(pipeline).wait(20)
    assert state.message == "the run took longer than its timeout of 1 s"
    assert phases(state) == {"a": "Failed", "b": "Skipped"}


def test_a_failed_run_is_tried_again_from_what_succeeded(bench: Bench) -> None:
    flaky = "from pathlib import Path\nn = len(list(Path('.').glob('t*')))\nPath(f't{n}').touch()\n"
    count = "open('count', 'a').write('x')"
    pipeline = chain(count, flaky + "assert n == 2", "3", edges=[("a", "b"), ("b", "c")])
    pipeline = replace(pipeline, config=PipelineConfig(retry=Retry(2, delay=0.05)))
    run = bench.start_pipeline(pipeline)
    state = run.wait(20)
    assert set(phases(state).values()) == {"Succeeded"}
    assert (bench.folder / "count").read_text() == "x", "what succeeded is not done again"
    assert run.folder.state() == state
