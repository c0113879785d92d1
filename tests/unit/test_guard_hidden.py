"""The guard: names asked for in vain, random numbers, files, the environment."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from judging import LOAD, Made, found_one_by_one, full_report, judged, pipeline_of
from nbdag_converters.guard import inspect, judge
from nbdag_converters.model import Slice

PAIR = Made(
    "pair", "a = []; b = a", changes="a b", report={"bound": ["a", "b"], "shared": [["a", "b"]]}
)


# Missed names, random numbers -----------------------------------------------------------


def test_a_name_that_was_asked_for_in_vain_is_an_error() -> None:
    use = Made("use", "globals()[n]", before="x", report={"missed": ["x"]})
    assert judged(LOAD, use) == [("NB253", 20)]


def test_a_set_whose_order_is_lost_is_an_error_only_when_it_travels() -> None:
    make = Made("make", "s = set()", changes="s", report={"bound": ["s"], "unordered": ["s"]})
    assert judged(make, Made("use", "s", inputs="s:make")) == [("NB257", 10)]
    assert judged(make, Made("use", "1")) == []


def drew(before: int, after: int) -> dict[str, Any]:
    """Return the report of a step that found the generator at state *before*."""
    return {"random": ["numpy"], "states": {"numpy": [before, after]}}


SEED = Made("seed", "np.random.seed(0)", changes="@random.numpy", report=drew(0, 1))


def test_draws_that_get_the_state_from_step_to_step_are_right() -> None:
    one = Made("one", "draw()", "@random.numpy:seed", "@random.numpy", report=drew(1, 2))
    two = Made("two", "draw()", "@random.numpy:one", "@random.numpy", report=drew(2, 3))
    assert judged(SEED, one, two) == []


def test_a_hidden_draw_between_two_that_were_seen_is_an_error() -> None:
    hidden = Made("hidden", "fit()", report=drew(77, 78))
    two = Made("two", "draw()", "@random.numpy:seed", "@random.numpy", report=drew(1, 2))
    assert judged(SEED, hidden, two) == [("NB254", 20), ("NB254", 30)]


def test_a_hidden_draw_in_the_cell_that_seeds_is_an_error_for_the_next_draw() -> None:
    both = Made("both", "np.random.seed(0); fit()", report=drew(0, 5))
    seed = Slice("setup", 10, 1, "np.random.seed(0)")
    assert judged(both, Made("next", "draw()", slices=[seed], report=drew(1, 2))) == [("NB254", 20)]
    assert judged(SEED, Made("next", "draw()", slices=[seed], report=drew(1, 2))) == []


def test_a_hidden_draw_after_a_seed_is_an_error_though_no_other_step_draws() -> None:
    assert judged(SEED, Made("hidden", "fit()", report=drew(77, 78))) == [("NB254", 20)]
    above = Slice("setup", 1, 1, "np.random.seed(0)")
    unseeded = Made("other", "1", slices=[above])
    assert judged(unseeded, Made("hidden", "fit()", report=drew(77, 78))) == [("NB254", 20)]


def test_draws_that_nobody_seeds_are_nobodys_concern() -> None:
    made = [Made(name, "fit()", report=drew(n, n + 50)) for n, name in enumerate("abc")]
    assert judged(*made) == []


def test_a_seed_below_does_not_reach_up() -> None:
    assert judged(Made("a", "fit()", report=drew(8, 9)), SEED) == []


def test_a_generator_of_its_own_or_another_library_seeds_nothing() -> None:
    for source in ("rng = np.random.default_rng(seed)", "random.seed(0)", "seeds = [1, 2]"):
        made = Made("own", source), Made("hidden", "fit()", report=drew(7, 8))
        assert judged(*made) == [], source


@pytest.mark.parametrize("source", ["seed_everything(1)", "lib.set_seed(3)", "np.random.seed( 1 )"])
def test_a_function_that_speaks_of_a_seed_may_seed_all(source: str) -> None:
    made = Made("helper", source, report=drew(0, 1)), Made("hidden", "fit()", report=drew(7, 8))
    assert judged(*made) == [("NB254", 20)]


def test_a_seed_that_is_repeated_in_each_step_is_wrong_after_draws() -> None:
    seed = Slice("setup", 1, 1, "np.random.seed(0)")
    one = Made("one", "draw()", slices=[seed], report=drew(1, 2))
    two = Made("two", "draw()", slices=[seed], report=drew(1, 2))
    assert judged(one) == []
    assert judged(one, two) == [("NB254", 20)]


def test_a_step_that_seeds_as_a_later_one_did_is_right_before_that_one_has_ended() -> None:
    again = Made("again", "np.random.seed(1)", report=drew(0, 9))
    seed = Slice("setup", 20, 1, "np.random.seed(1)")
    made = SEED, again, Made("draw", "draw()", slices=[seed], report=drew(9, 10))
    reports = {one.name: full_report(one) for one in made}
    assert judged(*made) == []
    for names in permutations(reports):
        assert found_one_by_one(pipeline_of(made), reports, names) == set(), names


def test_a_seed_in_the_step_itself_makes_it_right() -> None:
    two = Made("two", "np.random.seed(1); draw()", report=drew(77, 5))
    assert judged(SEED, two) == []


# Files, environment ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two", "clash"),
    [
        ({"writes": ["d.csv"]}, {"reads": ["d.csv"]}, True),
        ({"reads": ["d.csv"]}, {"writes": ["d.csv"]}, True),
        ({"writes": ["d.csv"]}, {"writes": ["d.csv"]}, True),
        ({"reads": ["d.csv"]}, {"reads": ["d.csv"]}, False),
        ({"writes": ["a.csv"]}, {"writes": ["b.csv"]}, False),
        ({"writes": ["out/a.csv"]}, {"reads": ["out"]}, True),
        ({"reads": ["out"]}, {"writes": ["out/deep/a.csv"]}, True),
        ({"reads": ["out"]}, {"writes": ["outer.csv"]}, False),
        ({"writes": ["out", "out/a"]}, {"writes": ["out", "out/b"]}, False),
        ({"writes": ["out/a"]}, {"reads": ["."]}, True),
    ],
)
def test_steps_without_an_order_that_use_one_file(
    one: dict[str, Any], two: dict[str, Any], clash: object
) -> None:
    first, second = Made("one", "save()", report=one), Made("two", "load()", report=two)
    assert judged(first, second) == ([("NB255", 20)] if clash else [])
    ordered = Made("two", "load()", after="one", report=two)
    assert judged(first, ordered) == []


def test_an_order_through_other_steps_is_an_order() -> None:
    one = Made("one", report={"writes": ["f"]})
    three = Made("three", after="two", report={"reads": ["f"]})
    assert judged(one, Made("two", after="one"), three) == []


def test_a_changed_environment_is_an_error_unless_later_steps_repeat_it() -> None:
    setup = Slice("setup", 10, 1, "os.environ['A'] = '1'")
    change = Made("change", "os.environ['A'] = '1'", report={"environ": True})
    assert judged(change, Made("use")) == [("NB256", 10)]
    assert judged(change, Made("use", slices=[setup])) == []
    assert judged(change) == []
    folder = Made("folder", "os.chdir('x')", report={"cwd": True})
    assert judged(folder, Made("use")) == [("NB256", 10)]


def test_more_reports_never_take_an_error_away() -> None:
    change = Made("change", "a.append(1)", "a:pair", "a", report={"changed": ["a"]})
    made = (PAIR, change, Made("use", "print(b)", inputs="b:pair", report={"writes": ["f"]}))
    pipeline, reports = pipeline_of(made), {one.name: full_report(one) for one in made}
    keys: set[tuple[str, str, str]] = set()
    for count in range(len(made) + 1):
        now = {f.key for f in inspect(pipeline, dict(list(reports.items())[:count]))}
        assert keys <= now
        keys = now
    assert len(keys) == 1


def test_a_report_of_another_shape_is_read_as_empty() -> None:
    pipeline = pipeline_of((LOAD, Made("use", inputs="x:load")))
    odd: dict[str, Any] = {
        "changed": None,
        "shared": [],
        "lines": {"x": []},
        "loaded": 3,
        "reads": "abc",
    }
    assert judge(pipeline, {"load": odd, "gone": {"changed": ["x"]}}) == ()
