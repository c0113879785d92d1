"""Cells are tagged by hand: the chip, its form, and what the check says of it."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import expect

from labpage import LabPage

Make = Callable[[], LabPage]


def test_a_cell_becomes_a_step_and_runs(notebook: Make) -> None:
    lab = notebook().write([("remove-input", "x = 20"), ("", "print(x + 1)")]).open()
    lab.show_panel()
    for number, name in ((1, "begin"), (2, "end")):
        lab.cell(number).hover()
        lab.chip(number).click()
        form = lab.page.get_by_role("form", name="Step")
        form.get_by_label("Step", exact=True).fill(name)
        lab.page.keyboard.press("Enter")
        expect(form).to_have_count(0)
        expect(lab.chip(number)).to_contain_text(name)
    lab.expect_tags(1, "remove-input", "step:begin")
    expect(lab.panel.locator(".nbdag-node")).to_have_count(2)
    lab.run()
    lab.expect_state("end", "succeeded")
    expect(lab.outputs(2)).to_have_text("21")
    lab.save()
    assert json.loads(lab.file.read_text())["cells"][1]["metadata"]["tags"] == ["step:end"]


def test_a_wrong_name_is_told_and_not_written(notebook: Make) -> None:
    lab = notebook().write([("step:one", "1")]).open()
    lab.chip(1).click()
    form = lab.page.get_by_role("form", name="Step")
    form.get_by_label("Step", exact=True).fill("9 lives")
    expect(form.get_by_role("alert").first).to_contain_text("no digit first")
    lab.page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    lab.expect_tags(1, "step:one")


def test_a_setting_is_written_as_its_tag_and_undone(notebook: Make) -> None:
    lab = notebook().write([("step:one", "1")]).open()
    lab.chip(1).click()
    form = lab.page.get_by_role("form", name="Step")
    form.get_by_text("Settings").click()
    form.get_by_label("retry").fill("3:10s")
    lab.page.keyboard.press("Enter")
    lab.expect_tags(1, "step:one", "retry:3:10s")
    lab.cell(1).locator(".cm-content").click()
    lab.page.keyboard.press("Control+Z")
    lab.expect_tags(1, "step:one")


def test_problems_are_listed_as_you_edit_and_lead_to_their_line(notebook: Make) -> None:
    cells = [("step:one", "x = 1"), ("step:two", "y = 2\nprint(x)")]
    lab = notebook().write(cells).open()
    lab.show_panel()
    expect(lab.panel.locator(".nbdag-drawer")).to_contain_text("No problems.")
    lab.cell(2).locator(".cm-content").click()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.type("\nz = (")
    problem = lab.panel.locator('.nbdag-problem[data-severity="error"]')
    expect(problem).to_contain_text("cell 2")
    lab.cell(1).locator(".cm-content").click()
    problem.click()
    lab.expect_active(2)
    lab.page.keyboard.press("Enter")
    # The last good DAG is still there.
    expect(lab.panel.locator(".nbdag-node")).to_have_count(2)


def test_an_untagged_notebook_says_what_to_do(notebook: Make) -> None:
    lab = notebook().write([("", "x = 1")]).open()
    lab.show_panel()
    expect(lab.panel.locator(".nbdag-hint")).to_contain_text("all of the notebook is one step")
    lab.panel.get_by_role("button", name="Make this cell a step").click()
    lab.page.get_by_role("form", name="Step").get_by_label("Step", exact=True).fill("first")
    lab.page.keyboard.press("Enter")
    expect(lab.panel.locator(".nbdag-hint")).to_be_hidden()
    expect(lab.node("first")).to_be_visible()
