"""Without a mouse: the menu beside Run, the dialog of parameters, a gate, the list of runs."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from labpage import NOTEBOOK, LabPage, Source

Make = Callable[[], LabPage]

CELLS: list[Source] = [
    ("parameters", "rate = 1.0\nquick = True"),
    ("step:load", "numbers = sorted([3, 1, 2])"),
    ("step:show approve metrics", "best = max(numbers) * rate\nprint(best, quick)"),
]


def test_a_run_with_parameters_is_started_from_the_menu(notebook: Make) -> None:
    lab = notebook().write([*CELLS[:2], ("step:show", "print(rate, quick)")]).open()
    keys = lab.page.keyboard
    toolbar = lab.page.locator(f"{NOTEBOOK} .jp-NotebookPanel-toolbar")
    more = toolbar.locator("jp-button.nbdag-run-menu")
    toolbar.get_by_role("button").first.focus()
    for _ in range(20):
        if more.evaluate("node => node === document.activeElement"):
            break
        keys.press("ArrowRight")
    expect(more).to_be_focused()
    keys.press("Enter")
    menu = lab.page.locator(".nbdag-menu")
    expect(menu).to_be_visible()
    keys.press("Escape")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()
    keys.press("Enter")
    keys.press("ArrowUp")
    active = menu.locator(".lm-Menu-item.lm-mod-active")
    expect(active).to_contain_text("Parameters…")
    keys.press("Enter")
    dialog = lab.page.get_by_role("dialog")
    expect(dialog.get_by_label("rate")).to_be_focused()
    keys.press("Control+A")
    keys.type("2.5")
    keys.press("Tab")
    expect(dialog.get_by_label("quick")).to_be_focused()
    keys.press("Space")
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    lab.expect_state("show", "succeeded")
    expect(lab.outputs(3)).to_have_text("2.5 False")


def test_gates_are_opened_and_runs_compared_and_deleted(notebook: Make) -> None:
    lab = notebook().write(CELLS).open()
    keys = lab.page.keyboard
    lab.show_panel()
    for look in ("succeeded", "cached"):
        lab.page.evaluate("() => void jupyterapp.commands.execute('nbdag:run')")
        gate = lab.panel.get_by_role("button", name="Approve: show")
        expect(gate).to_be_visible()
        gate.focus()
        keys.press("Enter")
        lab.expect_state("show", look)
    lab.panel.get_by_role("tab", name="Problems").focus()
    keys.press("ArrowRight")
    runs = lab.panel.get_by_role("tab", name="Runs")
    expect(runs).to_be_focused()
    expect(runs).to_have_attribute("aria-selected", "true")
    rows = lab.panel.locator(".nbdag-runs-row")
    expect(rows).to_have_count(2)
    keys.press("Tab")
    expect(lab.panel.get_by_label("Filter runs")).to_be_focused()
    keys.type("succeeded")
    keys.press("Tab")  # over Compare, which can't be pressed yet
    for row in (0, 1):
        expect(rows.nth(row).get_by_role("checkbox")).to_be_focused()
        keys.press("Space")
        expect(rows.nth(row).get_by_role("checkbox")).to_be_checked()
        expect(rows.nth(row).get_by_role("checkbox")).to_be_focused()
        for _ in range(3):
            keys.press("Tab")
    lab.panel.get_by_role("button", name="Compare").focus()
    keys.press("Enter")
    expect(lab.panel.get_by_role("button", name="All runs")).to_be_focused()
    expect(lab.panel.get_by_role("row", name=re.compile("^best 3 3"))).to_be_visible()
    keys.press("Enter")
    expect(lab.panel.get_by_role("button", name="Compare")).to_be_focused()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Tab")
    expect(rows.first.get_by_role("button", name="Delete")).to_be_focused()
    keys.press("Enter")
    keys.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows.first.get_by_role("button", name="Delete")).to_be_focused()
