"""axe finds nothing wrong in our parts of the page, in either theme.

Menus and the toolbar's buttons are JupyterLab's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labpage import NOTEBOOK, LabPage, Source

Make = Callable[[], LabPage]

AXE = Path(__file__).parents[3] / "labextension/node_modules/axe-core/axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
THEMES = pytest.mark.parametrize("theme", ["Light", "Dark"])
CELLS: list[Source] = [
    ("imports", "import math"),
    ("parameters", "rate = 1.0\nquick = True"),
    ("step:load", "rows = sorted(range(40))\nprint('loaded', rate, quick)"),
    (
        "step:score fan-out",
        "scores = []\nfor fold in range(5):\n    scores.append(sum(rows) * fold)",
    ),
    ("step:decide cpu:2", "best = max(scores)\nworth_it = best > 10\nbest"),
    ("step:tune", "if worth_it:\n    best += math.floor(1.5)"),
    ("step:fail", "assert not rows, 'too many'"),
    ("step:publish approve", "print(best)"),
]


@THEMES
def test_of_a_run(notebook: Make, page: Page, theme: str) -> None:
    lab = notebook().write(CELLS).open()
    choose(page, theme)
    lab.run()
    lab.expect_state("publish", "waiting")
    lab.expect_state("fail", "failed")
    lab.node("fail").click()
    lab.panel.get_by_role("button", name="Iterations of score").click()
    for tab in ("Log", "Outputs", "Values", "Settings", "Problems", "Runs"):
        lab.panel.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        assert violations(page, "#nbdag-panel") == []
    lab.panel.get_by_role("button", name="Search steps (/)").click()
    assert violations(page, "#nbdag-panel .nbdag-search") == []
    assert violations(page, f"{NOTEBOOK} .jp-CellHeader") == []
    assert violations(page, ".nbdag-status") == []


@THEMES
def test_of_forms_and_of_what_is_wrong(notebook: Make, page: Page, theme: str) -> None:
    lab = notebook().write([*CELLS[:3], ("step:Bad!", "x = undefined_name")]).open()
    choose(page, theme)
    lab.show_panel()
    lab.panel.locator(".nbdag-problem").first.wait_for()
    assert violations(page, "#nbdag-panel") == []
    lab.chip(3).click()
    form = page.get_by_role("form", name="Step")
    form.evaluate("form => form.querySelectorAll('details').forEach(one => (one.open = true))")
    assert violations(page, "form[aria-label=Step]") == []
    page.keyboard.press("Escape")
    lab.chip(4).click()
    form.wait_for()
    assert violations(page, "form[aria-label=Step]") == []
    page.keyboard.press("Escape")


@THEMES
def test_of_the_dialog_and_of_compared_runs(notebook: Make, page: Page, theme: str) -> None:
    lab = notebook().write(CELLS[:3]).open()
    choose(page, theme)
    lab.run()
    lab.expect_state("load", "succeeded")
    lab.choose("Parameters…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("rate").fill("2.5")
    assert violations(page, ".nbdag-parameters") == []
    dialog.get_by_role("button", name="Run").click()
    dialog.wait_for(state="detached")
    lab.panel.get_by_role("tab", name="Runs").click()
    rows = lab.panel.locator(".nbdag-runs-row")
    expect(rows).to_have_count(2)
    for row in (0, 1):
        rows.nth(row).get_by_role("checkbox").check()
    lab.panel.get_by_role("button", name="Compare").click()
    lab.panel.locator(".nbdag-compare").wait_for()
    assert violations(page, "#nbdag-panel") == []


def choose(page: Page, theme: str) -> None:
    """Choose a theme."""
    page.evaluate(
        "name => jupyterapp.commands.execute('apputils:change-theme', { theme: name })",
        f"JupyterLab {theme}",
    )


def violations(page: Page, part: str) -> list[Any]:
    """Return what axe finds wrong below *part*: rule, and the first places."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "async ([part, rules]) => (await axe.run(part, rules)).violations.map(one => [one.id,"
        " one.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + node.failureSummary)])",
        [part, RULES],
    )
    return list(json.loads(json.dumps(found)))
