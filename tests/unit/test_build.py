"""From cells to steps that hand each other values: a notebook a fact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from nbdag_converters import CycleError, NotebookError, Pipeline, build
from nbdag_converters.build import Built
from notebooks import Source, write_notebook

Make: TypeAlias = "Callable[..., Built]"


@pytest.fixture
def made(tmp_path: Path) -> Make:
    def make(*cells: str | tuple[str, str]) -> Built:
        """Build a notebook: plain cells are steps of their own, pairs are (text, tags)."""
        sources = [
            Source(cell, (f"step:c{number}",))
            if isinstance(cell, str)
            else Source(cell[0], tuple(cell[1].split()))
            for number, cell in enumerate(cells, 1)
        ]
        return build(write_notebook(tmp_path / "case.ipynb", sources))

    return make


def inputs(pipeline: Pipeline, step: str) -> dict[str, str]:
    return {version.name: version.step for version in pipeline.step(step).inputs}


def slices(pipeline: Pipeline, step: str) -> list[str]:
    return [piece.source for piece in pipeline.step(step).slices]


def pairs(pipeline: Pipeline) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in pipeline.edges]


def test_a_step_gets_the_latest_version_above_it(made: Make) -> None:
    pipeline = made("x = f()", "x = g()", "y = x").pipeline
    assert inputs(pipeline, "c3") == {"x": "c2"}
    assert pairs(pipeline) == [("c2", "c3")]


def test_a_change_in_place_makes_a_version(made: Make) -> None:
    pipeline = made("x = list('a')", "x.append(1)", "y = len(x)").pipeline
    assert pairs(pipeline) == [("c1", "c2"), ("c2", "c3")]
    assert pipeline.step("c2").changes == ("x",)


def test_readers_of_one_version_run_in_parallel(made: Make) -> None:
    pipeline = made("x = f()", "a = x + 1", "b = x + 2", "c = a + b").pipeline
    assert pairs(pipeline) == [("c1", "c2"), ("c1", "c3"), ("c2", "c4"), ("c3", "c4")]


def test_a_change_through_one_name_is_one_of_all(made: Make) -> None:
    pipeline = made("x = list('a')\nd = {'k': x}", "d['k'].append(1)", "n = len(x)").pipeline
    assert inputs(pipeline, "c3") == {"x": "c2"}
    assert set(inputs(pipeline, "c2")) == {"x", "d"}


def test_an_alias_that_nobody_changes_costs_nothing(made: Make) -> None:
    pipeline = made("x = list('a')", "y = x", "n = len(x)", "m = len(y)").pipeline
    assert inputs(pipeline, "c3") == {"x": "c1"}


def test_imports_definitions_and_constants_are_run_again(made: Make) -> None:
    pipeline = made("import math\nK = 3\ndef f():\n    return math.sqrt(K)", "y = f()").pipeline
    assert pairs(pipeline) == []
    assert slices(pipeline, "c2") == [
        "import math",
        "K = 3",
        "def f():\n    return math.sqrt(K)",
    ]


def test_a_constant_that_was_changed_travels(made: Make) -> None:
    pipeline = made("L = []", "L.append(1)", "n = len(L)").pipeline
    assert slices(pipeline, "c2") == ["L = []"]
    assert inputs(pipeline, "c3") == {"L": "c2"}


def test_settings_are_made_again_in_all_later_steps(made: Make) -> None:
    pipeline = made("import os", "os.environ['A'] = '1'", "y = 1").pipeline
    assert slices(pipeline, "c3") == ["import os", "os.environ['A'] = '1'"]


def test_settings_that_also_compute_are_handed_on(made: Make) -> None:
    pipeline = made(
        "import os\ndef f():\n    os.environ['A'] = '1'\n    return 1", "x = f()", "y = 2"
    ).pipeline
    assert inputs(pipeline, "c3") == {"@state.environ": "c2"}


def test_seeded_generators_go_on_from_step_to_step(made: Make) -> None:
    pipeline = made("import random\nrandom.seed(1)", "a = random.random()", "b = random.random()")
    assert "random.seed(1)" in slices(pipeline.pipeline, "c2")
    assert inputs(pipeline.pipeline, "c3") == {"@random.random": "c2"}


def test_an_unseeded_generator_makes_no_edge(made: Make) -> None:
    pipeline = made("import random", "a = random.random()", "b = random.random()").pipeline
    assert pairs(pipeline) == []


def test_files_order_steps(made: Make) -> None:
    pipeline = made(
        "open('a', 'w').write('1')", "open('b', 'w').write('1')", "open('a').read()"
    ).pipeline
    assert pairs(pipeline) == [("c1", "c3")]
    assert pipeline.edges[0].files == ("a",)


def test_loops_over_the_same_name_stay_independent(made: Make) -> None:
    pipeline = made("for i in xs():\n    a = i", "for i in xs():\n    b = i", "c = 1").pipeline
    assert pairs(pipeline) == []


def test_a_name_that_may_not_be_bound_is_handed_through(made: Make) -> None:
    pipeline = made("i = f()", "for i in xs():\n    pass", "y = i").pipeline
    assert inputs(pipeline, "c2") == {"i": "c1"}
    assert inputs(pipeline, "c3") == {"i": "c2"}


def test_a_default_is_worked_out_where_the_function_stands(made: Make) -> None:
    pipeline = made("k = f()", "def g(a=k): return a", "k = h()", "y = g()").pipeline
    assert inputs(pipeline, "c4") == {"g": "c2"}


def test_a_function_reads_globals_as_they_are_when_called(made: Make) -> None:
    pipeline = made("def g(): return K", "K = f()", "y = g()").pipeline
    assert inputs(pipeline, "c3") == {"K": "c2"}


def test_code_that_may_use_any_name_gets_all(made: Make) -> None:
    built = made("x = f()", "y = g()", "exec(t())", "z = 1")
    assert set(inputs(built.pipeline, "c3")) == {"x", "y"}
    assert ("c3", "c4") in pairs(built.pipeline)
    assert [d.code for d in built.diagnostics].count("NB221") == 1


def test_names_not_given_are_guarded(made: Make) -> None:
    pipeline = made("x = f()\ny = g()\nw = h()", "z = x, 'y'").pipeline
    # a step can't ask for what it doesn't name, so w needs no guard
    assert pipeline.step("c2").before == ("y",)


def test_code_above_the_first_step_is_run_again_or_is_the_step_setup(made: Make) -> None:
    built = made(("import math\nK = 2", "imports"), ("x = [K, math.pi]", "step:a"))
    assert [s.name for s in built.pipeline.steps] == ["a"]
    built = made(("x = load()", ""), ("y = x", "step:a"))
    assert [s.name for s in built.pipeline.steps] == ["setup", "a"]


def test_parameters_are_given_by_name_until_they_are_bound_again(made: Make) -> None:
    pipeline = made(
        ("n = 3", "parameters"), ("a = n", "step:a"), ("n = n + f()", "step:b"), "c = n"
    )
    assert pipeline.pipeline.step("a").parameters == ("n",)
    assert inputs(pipeline.pipeline, "c4") == {"n": "b"}


def test_a_name_that_only_a_later_cell_sets_is_an_error(made: Make) -> None:
    with pytest.raises(NotebookError) as caught:
        made("y = x", "x = f()")
    (found,) = (d for d in caught.value.diagnostics if d.severity == "error")
    assert (found.code, found.cell, found.line, found.column) == ("NB202", 1, 1, 5)


def test_a_name_of_a_skipped_cell_is_an_error(made: Make) -> None:
    with pytest.raises(NotebookError) as caught:
        made(("x = f()", "skip"), ("y = x", "step:a"))
    assert caught.value.diagnostics[-1].code == "NB203"


def test_steps_that_wait_for_one_another_are_told_with_their_cells(made: Make) -> None:
    with pytest.raises(CycleError) as caught:
        made(("x = f()", "step:a"), ("y = g(x)", "step:b"), ("z = y", "step:a"))
    assert set(caught.value.names) == {"a", "b"}
    assert "needs 'y'" in str(caught.value)


def test_a_step_that_comes_again_is_fine_without_a_cycle(made: Make) -> None:
    pipeline = made(("x = f()", "step:a"), ("y = g()", "step:b"), ("z = x", "step:a")).pipeline
    assert [c.number for c in pipeline.step("a").cells] == [1, 3]


def test_a_value_that_its_step_changes_again_can_not_be_handed_on(made: Make) -> None:
    with pytest.raises(NotebookError) as caught:
        made(("x = f()", "step:a"), ("y = g(x)", "step:b"), ("x.append(1)", "step:a"))
    assert caught.value.diagnostics[-1].code == "NB212"


def test_numbers_of_executions_are_refused(made: Make) -> None:
    with pytest.raises(NotebookError) as caught:
        made("1 + 1", "y = Out[1]")
    assert caught.value.diagnostics[-1].code == "NB220"


def test_the_last_displayed_value_travels(made: Make) -> None:
    pipeline = made("len('ab')", "y = _").pipeline
    assert inputs(pipeline, "c2") == {"_": "c1"}


def test_local_modules_and_data_files_belong_to_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("X = 1")
    (tmp_path / "data.csv").write_text("a\n1\n")
    cells = [Source("import mine\nimport numpy\nopen('data.csv').read()", ("step:a",))]
    pipeline = build(write_notebook(tmp_path / "n.ipynb", cells)).pipeline
    assert pipeline.files == ("data.csv", "mine.py")
    assert pipeline.requirements == ("numpy",)


@pytest.mark.parametrize(
    "moves",
    [
        "%cd -q inside",
        "import os\nos.chdir('inside')",
        "import os\nos.chdir(os.path.join('in', 'side'))",
    ],
)
def test_a_change_of_the_folder_waits_for_what_makes_the_folder(moves: str, made: Make) -> None:
    pipeline = made(
        "import pathlib\npathlib.Path('inside').mkdir()", moves, "open('w', 'w')"
    ).pipeline
    assert ("c1", "c2") in {(edge.source, edge.target) for edge in pipeline.edges}


def test_a_declared_edge_is_kept(made: Make) -> None:
    pipeline = made(("x = 1", "step:a"), ("y = f()", "step:b prev:a")).pipeline
    assert [r.rule for r in pipeline.edges[0].reasons] == ["declared"]


def test_an_empty_notebook_has_no_steps_and_says_so(made: Make) -> None:
    built = made()
    assert built.pipeline.steps == ()
    assert built.diagnostics
