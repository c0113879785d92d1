"""What differs between two runs, told of real runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nbdag.runs.compare import ABSENT, Comparison, compare
from nbdag.runs.zygote import Zygote
from notebooks import Source
from workbench import Bench

pytestmark = pytest.mark.kernel

CELLS = (
    Source("rate = 0.5\nunused = 1", ("parameters",)),
    Source("def half(x): return x * rate", ()),
    Source("data = list(range(4))", ("step:load",)),
    Source("good = [x for x in data if x > 1]", ("step:clean",)),
    Source("score = half(sum(good))", ("step:score",)),
    Source("print(score)", ("step:score", "metrics")),
)


@pytest.fixture
def bench(tmp_path: Path, zygote: Zygote) -> Bench:
    found = Bench(tmp_path, zygote)
    found.settings = replace(found.settings, cache=False)
    return found


def compared(bench: Bench, after: tuple[Source, ...], **parameters: float) -> Comparison:
    first = bench.start(*CELLS)
    first.wait()
    second = bench.start(*after, parameters=parameters)
    second.wait()
    return compare(first.folder, second.folder)


def edited(number: int, text: str) -> tuple[Source, ...]:
    return tuple(replace(c, text=text) if n == number else c for n, c in enumerate(CELLS))


def test_two_runs_of_the_same_differ_in_nothing_but_time(bench: Bench) -> None:
    found = compared(bench, CELLS)
    assert found.changed_steps == ()
    assert all(pair.same for pair in (*found.parameters, *found.metrics))
    assert all(step.phase.same for step in found.steps)
    assert isinstance(found.seconds.difference, float)


def test_a_parameter_changes_the_steps_that_read_it_and_the_metric(bench: Bench) -> None:
    found = compared(bench, CELLS, rate=2.0)
    assert [(p.name, p.same) for p in found.parameters] == [("rate", False), ("unused", True)]
    assert [step.name for step in found.changed_steps] == ["score"]
    assert found.changed_steps[0].parameters == ("rate",)
    (score,) = found.metrics
    assert (score.before, score.after, score.difference) == (2.5, 10.0, 7.5)


def test_a_cell_that_changed_is_told_with_the_values_that_others_got(bench: Bench) -> None:
    found = compared(bench, edited(3, "good = [x for x in data if x > 2]"))
    steps = {step.name: step for step in found.changed_steps}
    assert set(steps) == {"clean", "score"}
    (change,) = steps["clean"].cells
    assert change.before is not None
    assert change.after is not None
    assert (change.before.source[-1], change.after.source) == (
        "]",
        "good = [x for x in data if x > 2]",
    )
    assert steps["clean"].inputs == ()
    assert steps["score"].inputs == ("good",)
    assert steps["score"].cells == ()


def test_a_function_that_changed_is_told_of_the_steps_that_use_it(bench: Bench) -> None:
    found = compared(bench, edited(1, "def half(x): return x / 2 + rate"))
    assert [(step.name, step.slices) for step in found.changed_steps] == [("score", True)]


def test_a_step_that_only_one_run_has_is_told(bench: Bench) -> None:
    found = compared(bench, (*CELLS, Source("n = len(data)", ("step:count",))))
    (count,) = found.changed_steps
    assert (count.name, count.before, count.phase.before) == ("count", None, ABSENT)
    assert count.after is not None
    assert count.seconds.difference is None


def test_a_step_that_failed_in_one_run_is_told(bench: Bench) -> None:
    found = compared(bench, edited(3, "good = [data[9]]"))
    phases = {step.name: (step.phase.before, step.phase.after) for step in found.steps}
    assert phases["clean"] == ("Succeeded", "Failed")
    assert phases["score"] == ("Succeeded", "Skipped")
    assert [(pair.name, pair.after) for pair in found.metrics] == [("score", ABSENT)]
