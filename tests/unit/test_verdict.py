from __future__ import annotations

from typing import Any

import pytest

from nbdag.verdict import (
    NOTHING,
    Match,
    Row,
    Seen,
    Stop,
    Trace,
    Verdict,
    compare,
    outputs_seen,
    without_unsteady,
)
from nbdag_converters.diagnostics import Diagnostic


def variables(**digests: str) -> dict[str, Seen]:
    return {name: Seen(digest, f"shown {digest}") for name, digest in digests.items()}


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def matches(rows: tuple[Row, ...]) -> dict[str, Match]:
    return {row.name: row.match for row in rows}


def test_equal_traces_are_equal_and_every_thing_has_a_row() -> None:
    trace = Trace(variables(x="1"), variables(**{"a.txt": "2"}), {3: Seen("out")})
    verdict = Verdict("n.ipynb", compare(trace, trace))
    assert verdict.equal
    assert {(row.kind, row.name) for row in verdict.rows} == {
        ("variable", "x"),
        ("file", "a.txt"),
        ("output", "cell 3"),
    }


def test_another_value_a_lost_one_and_an_extra_one_break_the_promise() -> None:
    rows = compare(Trace(variables(x="1", lost="2")), Trace(variables(x="9", extra="3")))
    assert matches(rows) == {
        "x": Match.DIFFERENT,
        "lost": Match.ONLY_NOTEBOOK,
        "extra": Match.ONLY_DAG,
    }
    verdict = Verdict("n.ipynb", rows)
    assert not verdict.equal
    assert not verdict.refused
    assert "does NOT" in str(verdict)
    assert "notebook: shown 1; DAG: shown 9" in str(verdict)


def test_a_value_without_a_digest_is_not_comparable() -> None:
    rows = compare(Trace({"f": Seen("", "socket")}), Trace({"f": Seen("", "socket")}))
    assert matches(rows) == {"f": Match.UNKNOWN}


def test_a_name_that_no_step_needs_may_be_missing_but_not_differ() -> None:
    unset = frozenset({"x", "y"})
    rows = compare(Trace(variables(x="1", y="1")), Trace(variables(y="2"), unset=unset))
    assert matches(rows) == {"x": Match.UNKNOWN, "y": Match.DIFFERENT}


def test_a_cell_that_shows_something_in_one_run_only_is_different() -> None:
    rows = compare(Trace(outputs={1: Seen("a", "a")}), Trace(outputs={2: Seen("a", "a")}))
    assert matches(rows) == {"cell 1": Match.DIFFERENT, "cell 2": Match.DIFFERENT}


def test_text_files_must_have_the_same_bytes_and_pickles_may_not() -> None:
    here = Trace(files=variables(**{"a.csv": "1", "m.pkl": "1"}))
    there = Trace(files=variables(**{"a.csv": "2", "m.pkl": "2"}))
    assert matches(compare(here, there)) == {"a.csv": Match.DIFFERENT, "m.pkl": Match.UNKNOWN}


@pytest.mark.parametrize(
    ("dag", "match"),
    [
        (Stop(2, "KeyError"), Match.EQUAL),
        (Stop(3, "KeyError"), Match.DIFFERENT),
        (Stop(2, "NameError"), Match.DIFFERENT),
        (None, Match.DIFFERENT),
    ],
)
def test_a_failing_notebook_has_to_fail_in_the_same_cell_with_the_same_exception(
    dag: Stop | None, match: Match
) -> None:
    rows = compare(Trace(stop=Stop(2, "KeyError")), Trace(stop=dag))
    assert [row.match for row in rows] == [match]


def test_an_error_that_only_the_dag_has_is_a_difference() -> None:
    assert not Verdict("n", compare(Trace(), Trace(stop=Stop(1, "NameError")))).equal


def test_after_an_error_only_what_cells_up_to_it_showed_counts() -> None:
    here = Trace(outputs={1: Seen("a"), 2: Seen("e")}, stop=Stop(2, "E"))
    there = Trace(outputs={1: Seen("b"), 2: Seen("e"), 5: Seen("later")}, stop=Stop(2, "E"))
    assert matches(compare(here, there)) == {
        "": Match.EQUAL,
        "cell 1": Match.DIFFERENT,
        "cell 2": Match.EQUAL,
    }


def test_what_differs_between_two_runs_of_the_notebook_is_not_comparable() -> None:
    rows = compare(Trace(variables(clock="1", x="1")), Trace(variables(clock="2", x="2")))
    again = compare(Trace(variables(clock="1", x="1")), Trace(variables(clock="3", x="1")))
    assert matches(without_unsteady(rows, again)) == {
        "clock": Match.UNKNOWN,
        "x": Match.DIFFERENT,
    }


def test_a_refusal_is_neither_equal_nor_a_difference() -> None:
    verdict = Verdict("n", diagnostics=(Diagnostic("NB320", "error", "no", cell=2),))
    assert verdict.refused
    assert not verdict.equal
    assert str(verdict) == "NB320 cell 2: no"


def test_pieces_of_one_stream_are_one_and_streams_are_told_apart() -> None:
    whole, pieces = [stream("ab")], [stream("a"), stream("b")]
    assert outputs_seen(whole) == outputs_seen(pieces)
    assert outputs_seen(whole).digest != outputs_seen([stream("ab", "stderr")]).digest
    assert outputs_seen([stream("")]) == outputs_seen([]) == NOTHING


def test_outputs_are_not_changed_by_being_compared() -> None:
    pieces = [stream("a"), stream("b")]
    outputs_seen(pieces)
    assert pieces == [stream("a"), stream("b")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<object at 0x7f1234567890>", "<object at 0x7fabcdef0123>"),
        ("Wall time: 3 ms\nx", "Wall time: 12.1 µs\nx"),
        ("1.2 µs ± 3 ns per loop (mean)", "22 ns ± 0.1 ns per loop (mean)"),
        ('<div id="sk-container-id-1">', '<div id="sk-container-id-4">'),
    ],
)
def test_addresses_times_and_counted_ids_do_not_count(one: str, other: str) -> None:
    assert outputs_seen([stream(one)]) == outputs_seen([stream(other)])


def test_of_an_error_the_traceback_does_not_count_but_its_text_does() -> None:
    def error(text: str, traceback: str) -> list[dict[str, Any]]:
        return [
            {
                "output_type": "error",
                "ename": "ValueError",
                "evalue": text,
                "traceback": [traceback],
            }
        ]

    assert outputs_seen(error("x", "line 1")) == outputs_seen(error("x", "line 2"))
    assert outputs_seen(error("x", "")) != outputs_seen(error("y", ""))


def test_results_and_displays_are_compared_in_all_their_forms() -> None:
    def result(kind: str, **data: object) -> list[dict[str, Any]]:
        return [{"output_type": kind, "data": data, "execution_count": 4}]

    shown = outputs_seen(result("execute_result", text="1", html=["<b>", "1"]))
    assert shown == outputs_seen(result("execute_result", html="<b>1", text="1"))
    assert shown != outputs_seen(result("execute_result", text="1"))
    assert shown != outputs_seen(result("display_data", text="1", html="<b>1"))
