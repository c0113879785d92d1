"""The list of runs in the panel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import expect

from labpage import LabPage, Source

Make = Callable[[], LabPage]

FAILS: list[Source] = [
    ("parameters", "rate = 1.0"),
    ("step:load", "numbers = sorted([3, 1, 2])"),
    ("step:last metrics", "best = max(numbers) * rate\nprint(best)"),
    ("step:check", "assert best < 5, 'too much'"),
]


def test_runs_are_compared_opened_and_deleted(notebook: Make) -> None:
    lab = notebook().write(FAILS).open()
    lab.show_panel()
    lab.panel.get_by_role("tab", name="Runs").click()
    expect(lab.panel.locator(".nbdag-runs-list")).to_contain_text("no runs yet")
    rows = lab.panel.locator(".nbdag-runs-row")
    lab.run()
    lab.expect_state("check", "succeeded")
    expect(rows).to_have_count(1)
    lab.choose("Parameters…")
    lab.page.get_by_role("dialog").get_by_label("rate").fill("2.5")
    lab.page.get_by_role("dialog").get_by_role("button", name="Run").click()
    lab.expect_state("check", "failed")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("best=7.5")
    filter_ = lab.panel.get_by_label("Filter runs")
    filter_.fill("failed rate=2.5")
    expect(rows).to_have_count(1)
    filter_.fill("")
    compare = lab.panel.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()
    for row in (0, 1):
        rows.nth(row).get_by_role("checkbox").check()
    compare.click()
    table = lab.panel.locator(".nbdag-compare")
    expect(table.get_by_role("row", name=re.compile(r"^best 3 7\.5 \+4\.5"))).to_be_visible()
    expect(table.get_by_role("row", name=re.compile("check.*succeeded → failed"))).to_be_visible()
    table.get_by_role("button", name="All runs").click()
    delete = rows.first.get_by_role("button", name="Delete")
    delete.click()
    rows.first.get_by_role("button", name="Delete for ever?").click()
    expect(rows).to_have_count(1)
    rows.first.get_by_role("button", name="Open").click()
    expect(lab.page.get_by_role("tab", name=re.compile(r"\.run-\w{4}\.ipynb"))).to_be_visible()
    (opened,) = lab.file.parent.glob(f"{lab.file.stem}.run-*.ipynb")
    # Without a run the DAG says nothing of one.
    lab.page.get_by_role("tab", name=lab.name).click()
    delete.click()
    rows.first.get_by_role("button", name="Delete for ever?").click()
    expect(lab.panel.locator(".nbdag-runs-list")).to_contain_text("no runs yet")
    expect(lab.summary).to_have_text("3 steps")
    expect(lab.node("check")).to_have_attribute("data-look", "pending")
    assert json.loads(opened.read_text())["cells"][2]["outputs"][0]["text"] == ["3.0\n"]


def test_a_failed_step_is_run_again_from_its_cell(notebook: Make) -> None:
    flag = "import pathlib\nassert pathlib.Path('flag').exists()\nprint('there')"
    lab = notebook().write([("step:load", "x = len('ab')"), ("step:check", flag), ("", "x")]).open()
    flag_file = lab.file.parent / "flag"
    lab.run()
    lab.expect_state("check", "failed")
    again = lab.cell(2).get_by_role("button", name="Re-run this step")
    expect(again).to_be_visible()
    expect(lab.cell(3).get_by_role("button", name="Re-run this step")).to_be_hidden()
    flag_file.touch()
    try:
        again.click()
        lab.expect_state("check", "succeeded")
    finally:
        flag_file.unlink()
    expect(again).to_be_hidden()
    expect(lab.outputs(2)).to_have_text("there")
    expect(lab.cell(2)).to_have_attribute("data-nbdag-run", re.compile("^run "))
    lab.page.evaluate("() => jupyterapp.commands.execute('nbdag:remove-outputs')")
    expect(lab.outputs(2)).to_have_count(0)
    expect(lab.cell(2)).not_to_have_attribute("data-nbdag-run", re.compile("."))


def test_the_inputs_of_a_failed_step_are_looked_at_in_a_console(notebook: Make) -> None:
    lab = notebook().write(FAILS).open()
    lab.choose("Parameters…")
    lab.page.get_by_role("dialog").get_by_label("rate").fill("2.5")
    lab.page.get_by_role("dialog").get_by_role("button", name="Run").click()
    lab.expect_state("check", "failed")
    expect(lab.panel.get_by_role("button", name="Re-run from here")).to_be_visible()
    lab.panel.get_by_role("button", name="Open a console").click()
    console = lab.page.locator(".jp-ConsolePanel")
    expect(console.locator(".jp-OutputArea-output")).to_have_text("('best',)")
    prompt = console.locator(".jp-CodeConsole-promptCell .cm-content")
    prompt.fill("best")
    prompt.press("Shift+Enter")
    expect(console.locator(".jp-OutputArea-output").last).to_have_text("7.5")


def test_a_failed_run_goes_on_from_what_succeeded(notebook: Make) -> None:
    flag = "import pathlib\nassert pathlib.Path('flag-2').exists()\nprint('there')"
    lab = notebook().write([("step:load", "x = len('ab')"), ("step:check", flag)]).open()
    lab.run()
    lab.expect_state("check", "failed")
    lab.panel.get_by_role("tab", name="Runs").click()
    (lab.file.parent / "flag-2").touch()
    lab.panel.locator(".nbdag-runs-row").first.get_by_role("button", name="Retry").click()
    lab.expect_state("check", "succeeded")
    expect(lab.outputs(2)).to_have_text("there")
    expect(lab.panel.locator(".nbdag-runs-row")).to_have_count(2)
