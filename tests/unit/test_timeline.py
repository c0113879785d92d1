"""The spans in which steps ran, and their drawing."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from nbdag.report.spans import Span, counts, most_at_once, spans_of
from nbdag.report.timeline import Bar, ticks, timeline
from nbdag.runs.events import RunEvent
from nbdag_converters.drawing import StepState

EVENTS = [
    RunEvent(10.0, "launched", "a", {"attempt": 1}),
    RunEvent(10.5, "started", "a"),
    RunEvent(11.0, "retrying", "a", {"after": 1}),
    RunEvent(12.0, "launched", "a", {"attempt": 2}),
    RunEvent(12.0, "finished", "b", {"phase": "Succeeded", "cached": True}),
    RunEvent(12.5, "launched", "c", {"attempt": 1}),
    RunEvent(13.0, "finished", "a", {"phase": "Succeeded"}),
    RunEvent(13.0, "skipped", "d"),
]


def test_a_step_has_a_span_for_each_attempt_and_one_of_no_length_where_it_is_cached() -> None:
    assert spans_of(EVENTS, end=14.0) == {
        "a": (Span(10.5, 11.0, last=False), Span(12.0, 13.0)),
        "b": (Span(12.0, 12.0),),
        "c": (Span(12.5, 14.0),),
    }


def test_how_many_steps_ran_at_once_is_counted_at_each_change() -> None:
    spans = {"a": (Span(0, 2),), "b": (Span(1, 3),), "c": (Span(2, 4),), "d": (Span(9, 9),)}
    assert counts(spans.values()) == [(0, 1), (1, 2), (3, 1), (4, 0)]
    assert most_at_once(spans) == 2
    assert most_at_once({}) == 0


@pytest.mark.parametrize("length", [0.004, 0.3, 1, 7.3, 59, 61, 599, 3599, 3601, 90_000, 4e6])
def test_ticks_are_few_even_and_inside(length: float) -> None:
    found = ticks(length)
    assert 2 <= len(found) <= 9
    assert found[0] == 0.0
    assert found[-1] <= length * (1 + 1e-9)
    sizes = {round(after - before, 9) for before, after in pairwise(found)}
    assert len(sizes) == 1


def test_a_drawing_shows_bars_where_the_steps_ran() -> None:
    bars = [
        Bar("first", StepState("Succeeded", 2.0), (Span(0, 2),)),
        Bar("a <b> & c", StepState("Failed", 6.0), (Span(2, 4, last=False), Span(4, 8))),
    ]
    root = ElementTree.fromstring(timeline(bars, length=8.0))
    found = [e for e in root.iter() if e.get("class", "").startswith("bar")]
    places = [(float(e.get("x", "")), float(e.get("width", ""))) for e in found]
    assert [e.get("class") for e in found] == ["bar", "bar earlier", "bar"]
    unit = places[0][1] / 2
    assert places[1] == pytest.approx((places[0][0] + 2 * unit, 2 * unit), abs=0.2)
    assert places[2] == pytest.approx((places[0][0] + 4 * unit, 4 * unit), abs=0.2)
    assert "a <b> & c" in [e.text for e in root.iter()]


def test_a_drawing_of_no_step_and_of_no_time_is_well_formed() -> None:
    assert timeline([], length=3.0) == ""
    text = timeline([Bar("a", StepState("cached", 0.0), (Span(0, 0),))], length=0.0)
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert not re.search(r"nan|inf", text)
