"""The ready queue: what may start, what never will; targets; what is imported beforehand."""

from __future__ import annotations

import pytest

from nbdag.runs.base import RunError
from nbdag.runs.preload import preloads
from nbdag.runs.ready import ReadyQueue, Skip
from nbdag.runs.targets import narrow
from nbdag_converters.model import Edge, Pipeline, Slice, Step, StepCell

DIAMOND = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]


def take_all(queue: ReadyQueue) -> list[str]:
    taken: list[str] = []
    while (step := queue.take()) is not None:
        taken.append(step)
    return taken


def test_a_step_is_handed_out_once_and_after_all_that_it_needs() -> None:
    queue = ReadyQueue("abcd", DIAMOND)
    assert take_all(queue) == ["a"]
    assert take_all(queue) == []
    queue.succeeded("a")
    assert take_all(queue) == ["b", "c"]
    queue.succeeded("c")
    assert take_all(queue) == []
    queue.succeeded("b")
    assert take_all(queue) == ["d"]
    assert queue.waiting == ()


def test_of_several_steps_the_first_of_the_notebook_comes_first() -> None:
    queue = ReadyQueue("abcde", [("a", "e"), ("b", "c")])
    assert queue.take() == "a"
    queue.succeeded("a")
    assert take_all(queue) == ["b", "d", "e"]


def test_what_depends_on_a_failed_step_is_skipped_and_the_rest_goes_on() -> None:
    queue = ReadyQueue("abcdef", [*DIAMOND, ("d", "e")])
    assert take_all(queue) == ["a", "f"]
    queue.succeeded("a")
    assert take_all(queue) == ["b", "c"]
    assert queue.failed("b") == (Skip("d", "b"), Skip("e", "b"))
    queue.succeeded("c")
    assert take_all(queue) == []
    assert queue.failed("c") == (), "nothing is skipped twice"


def test_an_edge_given_twice_counts_once() -> None:
    queue = ReadyQueue("ab", [("a", "b"), ("a", "b")])
    assert queue.take() == "a"
    queue.succeeded("a")
    assert queue.take() == "b"


def test_a_step_that_is_dropped_is_not_handed_out() -> None:
    queue = ReadyQueue("ab", [])
    assert queue.drop("a")
    assert not queue.drop("a")
    assert take_all(queue) == ["b"]


def make_pipeline(*sources: str, slices: tuple[Slice, ...] = ()) -> Pipeline:
    steps = tuple(
        Step(name, name, (StepCell(number, name, source),), slices=slices)
        for number, (name, source) in enumerate(zip("abcd", sources, strict=False), 1)
    )
    edges = tuple(Edge(*pair) for pair in DIAMOND if len(sources) == 4)
    return Pipeline("p", "p.ipynb", "", steps, edges)


def test_targets_keep_what_they_need_and_nothing_else() -> None:
    part = narrow(make_pipeline("1", "2", "3", "4"), ["c"])
    assert [step.name for step in part] == ["a", "c"]
    assert [(edge.source, edge.target) for edge in part.edges] == [("a", "c")]
    whole = make_pipeline("1", "2", "3", "4")
    assert narrow(whole, []) == whole


def test_an_unknown_target_is_an_error_with_the_nearest_name() -> None:
    step = Step("train_model", "t", (StepCell(1, "a", "1"),))
    pipeline = Pipeline("p", "p", "", (step,))
    with pytest.raises(RunError, match="Did you mean 'train_model'"):
        narrow(pipeline, ["train_modle"])
    with pytest.raises(RunError, match="The steps are: train_model"):
        narrow(pipeline, ["x"])


def test_only_packages_whose_import_has_no_effect_are_imported_beforehand() -> None:
    sources = "import numpy as np, torch\n", "from sklearn.linear_model import Ridge", "import mine"
    slices = tuple(Slice("import", 1, line, text) for line, text in enumerate(sources, 1))
    assert preloads(make_pipeline("1", slices=slices)) == ("numpy", "sklearn.linear_model")


@pytest.mark.parametrize(
    "source", ["os.environ['OMP_NUM_THREADS'] = '1'", "%env A=1", "sys.path.insert(0, '.')"]
)
def test_nothing_is_imported_before_the_notebook_prepares_its_imports(source: str) -> None:
    imports = (Slice("import", 1, 1, "import numpy"),)
    assert preloads(make_pipeline("1", slices=imports)) == ("numpy",)
    assert preloads(make_pipeline(source, slices=imports)) == ()
