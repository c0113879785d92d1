"""The guard: changes that nobody expected, and objects that several names share."""

from __future__ import annotations

import pytest

from judging import LOAD, Made, constant, full_report, judged, pipeline_of
from nbdag_converters.guard import inspect, judge

# Changes that nobody saw ----------------------------------------------------------------


@pytest.mark.parametrize("did", ["changed", "bound", "deleted"])
def test_a_change_that_was_not_expected_is_an_error_when_a_later_step_has_the_old_value(
    did: str,
) -> None:
    change = Made("change", "hidden(x)", inputs="x:load", report={did: ["x"]})
    use = Made("use", "print(x)", inputs="x:load")
    assert judged(LOAD, change, use) == [("NB250", 20)]


def test_a_change_is_nobodys_concern_when_no_later_step_reads_the_name() -> None:
    use = Made("use", "print(x)", inputs="x:load")
    change = Made("change", "hidden(x)", inputs="x:load", report={"changed": ["x"]})
    other = Made("other", "print(1)")
    assert judged(LOAD, use, change, other) == []


def test_a_change_is_right_when_later_steps_have_its_version() -> None:
    change = Made("change", "x.append(1)", "x:load", "x", report={"changed": ["x"]})
    use = Made("use", "print(x)", inputs="x:change")
    assert judged(LOAD, change, use) == []


def test_a_change_does_not_matter_once_the_name_was_made_anew() -> None:
    change = Made("change", "hidden(x)", inputs="x:load", report={"changed": ["x"]})
    anew = Made("anew", "x = 3", changes="x", report={"bound": ["x"]})
    use = Made("use", "print(x)", inputs="x:anew")
    assert judged(LOAD, change, anew, use) == []


def test_an_expected_change_is_an_error_too_when_the_plan_gives_the_old_value() -> None:
    change = Made("change", "x.append(1)", "x:load", "x", report={"changed": ["x"]})
    use = Made("use", "print(x)", inputs="x:load")
    assert judged(LOAD, change, use) == [("NB250", 20)]


def test_an_expected_change_that_did_not_happen_is_none() -> None:
    change = Made("change", "if False: x.append(1)", "x:load", "x")
    use = Made("use", "print(x)", inputs="x:load")
    assert judged(LOAD, change, use) == []


def test_the_error_is_there_before_the_victim_has_run() -> None:
    change = Made("change", "hidden(x)", inputs="x:load", report={"changed": ["x"]})
    use = Made("use", "print(x)", inputs="x:load")
    made = (LOAD, change, use)
    found = inspect(pipeline_of(made), {"change": full_report(change)})
    assert [(one.step, one.victims) for one in found] == [("change", ("use",))]


def test_a_slice_that_reads_a_name_counts_as_a_reader() -> None:
    change = Made("change", "hidden(x)", inputs="x:load", report={"changed": ["x"]})
    late = Made("late", "print(y)", slices=[constant("y", 25, inputs="x:load")])
    early = Made("early", "print(y)", slices=[constant("y", 15, inputs="x:load")])
    assert judged(LOAD, change, late) == [("NB250", 20)]
    assert judged(LOAD, change, early) == [], "its statement comes before the change"


def test_a_slice_that_makes_a_changed_value_anew_is_an_error() -> None:
    config = constant("config", 1)
    change = Made("change", "hidden()", slices=[config], report={"changed": ["config"]})
    use = Made("use", "print(config)", slices=[config])
    assert judged(LOAD, change, use) == [("NB250", 20)]


def test_a_slice_from_below_the_change_is_right() -> None:
    change = Made("change", "hidden()", slices=[constant("c", 1)], report={"changed": ["c"]})
    use = Made("use", "print(c)", slices=[constant("c", 1), constant("c", 25)])
    assert judged(LOAD, change, use) == []


def test_a_definition_in_the_cell_of_a_step_and_repeated_in_a_later_one_is_right() -> None:
    define = Made("define", "def f(): ...", changes="f", report={"bound": ["f"]})
    use = Made("use", "f()", slices=[constant("f", 10, kind="definition")])
    assert judged(define, use) == []


def test_an_import_that_is_repeated_in_a_cell_is_right() -> None:
    np = constant("np", 1, kind="import")
    again = Made("again", "import numpy as np", report={"bound": ["np"]})
    assert judged(LOAD, again, Made("use", "np.ones(1)", slices=[np])) == []


def test_a_step_that_gets_the_changed_value_beside_the_slice_is_right() -> None:
    config = constant("c", 1)
    change = Made("change", "c[1] = 2", "", "c", slices=[config], report={"changed": ["c"]})
    use = Made("use", "print(c)", inputs="c:change", slices=[config])
    assert judged(LOAD, change, use) == []


def test_a_step_whose_cells_come_on_both_sides_is_judged_by_the_plan() -> None:
    both = Made("both", "x = 1", changes="x", cells=(10, 30), report={"bound": ["x"]})
    between = Made("between", "print(x)", inputs="x:first", cells=(20,))
    first = Made("first", "x = 0", changes="x", cells=(5,), report={"bound": ["x"]})
    assert judged(first, both, between) == []


def test_an_unexpected_change_in_a_step_on_both_sides_may_be_before_the_reader() -> None:
    first = Made("first", "x = []", changes="x", cells=(5,), report={"bound": ["x"]})
    both = Made("both", "hidden(x)", "x:first", cells=(10, 30), report={"changed": ["x"]})
    between = Made("between", "print(x)", inputs="x:first", cells=(20,))
    assert judged(first, both, between) == [("NB250", 30)]


def test_a_name_that_exec_sets_is_an_error_when_a_later_step_speaks_of_it() -> None:
    secret = Made("secret", "exec(code)", report={"bound": ["x"]})
    assert judged(secret, Made("use", "try:\n  x\nexcept NameError: x = 0", changes="x")) == [
        ("NB258", 10)
    ]
    assert judged(secret, Made("use", "print(xs)")) == []
    assert judged(secret, Made("use", "print(x)", before="x")) == [], "reading it stops the step"


def test_names_of_ipython_are_nobodys_concern() -> None:
    shown = Made("shown", "1 + 1", report={"bound": ["_", "__", "_1", "_i1", "_ih", "Out", "_oh"]})
    assert judged(shown, Made("use", "print(_, _1, Out)")) == []


def test_an_underscored_name_of_the_user_is_a_name() -> None:
    change = Made("change", "hidden()", inputs="_x:load", report={"changed": ["_x"]})
    assert judged(LOAD, change, Made("use", "_x", inputs="_x:load")) == [("NB250", 20)]


def test_the_place_is_the_reported_line() -> None:
    source = "a = 1\nhidden(x)\nx"
    report = {"changed": ["x"], "lines": {"x": [20, 2]}}
    made = (LOAD, Made("change", source, "x:load", report=report), Made("use", inputs="x:load"))
    (found,) = judge(pipeline_of(made), {"change": report})
    assert (found.cell, found.line, found.source) == (20, 2, "hidden(x)")
    assert "step 'change' changed 'x'" in found.message
    assert "'use'" in found.message
    assert "`x = x`" in found.fix


# Objects with several names -------------------------------------------------------------

PAIR = Made(
    "pair", "a = []; b = a", changes="a b", report={"bound": ["a", "b"], "shared": [["a", "b"]]}
)


def test_a_change_through_one_name_is_an_error_when_a_later_step_reads_the_other() -> None:
    change = Made("change", "a.append(1)", "a:pair", "a", report={"changed": ["a"]})
    use = Made("use", "print(b)", inputs="b:pair")
    assert judged(PAIR, change, use) == [("NB251", 20)]


def test_a_change_is_right_when_the_other_name_comes_from_the_changing_step_too() -> None:
    change = Made("change", "a.append(1)", "a:pair b:pair", "a b", report={"changed": ["a", "b"]})
    use = Made("use", "print(b)", inputs="b:change")
    assert judged(PAIR, change, use) == []


def test_sharing_without_a_change_is_right() -> None:
    assert judged(PAIR, Made("r", "a", "a:pair"), Made("use", "print(b)", inputs="b:pair")) == []


def test_a_name_that_was_bound_to_another_object_shares_nothing() -> None:
    rebind = Made("rebind", "a = 3", "a:pair", "a", report={"bound": ["a"]})
    use = Made("use", "print(b)", inputs="b:pair")
    assert judged(PAIR, rebind, use) == []


def test_a_reader_above_the_change_is_right() -> None:
    use = Made("use", "print(b)", inputs="b:pair")
    change = Made("change", "a.append(1)", "a:pair", "a", report={"changed": ["a"]})
    assert judged(PAIR, use, change) == []


def test_sharing_that_comes_to_be_in_a_later_step_reaches_back_to_the_input() -> None:
    wrap = Made(
        "wrap",
        "box = [x]",
        "x:load",
        "box",
        report={"bound": ["box"], "shared": [["x", "box"]]},
    )
    fill = Made("fill", "box[0].append(1)", "box:wrap", "box", report={"changed": ["box"]})
    use = Made("use", "print(x)", inputs="x:load")
    assert judged(LOAD, wrap, fill, use) == [("NB251", 30)]


def test_sharing_is_followed_over_several_steps() -> None:
    report = {"bound": ["b"], "shared": [["x", "b"]]}
    one = Made("one", "b = x", "x:load", "b", report=report)
    two = Made("two", "c = b", "b:one", "c", report={"bound": ["c"], "shared": [["b", "c"]]})
    three = Made("three", "c.append(1)", "c:two", "c", report={"changed": ["c"]})
    assert judged(LOAD, one, two, three, Made("use", "x", "x:load")) == [("NB251", 40)]


def test_sharing_outlives_a_change_in_place() -> None:
    grow = Made("grow", "a.append(1)", "a:pair b:pair", "a b", report={"changed": ["a", "b"]})
    more = Made("more", "a.append(1)", "a:grow", "a", report={"changed": ["a"]})
    use = Made("use", "print(b)", inputs="b:grow")
    grown = Made(
        "grow", grow.source, grow.inputs, grow.changes, report={"changed": ["a"], "shared": []}
    )
    assert judged(PAIR, grow, more, use) == [("NB251", 30)]
    assert ("NB251", 30) in judged(PAIR, grown, more, Made("use", "print(b)", inputs="b:pair"))


def test_two_parts_of_one_container_do_not_share_because_of_it() -> None:
    report = {"bound": ["a", "b", "both"], "shared": [["a", "both"], ["b", "both"]]}
    make = Made("make", "both = [a, b]", changes="a b both", report=report)
    change = Made("change", "a.append(1)", "a:make", "a", report={"changed": ["a"]})
    assert judged(make, change, Made("use", "print(b)", inputs="b:make")) == []
    assert judged(make, change, Made("use", "both", inputs="both:make")) == [("NB251", 20)]


def test_a_slice_shares_with_what_was_made_of_it() -> None:
    default = constant("default", 1)
    make = Made(
        "make",
        "used = default",
        changes="used",
        slices=[default],
        report={"bound": ["used"], "shared": [["default", "used"]]},
    )
    change = Made("change", "used[1] = 2", "used:make", "used", report={"changed": ["used"]})
    use = Made("use", "print(default)", slices=[default])
    assert judged(make, change, use) == [("NB251", 20)]


def test_a_view_of_what_was_loaded_shares_with_it_though_the_name_was_bound_anew() -> None:
    cut = Made(
        "cut",
        "a = a[1:]",
        "a:pair",
        "a",
        report={"bound": ["a"], "shared": [["a", "a@pair"]]},
    )
    change = Made("change", "a[0] = 1", "a:cut", "a", report={"changed": ["a"]})
    use = Made("use", "print(b)", inputs="b:pair")
    assert judged(PAIR, cut, change, use) == [("NB251", 30)]


def test_two_copies_of_one_object_in_a_step_are_an_error_when_it_changes_one() -> None:
    wrap = Made("wrap", "b = x", "x:load", "b", report={"bound": ["b"], "shared": [["x", "b"]]})
    both = Made("both", "b.append(1); x", "x:load b:wrap", "b", report={"changed": ["b"]})
    assert judged(LOAD, wrap, both) == [("NB252", 30)]
    unchanged = Made("both", "print(b, x)", "x:load b:wrap")
    assert judged(LOAD, wrap, unchanged) == []


def test_a_slice_from_the_cell_of_a_step_is_that_steps_version() -> None:
    report = {"bound": ["rows", "add"], "shared": [["rows", "add"]]}
    make = Made("make", "rows = []; add = partial(…, rows)", changes="rows add", report=report)
    call = Made("call", "add(1)", "add:make", report={"changed": ["add"]})
    rows = constant("rows", 10)
    assert judged(make, call, Made("use", "len(rows)", slices=[rows])) == [("NB251", 20)]
    assert judged(make, Made("use", "len(rows)", slices=[rows]), call) == []


def test_an_old_value_that_a_slice_needs_for_another_slice_is_right() -> None:
    make = Made("make", "a = [1]; b = a", changes="a b", report={"bound": ["a", "b"]})
    slices = [constant("a", 10), constant("b", 10)]
    again = Made("again", "a = a + [2]", "", "a", slices=slices, report={"bound": ["a"]})
    grow = Made("grow", "b.append(9)", "", "b", slices=slices, report={"changed": ["a", "b"]})
    use = Made("use", "a, b", "b:grow", slices=[*slices, constant("a", 20)])
    assert judged(make, again, grow, use) == []


def test_slices_that_make_two_names_again_make_them_share_again() -> None:
    report = {"bound": ["a", "b"], "shared": [["a", "b"]]}
    make = Made("make", "a = [1]; b = a", changes="a b", report=report)
    slices = [constant("a", 10), constant("b", 10)]
    changed = {"changed": ["a", "b"], "shared": [["a", "b"]]}
    both = Made("both", "b.append(2)", "", "a b", slices=slices, report=changed)
    assert judged(make, both, Made("use", "a, b", "a:both b:both")) == []


def test_a_value_that_is_loaded_and_one_that_a_slice_makes_are_two_copies() -> None:
    report = {"bound": ["a", "b"], "shared": [["a", "b"]]}
    make = Made("make", "a = [1]; b = wrap(a)", changes="a b", report=report)
    both = Made("both", "b.add(2); a", "b:make", "b", slices=[constant("a", 10)])
    changed = Made(
        "both",
        both.source,
        both.inputs,
        both.changes,
        slices=both.slices,
        report={"changed": ["b"]},
    )
    assert judged(make, changed) == [("NB252", 20)]
    assert judged(make, both) == []
