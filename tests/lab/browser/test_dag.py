"""The drawing in the panel: by mouse, by keyboard alone, and for who can't see it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from labpage import LabPage, Source

Make = Callable[[], LabPage]

PIPELINE: list[Source] = [
    ("imports", "import math"),
    ("step:load", "rows = sorted(range(40))\nprint('loaded')"),
    (
        "step:score fan-out",
        "scores = []\nfor fold in range(5):\n    scores.append(sum(rows) * fold)",
    ),
    ("step:decide cpu:2", "best = max(scores)\nworth_it = best > 10\nbest"),
    ("step:tune", "if worth_it:\n    best += math.floor(1.5)"),
    ("step:publish approve", "print(best)"),
]


def test_a_loop_opens_and_a_gate_is_opened_in_the_drawing(notebook: Make) -> None:
    lab = notebook().write(PIPELINE).open()
    lab.run()
    lab.expect_state("publish", "waiting")
    expect(lab.node("score")).to_contain_text("5/5")
    expect(lab.node("score").locator(".nbdag-card")).to_have_count(2)
    expect(lab.panel.locator(".nbdag-condition text")).to_have_text("worth_it")
    opener = lab.panel.get_by_role("button", name="Iterations of score")
    before = lab.node("decide").bounding_box()
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(lab.node("score").locator(".nbdag-parts [data-look=succeeded]")).to_have_count(5)
    after = lab.node("decide").bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] > before["y"]
    opener.click()
    expect(lab.node("score").locator(".nbdag-parts")).to_have_count(0)
    lab.panel.get_by_role("button", name="Approve publish").click()
    lab.expect_state("publish", "succeeded")
    expect(lab.panel.get_by_role("button", name="Approve publish")).to_have_count(0)


def test_a_step_shows_its_log_outputs_values_and_settings(notebook: Make) -> None:
    lab = notebook().write([*PIPELINE[:4]]).open()
    lab.run()
    lab.expect_state("decide", "succeeded")
    lab.node("load").click()
    expect(lab.panel.get_by_role("log")).to_have_text("loaded")
    lab.panel.get_by_role("tab", name="Values").click()
    expect(lab.panel.get_by_role("row").filter(has_text="rows")).to_contain_text("list")
    lab.node("decide").click()
    expect(lab.panel.get_by_role("row").filter(has_text="worth_it")).to_contain_text("bool")
    lab.panel.get_by_role("tab", name="Outputs").click()
    expect(lab.panel.locator(".nbdag-detail .jp-OutputArea-output")).to_have_text("3120")
    lab.panel.get_by_role("tab", name="Settings").click()
    expect(lab.panel.get_by_role("row").filter(has_text="cpu")).to_contain_text("2")
    lab.panel.locator(".nbdag-edge .nbdag-reach").first.hover(force=True)
    tip = lab.panel.get_by_role("tooltip")
    expect(tip).to_contain_text(re.compile(r"rows\s*list · \d+ B"))


def test_imports_and_definitions_are_shown_when_asked_for(notebook: Make) -> None:
    lab = notebook().write(PIPELINE).open()
    lab.show_panel()
    expect(lab.panel.locator(".nbdag-node")).to_have_count(5)
    button = lab.panel.get_by_role("button", name="Show imports and definitions")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    setup = lab.panel.locator(".nbdag-node.nbdag-mod-setup")
    expect(setup.first).to_contain_text("Cell 1: import")
    setup.first.click()
    lab.expect_active(1)
    button.click()
    expect(setup).to_have_count(0)


def test_by_keyboard_alone_steps_are_found_walked_and_opened(notebook: Make) -> None:
    lab = notebook().write(PIPELINE).open()
    lab.show_panel()
    keys = lab.page.keyboard
    lab.node("load").focus()
    keys.press("ArrowDown")
    expect(lab.node("score")).to_be_focused()
    expect(lab.panel.get_by_role("tooltip")).to_contain_text("rows")
    keys.press("Tab")
    expect(lab.panel.get_by_role("button", name="Iterations of score")).to_be_focused()
    keys.press("Enter")
    expect(lab.node("score")).to_contain_text("no iterations yet")
    keys.press("/")
    expect(lab.panel.get_by_role("searchbox", name="Search steps")).to_be_focused()
    keys.type("dec")
    expect(lab.panel.locator(".nbdag-search")).to_contain_text("1")
    expect(lab.node("decide")).to_have_class(re.compile("nbdag-mod-selected"))
    keys.press("Escape")
    expect(lab.node("decide")).to_be_focused()
    keys.press("Enter")
    lab.expect_active(4)


def test_a_large_pipeline_is_drawn_as_it_comes_into_view(notebook: Make) -> None:
    chain: list[Source] = [("step:s0", "x = sorted('ab')")]
    chain += [(f"step:s{i}", f"x = sorted(x) + ['{i}']") for i in range(1, 200)]
    lab = notebook().write(chain).open()
    lab.show_panel()
    nodes = lab.panel.locator(".nbdag-node")
    expect(nodes.first).to_be_visible()
    assert nodes.count() < 150
    expect(lab.panel.locator(".nbdag-minimap")).to_be_visible()
    expect(lab.node("s199")).to_have_count(0)
    box = lab.panel.locator(".nbdag-minimap").bounding_box()
    assert box
    lab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 1)
    expect(lab.node("s199")).to_be_visible()


def test_a_wide_pipeline_has_a_map_until_all_of_it_is_seen(notebook: Make) -> None:
    wide: list[Source] = [("step:load", "x = sorted('ab')")]
    wide += [(f"step:by_{name}", f"y_{name} = x + ['{name}']") for name in "abcdefgh"]
    lab = notebook().write(wide).open()
    lab.show_panel()
    expect(lab.node("load")).to_be_in_viewport(ratio=0.9)
    expect(lab.node("by_a")).not_to_be_in_viewport()
    minimap = lab.panel.locator(".nbdag-minimap")
    box = minimap.bounding_box()
    assert box
    lab.page.mouse.click(box["x"] + 2, box["y"] + box["height"] - 2)
    expect(lab.node("by_a")).to_be_in_viewport(ratio=0.9)
    lab.panel.evaluate("node => (node.style.width = '1600px')")  # as when it is drawn wider
    expect(minimap).to_be_hidden()
