"""An `if` that is a condition of the DAG, and a `for` that fans out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from nbdag_converters import Pipeline, build
from nbdag_converters.build import Built
from notebooks import Source, write_notebook

Make: TypeAlias = "Callable[..., Built]"


@pytest.fixture
def made(tmp_path: Path) -> Make:
    def make(**steps: str) -> Built:
        """Build a notebook of one cell a step; `x__fan_out` is x with the tag fan-out."""
        sources = [
            Source(text, (f"step:{name.split('__')[0]}", *(["fan-out:2"] if "__" in name else [])))
            for name, text in steps.items()
        ]
        return build(write_notebook(tmp_path / "case.ipynb", sources))

    return make


def inputs(pipeline: Pipeline, step: str) -> dict[str, tuple[str, ...]]:
    return {v.name: (v.step, *v.otherwise) for v in pipeline.step(step).inputs}


def names(pipeline: Pipeline) -> list[str]:
    return [step.name for step in pipeline.steps]


def codes(built: Built) -> list[str]:
    return [diagnostic.code for diagnostic in built.diagnostics]


def test_the_step_that_made_the_tests_name_decides(made: Make) -> None:
    pipeline = made(a="x = f()\nm = g()", t="if x > 3:\n    m = h(m)", b="y = m").pipeline
    assert names(pipeline) == ["a", "t", "b"]
    (decision,) = pipeline.step("a").decides
    assert (decision.name, decision.tests, decision.cell) == ("t", ("x > 3",), 2)
    condition = pipeline.step("t").condition
    assert condition is not None
    assert (condition.step, condition.branch, condition.text) == ("a", 0, "x > 3")


def test_later_steps_get_the_branch_s_version_or_the_one_from_above(made: Make) -> None:
    pipeline = made(a="x = f()\nm = g()", t="if x:\n    m = h(m)", b="y = m").pipeline
    assert inputs(pipeline, "t") == {"m": ("a",)}
    assert inputs(pipeline, "b") == {"m": ("t", "a")}


def test_a_constant_from_above_is_made_again_under_the_branch_s_version(made: Make) -> None:
    pipeline = made(a="m = 1\nx = f()", t="if x:\n    m = h()", b="y = m").pipeline
    assert [piece.source for piece in pipeline.step("b").slices] == ["m = 1"]
    assert inputs(pipeline, "b") == {"m": ("t",)}


def test_names_of_several_steps_are_decided_in_a_step_of_its_own(made: Make) -> None:
    pipeline = made(a="x = f()", b="y = g()", t="if x < y:\n    z = 1").pipeline
    assert names(pipeline) == ["a", "b", "t_if", "t"]
    assert set(inputs(pipeline, "t_if")) == {"x", "y"}
    assert pipeline.step("t_if").cells == ()


def test_each_branch_is_a_step(made: Make) -> None:
    code = "if x == 1:\n    m = f()\nelif x == 2:\n    m = g()\nelse:\n    m = h()"
    pipeline = made(a="x = k()\nm = 0", t=code, b="y = m").pipeline
    assert names(pipeline) == ["a", "t", "t_elif_1", "t_else", "b"]
    assert [s.condition and s.condition.branch for s in pipeline.steps] == [None, 0, 1, -1, None]
    # one branch runs in any case, so the version from above is never taken
    assert inputs(pipeline, "b") == {"m": ("t", "t_elif_1", "t_else")}


def test_a_change_in_place_in_a_branch_is_a_version_of_all_its_names(made: Make) -> None:
    pipeline = made(
        a="x = f()\nrows = list('a')\nsame = rows",
        t="if x:\n    rows.append(1)",
        b="n = len(same)",
    ).pipeline
    assert inputs(pipeline, "b") == {"same": ("t", "a")}


def test_two_ifs_in_sequence_leave_three_versions(made: Make) -> None:
    pipeline = made(
        a="x = f()\nm = g()", t="if x:\n    m = 1", u="if x > 1:\n    m = 2", b="y = m"
    ).pipeline
    assert inputs(pipeline, "b") == {"m": ("u", "t", "a")}


def test_a_draw_in_a_branch_moves_the_generator_if_it_runs(made: Make) -> None:
    pipeline = made(
        a="import random\nrandom.seed(1)\nx = random.random()",
        t="if x > 0.5:\n    y = random.random()",
        b="z = random.random()",
    ).pipeline
    assert inputs(pipeline, "b")["@random.random"] == ("t", "a")


INSIDE = [
    "if (n := len(x)):\n    y = n",
    "if x:\n    del x",
    "import os\nif x:\n    pass",
    "if x.pop():\n    y = 1",
    "import os\nif x:\n    os.environ['A'] = '1'",
]


@pytest.mark.parametrize("code", INSIDE)
def test_an_if_that_does_more_runs_inside_its_step(made: Make, code: str) -> None:
    pipeline = made(a="x = list('ab')", t=code).pipeline
    assert names(pipeline) == ["a", "t"]
    assert pipeline.step("t").condition is None


def test_why_an_if_runs_inside_is_told(made: Make) -> None:
    built = made(a="x = list('ab')", t="if (n := len(x)):\n    y = n")
    assert "NB401" in codes(built)


def test_a_fan_out_knows_what_iterations_add_to(made: Make) -> None:
    built = made(
        a="folds = list('ab')", v__fan_out="scores = []\nfor f in folds:\n    scores.append(g(f))"
    )
    loop = built.pipeline.step("v").loop
    assert loop is not None
    assert (loop.cell, loop.line, loop.most) == (2, 2, 2)
    assert (loop.gathers, loop.binds) == (("scores",), ("f",))


def test_what_is_carried_on_keeps_the_loop_in_one_step(made: Make) -> None:
    built = made(a="xs = list('ab')\nm = k()", v__fan_out="for x in xs:\n    m.fit(x)")
    assert built.pipeline.step("v").loop is None
    (found,) = (d for d in built.diagnostics if d.code == "NB410")
    assert (found.cell, found.severity) == (2, "warning")


def test_a_seeded_draw_keeps_the_loop_in_one_step(made: Make) -> None:
    built = made(
        a="import random\nrandom.seed(1)",
        v__fan_out="r = []\nfor x in range(3):\n    r.append(random.random())",
    )
    assert built.pipeline.step("v").loop is None


def test_results_that_share_what_is_changed_later_keep_the_loop_in_one_step(made: Make) -> None:
    built = made(
        a="rows = [f(), f()]",
        v__fan_out="r = []\nfor x in rows:\n    r.append(x)",
        b="r[0].append(1)",
        c="n = rows",
    )
    assert built.pipeline.step("v").loop is None


def test_a_fan_out_without_a_loop_is_told(made: Make) -> None:
    assert "NB411" in codes(made(v__fan_out="x = 1"))
