"""The judge of a run that goes on: it looks at what is new, and finds what there is."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from judging import LOAD, Made, constant, found_anew, found_one_by_one, full_report, pipeline_of
from nbdag.runs.judge import Judge
from nbdag_converters.model import Condition, Decision, Input, Pipeline


def test_what_a_new_report_shows_about_others_is_found_too() -> None:
    """Whatever steps report, and in whatever order, looking at what is new finds all."""
    draw = random.Random(4)
    names = ("a", "b", "c")
    for _ in range(100):
        made = [LOAD, *(odd_step(draw, number, names) for number in range(5))]
        pipeline, reports = pipeline_of(made), {one.name: full_report(one) for one in made}
        order = draw.sample(list(reports), len(reports))
        told = found_one_by_one(pipeline, reports, order)
        assert told == found_anew(pipeline, reports, order)


def odd_step(draw: random.Random, number: int, names: tuple[str, ...]) -> Made:
    """Return a step that did anything, behind the analysis's back or not."""

    def some(most: int = 2) -> list[str]:
        return draw.sample(names, draw.randint(0, most))

    report: dict[str, Any] = {
        "changed": some(),
        "bound": some(1),
        "shared": [draw.sample(names, 2) for _ in range(draw.randint(0, 2))],
        "reads": draw.sample(["f", "g", "d"], draw.randint(0, 2)),
        "writes": draw.sample(["f", "g", "d/f"], draw.randint(0, 1)),
        "random": ["numpy"],
        "states": {"numpy": [draw.randint(0, 2), draw.randint(0, 2)]},
        "environ": draw.random() < 0.2,
    }
    sources = ["load", *(f"s{earlier}" for earlier in range(number))]
    return Made(
        f"s{number}",
        draw.choice(("np.random.seed(0)", "a.append(b)", "c = np.random.rand()")),
        inputs=" ".join(f"{name}:{draw.choice(sources)}" for name in some()),
        changes=" ".join(some()),
        slices=[constant(name, 10 * draw.randint(0, 6)) for name in some(1)],
        report=report,
    )


def unseen(**conditions: Condition) -> Pipeline:
    """Return a pipeline in which `change` changes the x of `make` before others may take it."""
    made = [
        Made("make"),
        Made("decide"),
        Made("change", inputs="x:make"),
        Made("other", inputs="x:make"),
        Made("show", inputs="x:make"),
    ]
    pipeline = pipeline_of(made)
    steps = [
        replace(
            step,
            condition=conditions.get(step.name),
            decides=(Decision("if", ("flag",), 5, 1),) if step.name == "decide" else (),
        )
        for step in pipeline.steps
    ]
    if "other" in conditions:  # it makes a new x, which `show` takes where it has run
        steps[4] = replace(steps[4], inputs=(Input("x", "other", ("make",)),))
    return replace(pipeline, steps=tuple(steps))


TAKEN, FOUND = Condition("decide", "if", 0, "flag", 1), ("NB250", "change", "x")


@pytest.mark.parametrize(
    ("conditions", "branch", "found"),
    [
        ({"show": TAKEN, "other": TAKEN}, -1, set[Any]()),
        ({"show": TAKEN, "other": TAKEN}, 0, {FOUND}),
        ({"other": TAKEN}, 0, {FOUND}),
        ({"other": TAKEN}, -1, {FOUND}),
    ],
)
def test_what_only_a_step_sees_that_may_be_left_out_waits_until_that_is_known(
    conditions: dict[str, Condition], branch: int, found: set[Any]
) -> None:
    judge = Judge(unseen(**conditions))
    judge.add("make", {"bound": ["x"]})
    assert not judge.add("change", {"loaded": {"x": "make"}, "changed": ["x"]})
    judge.decisions["if"] = branch
    there = judge.add("decide", {})
    if branch == 0:
        there += judge.add("other", {"loaded": {"x": "make"}, "bound": ["x"]})
    assert {each.key for each in there} == found


def test_a_branch_that_is_left_out_without_a_word_of_what_was_decided_sees_nothing() -> None:
    judge = Judge(unseen(show=TAKEN, other=TAKEN))
    judge.add("make", {"bound": ["x"]})
    judge.skipped.update(("show", "other"))
    assert not judge.add("change", {"loaded": {"x": "make"}, "changed": ["x"]})
    assert not judge.add("decide", {})


def test_a_branch_that_has_reported_sees_what_was_held_back() -> None:
    judge = Judge(unseen(show=TAKEN, other=TAKEN))
    judge.add("make", {"bound": ["x"]})
    judge.add("decide", {})
    assert not judge.add("change", {"loaded": {"x": "make"}, "changed": ["x"]})
    (finding,) = judge.add("show", {"loaded": {"x": "make"}})
    assert finding.key == FOUND
    assert set(finding.victims) == {"show", "other"}
