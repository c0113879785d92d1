"""How far a run has come: percent and remaining time from earlier runs."""

from __future__ import annotations

from nbdag.runs.events import Phase, Run, RunEvent, StepRun, fold
from nbdag.runs.progress import expected_durations, progress
from nbdag_converters.model import Edge, Pipeline, Step


def pipeline(*names: str, edges: tuple[tuple[str, str], ...] = ()) -> Pipeline:
    steps = tuple(Step(name, name, ()) for name in names)
    return Pipeline("p", "p.ipynb", "", steps, tuple(Edge(*pair) for pair in edges))


def run(*events: RunEvent, steps: tuple[str, ...]) -> Run:
    return fold((RunEvent(0.0, "run-started", data={"steps": list(steps)}), *events))


def started(name: str, time: float) -> RunEvent:
    return RunEvent(time, "launched", name, {"attempt": 1})


def finished(name: str, time: float, **data: object) -> RunEvent:
    return RunEvent(time, "finished", name, {"phase": "Succeeded", **data})


def test_steps_count_by_how_long_they_took_before() -> None:
    state = run(started("a", 0), finished("a", 1), started("b", 1), steps=("a", "b"))
    plan = pipeline("a", "b", edges=(("a", "b"),))
    found = progress(state, plan, now=4.0, jobs=1, expected={"a": 1.0, "b": 9.0})
    assert (found.done, found.total) == (1, 2)
    assert found.percent == 40.0
    assert found.remaining == 6.0


def test_steps_that_run_side_by_side_are_not_counted_one_after_the_other() -> None:
    state = run(steps=("a", "b", "c"))
    times = {"a": 4.0, "b": 3.0, "c": 5.0}
    plan = pipeline("a", "b", "c", edges=(("a", "c"),))
    assert progress(state, plan, now=0.0, jobs=2, expected=times).remaining == 9.0
    assert progress(state, plan, now=0.0, jobs=1, expected=times).remaining == 12.0


def test_a_cached_step_takes_no_part_of_the_time() -> None:
    state = run(finished("a", 0, cached=True, saved=9.0), started("b", 0), steps=("a", "b"))
    found = progress(state, pipeline("a", "b"), now=1.0, jobs=1, expected={"a": 9.0, "b": 2.0})
    assert found.percent == 50.0
    assert found.remaining == 1.0


def test_percent_never_falls_while_steps_run_and_end() -> None:
    names = ("a", "b", "c")
    plan = pipeline(*names, edges=(("a", "b"), ("b", "c")))
    events = [
        started("a", 0), finished("a", 5), started("b", 5), finished("b", 6),
        started("c", 6), finished("c", 30),
    ]  # fmt: skip
    expected = {"a": 1.0, "b": 20.0, "c": 1.0}
    seen = [
        progress(run(*events[:count], steps=names), plan, now=now, jobs=1, expected=expected)
        for count, now in ((0, 0), (1, 3), (2, 5), (3, 5.5), (4, 6), (5, 25), (6, 30))
    ]
    percents = [each.percent for each in seen]
    assert percents == sorted(percents)
    assert percents[-1] == 100.0
    assert max(percents[:-1]) <= 99.0


def test_without_earlier_runs_steps_are_counted_and_no_time_is_promised() -> None:
    state = run(started("a", 0), steps=("a", "b"))
    assert progress(state, pipeline("a", "b"), now=1.0, jobs=1) == progress(
        state, pipeline("a", "b"), now=50.0, jobs=1
    )
    assert progress(state, pipeline("a", "b"), now=1.0, jobs=1).remaining is None


def test_the_expected_time_is_the_median_of_runs_in_which_a_step_ran() -> None:
    def took(seconds: float) -> Run:
        return Run(steps={"a": StepRun("a", Phase.SUCCEEDED, started=0.0, finished=seconds)})

    cached = run(finished("a", 0, cached=True, saved=2.0), steps=("a",))
    failed = Run(steps={"a": StepRun("a", Phase.FAILED, started=0.0, finished=100.0)})
    assert expected_durations([took(1.0), took(50.0), cached, failed]) == {"a": 2.0}
    assert expected_durations([]) == {}
