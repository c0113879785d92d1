"""Drawings of pipelines: SVG that is well-formed and safe, text, Mermaid, DOT."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbdag_converters.drawing import StepState, dot, duration, mermaid, svg, text
from nbdag_converters.drawing.edges import cell_span, drawn_edges, phrase
from nbdag_converters.drawing.states import ICONS
from nbdag_converters.drawing.widths import columns, pixels, shorten
from nbdag_converters.model import Edge, Pipeline, Reason, Step, StepCell
from nbdag_converters.model.pipeline import Condition, Loop, Rule

SVG = "{http://www.w3.org/2000/svg}"


def step(name: str, title: str = "", cells: Iterable[int] = (1,)) -> Step:
    return Step(name, title or name, tuple(StepCell(n, f"c{n}", "pass") for n in cells))


def edge(source: str, target: str, *names: str, files: tuple[str, ...] = ()) -> Edge:
    return Edge(source, target, names, files, (Reason("read", names or files, 3, 2),))


def pipeline(*steps: Step, edges: Iterable[Edge] = ()) -> Pipeline:
    return Pipeline("fraud", "fraud.ipynb", "python3", steps, tuple(edges))


FRAUD = pipeline(
    step("aws", "Read from AWS", [2, 3]),
    step("ceph", "Read from Ceph", [5]),
    step("clean", "Clean & <join>", [6]),
    step("train", "train", [7, 9]),
    step("report", "A title that is much too long for the box that it stands in", [10]),
    edges=[
        edge("aws", "clean", "tx"),
        edge("ceph", "clean", "tx2", files=("data/x.csv",)),
        edge("clean", "train", "features", "@random.numpy"),
        edge("train", "report", "model"),
        edge("aws", "report"),
    ],
)
STATES = {
    "aws": StepState("Succeeded", 3.24),
    "ceph": StepState("cached"),
    "clean": StepState("Failed", 71, "cell 6, line 3: KeyError"),
    "train": StepState("Skipped", None, "'clean' failed"),
}


def texts(drawing: str, kind: str) -> list[str]:
    root = ET.fromstring(drawing)
    return ["".join(found.itertext()) for found in root.iter(SVG + kind)]


# SVG


def test_an_edge_that_only_orders_is_left_out_where_a_longer_way_says_it() -> None:
    pairs = [(found.source, found.target) for found in drawn_edges(FRAUD)]
    assert ("aws", "report") not in pairs
    assert len(pairs) == 4


def test_an_edge_that_carries_something_is_always_drawn() -> None:
    steps = [step("a"), step("b"), step("c")]
    edges = [edge("a", "b", "x"), edge("b", "c", "y"), edge("a", "c", "x")]
    assert drawn_edges(pipeline(*steps, edges=edges)) == tuple(edges)


def test_the_svg_names_each_step_and_says_on_edges_what_travels() -> None:
    titles = texts(svg(FRAUD), "title")
    assert "Pipeline fraud" in titles[0]
    assert any(t.startswith("ceph → clean: tx2, data/x.csv\nreads tx2") for t in titles)
    assert any("random state of numpy" in t for t in titles)
    assert any("Clean & <join> (clean)\ncell 6" in t for t in titles)


def test_the_svg_is_accessible() -> None:
    root = ET.fromstring(svg(FRAUD, STATES))
    assert root.get("role") == "img"
    ids = {found.get("id") for found in root.iter()}
    assert set(str(root.get("aria-labelledby")).split()) <= ids
    assert "Read from AWS (3.2 s)" in texts(svg(FRAUD, STATES), "desc")[0]
    assert "train before report" in texts(svg(FRAUD), "desc")[0]


def test_each_state_has_an_icon_of_its_own_and_a_class_for_its_colour() -> None:
    icons: set[str] = set()
    for look in ICONS:
        drawing = svg(pipeline(step("a")), {"a": StepState(look)})
        assert f'class="step {look}"' in drawing
        found = re.search(r'<path class="icon".*? d="(.*?)"', drawing)
        assert found
        icons.add(found[1])
    assert len(icons) == len(ICONS)


def test_a_long_title_is_cut_and_whole_in_the_tooltip() -> None:
    drawing = svg(FRAUD)
    shown = [t for t in texts(drawing, "text") if t.startswith("A title")]
    assert shown[0].endswith("…")
    assert pixels(shown[0], 13) <= 160
    assert any("that it stands in (report)" in title for title in texts(drawing, "title"))


def test_where_it_failed_and_why_it_was_skipped_stands_in_the_node() -> None:
    shown = texts(svg(FRAUD, STATES), "text")
    assert any(t.startswith("failed · cell 6") for t in shown)
    assert "skipped · 'clean' failed" in shown


def test_the_svg_holds_no_script_and_refers_to_nothing_outside() -> None:
    drawing = svg(FRAUD, STATES)
    root = ET.fromstring(drawing)
    assert not list(root.iter(SVG + "script"))
    assert set(re.findall(r'https?://[^"\s]+', drawing)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\((?!#)", drawing)


def test_two_drawings_on_one_page_do_not_touch_each_other() -> None:
    first, second = svg(FRAUD), svg(FRAUD, STATES)
    names = [str(ET.fromstring(drawing).get("id")) for drawing in (first, second)]
    assert names[0] != names[1]
    style = texts(first, "style")[0]
    outside = re.sub(r"@[^{]*\{|to\{[^}]*\}", "", style)
    selectors = [s.strip(" }\n") for s in re.findall(r"([^{};]+)\{", outside)]
    assert selectors
    assert all(part.startswith(f"#{names[0]}") for s in selectors for part in s.split(","))


def test_it_works_in_the_dark_and_in_jupyterlab() -> None:
    style = texts(svg(FRAUD), "style")[0]
    assert "prefers-color-scheme:dark" in style
    assert "var(--jp-layout-color1,#ffffff)" in style
    assert "prefers-reduced-motion" in style


def test_without_css_attributes_give_the_colours() -> None:
    bare = re.sub(r"<style>.*?</style>", "", svg(FRAUD), flags=re.S)
    root = ET.fromstring(bare)
    assert all(found.get("fill") for found in root.iter(SVG + "text"))


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=100, derandomize=True)
def test_any_title_and_detail_give_well_formed_svg(title: str, detail: str) -> None:
    states = {"a": StepState("Failed", 1.0, detail)}
    ET.fromstring(svg(pipeline(step("a", title or "a")), states))


def test_an_empty_pipeline_is_drawn() -> None:
    empty = pipeline()
    assert ET.fromstring(svg(empty)).tag == SVG + "svg"
    assert text(empty) == "no steps\n"
    assert mermaid(empty) == "flowchart TD\n"
    assert dot(empty).startswith('digraph "fraud" {')


# Text


def test_rails_lead_to_the_steps_that_need_them() -> None:
    lines = [line.split("  ←")[0].rstrip() for line in text(FRAUD).splitlines()]
    assert lines == [
        "●    aws",
        "│ ●  ceph",
        "●─╯  clean",
        "●    train",
        "●    report",
    ]


def test_a_rail_that_a_line_passes_is_not_joined_to_it() -> None:
    steps = [step(name) for name in "abcde"]
    edges = [edge("a", "d", "x"), edge("b", "e", "y"), edge("c", "d", "z")]
    lines = text(pipeline(*steps, edges=edges)).splitlines()
    assert lines[3].startswith("●─│─╯  d")
    assert lines[4].startswith("  ●    e")


def test_steps_that_have_nothing_to_do_with_each_other_do_not_stand_in_one_line() -> None:
    lines = text(pipeline(step("a"), step("b"), step("c"))).splitlines()
    assert [line.index("●") for line in lines] == [0, 2, 0]


def test_names_stand_beside_the_step_that_takes_them() -> None:
    lines = text(FRAUD).splitlines()
    assert lines[2].endswith("← tx, tx2, data/x.csv")
    assert lines[3].endswith("← features, random state of numpy")


def test_states_are_shown_as_icons_and_words() -> None:
    lines = text(FRAUD, STATES).splitlines()
    assert re.match(r"✓\s+aws\s+3\.2 s$", lines[0])
    assert re.match(r"│ ⟲\s+ceph\s+cached$", lines[1])
    assert lines[2].startswith("✕─╯")
    assert "failed after 1 min 11 s" in lines[2]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    steps = [step(f"schritt_{n}" * 5) for n in range(30)]
    edges = [
        edge(steps[a].name, steps[b].name, f"報告書_{a}")
        for b in range(30)
        for a in range(max(0, b - 9), b, 3)
    ]
    wide = text(pipeline(*steps, edges=edges), {steps[3].name: StepState("waiting")}, width=width)
    assert max(map(columns, wide.splitlines())) <= width


def test_where_rails_would_fill_the_terminal_names_of_steps_take_their_place() -> None:
    steps = [*(step(f"s{n}") for n in range(30)), step("last")]
    edges = [edge(f"s{n}", "last", f"x{n}") for n in range(30)]
    lines = text(pipeline(*steps, edges=edges)).splitlines()
    assert lines[0] == "● s0"
    assert "← s0: x0; s1: x1" in lines[-1]


def test_a_file_name_can_not_move_the_cursor() -> None:
    steps = [step("a"), step("b")]
    assert "\x1b" not in text(pipeline(*steps, edges=[edge("a", "b", files=("\x1b[2J\r",))]))


# Conditions and loops

TUNED = pipeline(
    step("split"),
    replace(step("tune"), condition=Condition("split", "@if.1", 0, "auc <\n 0.8", 1)),
    replace(step("train"), loop=Loop(4, 1, 2, ("scores",), ())),
    edges=[
        edge("split", "tune", "auc"),
        edge("split", "train", "rows"),
        edge("tune", "train", "p"),
    ],
)


def test_a_condition_stands_on_its_edge() -> None:
    assert "if auc < 0.8" in texts(svg(TUNED), "text")
    assert any("runs if auc < 0.8" in title for title in texts(svg(TUNED), "title"))
    assert '    split -->|"if auc #lt; 0.8<br/>auc"| tune' in mermaid(TUNED)
    assert 'label="if auc < 0.8\\nauc"' in dot(TUNED)
    assert text(TUNED).splitlines()[1].endswith("← auc (if auc < 0.8)")


def test_a_loop_whose_iterations_run_apart_is_a_stack_of_cards() -> None:
    assert svg(TUNED).count('class="box rim"') == 2 + 1  # two cards, and the condition's label
    assert '    train[["train"]]' in mermaid(TUNED)


# Mermaid and DOT


def test_mermaid_labels_edges_with_names_and_escapes_titles() -> None:
    lines = mermaid(FRAUD).splitlines()
    assert lines[0] == "flowchart TD"
    assert '    clean["Clean #amp; #lt;join#gt;"]' in lines
    assert '    ceph -->|"tx2, data/x.csv"| clean' in lines


def test_mermaid_shows_an_order_dotted_and_states_as_classes() -> None:
    drawing = mermaid(pipeline(step("a"), step("b"), edges=[edge("a", "b")]), {"a": STATES["aws"]})
    assert "    a -.-> b" in drawing
    assert "    class a succeeded" in drawing


def test_mermaids_own_words_are_safe_as_names_of_steps() -> None:
    drawing = mermaid(pipeline(step("end"), step("end_"), step("a", '1. "First"')))
    assert '    end_["end"]' in drawing
    assert '    end__["end_"]' in drawing
    assert 'a["1#46; #quot;First#quot;"]' in drawing


def test_dot_quotes_what_it_holds() -> None:
    drawing = dot(pipeline(step("a", 'say "hi"\\'), step("b"), edges=[edge("a", "b")]))
    assert '"a" [label="say \\"hi\\"\\\\"];' in drawing
    assert '"a" -> "b" [style=dashed];' in drawing


# Words


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"),
        (3.24, "3.2 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (3720, "1 h 02 min"),
    ],
)
def test_times_are_told_as_people_do(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize("rule", get_args(Rule))
def test_each_rule_of_an_edge_has_words(rule: Rule) -> None:
    assert "df" in phrase(Reason(rule, ("df",), 7, 2)) or rule == "declared"
    assert phrase(Reason(rule, (), 7, 2)).endswith("(cell 7, line 2)")


def test_reasons_are_told_with_their_place() -> None:
    assert phrase(Reason("change", ("df",), 7, 2)) == "changes df in place (cell 7, line 2)"
    assert phrase(Reason("declared", (), 7, 1)) == "a tag says so (cell 7, line 1)"
    assert phrase(Reason("order", (), 4, 1)).startswith("keeps the notebook's order")


def test_cells_are_told_as_spans() -> None:
    assert cell_span((7,)) == "cell 7"
    assert cell_span((3, 7, 8, 9)) == "cells 3, 7-9"
    assert cell_span(()) == "no cells"


def test_a_text_is_cut_to_its_width() -> None:
    assert shorten("abc", 3, columns) == "abc"
    assert shorten("abcdef", 4, columns) == "abc…"
    assert shorten("報告書", 4, columns) == "報…"
    assert shorten("abc", 0, columns) == ""


def test_a_phase_of_any_case_is_known_and_an_unknown_one_is_pending() -> None:
    looks = [StepState(phase).look for phase in ("Error", "SUSPENDED", "Running", "new")]
    assert looks == ["failed", "waiting", "running", "pending"]
