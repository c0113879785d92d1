"""A notebook is run as a pipeline from the toolbar, and watched in the panel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import expect

from labpage import LabPage, Source

Make = Callable[[], LabPage]

PIPELINE: list[Source] = [
    ("#", "# Numbers"),
    (
        "step:load",
        "import time\nnumbers = [time.sleep(0.4) or n for n in (1, 2, 3)]\nprint('loaded')",
    ),
    ("#", "## Add them up"),
    ("step:total", "time.sleep(0.8)\ntotal = sum(numbers)"),
    ("", "total"),
    ("step:twice", "time.sleep(0.3)\ndoubled = [2 * one for one in numbers]\ndoubled"),
]


def test_a_run_is_watched_to_its_end_and_its_outputs_come_back(notebook: Make) -> None:
    lab = notebook().write(PIPELINE).open()
    lab.show_panel()
    expect(lab.panel.locator(".nbdag-node")).to_have_count(3)
    expect(lab.panel.locator(".nbdag-edge")).to_have_count(2)
    expect(lab.node("total")).to_contain_text("Add them up")
    expect(lab.summary).to_have_text("3 steps")
    lab.run()
    lab.expect_state("load", "running")
    expect(lab.node("total")).to_have_attribute("data-look", "pending")
    lab.expect_state("total", "running")
    expect(lab.node("load")).to_have_attribute("data-look", "succeeded")
    lab.expect_state("total", "succeeded")
    expect(lab.summary).to_have_text(re.compile(r"succeeded in \d+\.\d s"))
    expect(lab.outputs(2)).to_have_text("loaded")
    expect(lab.outputs(5)).to_contain_text("6")
    expect(lab.outputs(6)).to_contain_text("[2, 4, 6]")
    expect(lab.chip(2)).to_have_text(re.compile(r"^load\d+\.\d s$"))
    expect(lab.chip(2)).to_have_accessible_name(re.compile(r"Step load, \d\.\d s"))
    lab.save()
    saved = json.loads(lab.file.read_text())
    assert saved["cells"][4]["outputs"][0]["data"]["text/plain"] == ["6"]
    assert re.match(r"\d{8}-", saved["cells"][4]["metadata"]["nbdag"]["run"])


def test_what_runs_is_what_is_on_the_screen_saved_or_not(notebook: Make) -> None:
    lab = notebook().write([("step:one", "print('saved')")]).open()
    lab.cell(1).locator(".cm-content").click()
    lab.page.keyboard.press("Control+A")
    lab.page.keyboard.type("print('typed')")
    lab.run()
    expect(lab.outputs(1)).to_have_text("typed")
    assert "saved" in lab.file.read_text()


def test_a_second_run_takes_unchanged_steps_from_the_first(notebook: Make) -> None:
    lab = notebook().write([("step:one", "x = 1\nprint(x)"), ("step:two", "x + 1")]).open()
    lab.run()
    lab.expect_state("two", "succeeded")
    lab.run()
    lab.expect_state("one", "cached")
    lab.expect_state("two", "cached")
    expect(lab.node("two")).to_have_accessible_name("two, cached")


def test_a_click_on_a_step_leads_to_its_cell(notebook: Make) -> None:
    lab = notebook().write(PIPELINE).open()
    lab.show_panel()
    lab.node("twice").click()
    lab.expect_active(6)
    lab.node("load").focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    lab.expect_active(4, 6)


def test_an_edge_says_what_travels_along_it(notebook: Make) -> None:
    lab = (
        notebook()
        .write([("step:a", "numbers = sorted('ab')"), ("step:b", "print(numbers)")])
        .open()
    )
    lab.show_panel()
    edge, tip = lab.panel.locator(".nbdag-reach"), lab.panel.get_by_role("tooltip")
    edge.hover(force=True)
    expect(tip).to_contain_text("numbers")
    expect(tip).to_contain_text("read in cell 2")
    expect(tip).not_to_contain_text("list")
    # Of what has travelled, type and size are known.
    lab.run()
    lab.expect_state("b", "succeeded")
    lab.summary.hover()
    edge.hover(force=True)
    expect(tip).to_contain_text(re.compile(r"list.*\d+ B"))


def test_a_failure_lands_in_its_cell(notebook: Make) -> None:
    cells = [
        ("step:good", "x = 0"),
        ("step:bad", "print('before')"),
        ("", "1 / x"),
        ("step:rest", "x"),
    ]
    lab = notebook().write(cells).open()
    lab.run()
    lab.expect_state("bad", "failed")
    lab.expect_state("good", "succeeded")
    expect(lab.outputs(3)).to_contain_text("ZeroDivisionError")
    expect(lab.outputs(2)).to_have_text("before")
    expect(lab.chip(2)).to_have_attribute("data-look", "failed")
    expect(lab.summary).to_contain_text("failed after")
    log = lab.panel.get_by_role("log")
    expect(log, "it is shown unasked").to_contain_text("ZeroDivisionError: division by zero")
    lab.node("good").click()
    expect(log).to_have_text("Nothing was printed.")
    lab.node("bad").click()
    lab.expect_active(3)
    expect(log).to_contain_text("ZeroDivisionError: division by zero")
    expect(log).not_to_contain_text("[31m")


def test_a_run_goes_on_while_the_page_is_loaded_anew(notebook: Make) -> None:
    lab = notebook()
    slow = ("step:slow", f"{lab.held}\nprint('slow')")
    lab.write([slow, ("step:after", "print('after')")]).open()
    lab.run()
    lab.expect_state("slow", "running")
    lab.page.reload()
    lab.ready()
    lab.show_panel()
    lab.expect_state("slow", "running")
    lab.release()
    lab.expect_state("after", "succeeded")
    expect(lab.outputs(1)).to_have_text("slow")


def test_a_run_is_stopped(notebook: Make) -> None:
    endless = [
        ("step:endless", "import time\ntime.sleep(300)\nx = int('1')"),
        ("step:b", "print(x)"),
    ]
    lab = notebook().write(endless).open()
    stop = lab.page.locator('.jp-NotebookPanel-toolbar [data-command="nbdag:stop"]')
    expect(stop).to_be_hidden()
    lab.run()
    lab.expect_state("endless", "running")
    expect(stop).to_contain_text("0/2")
    stop.click()
    lab.expect_state("endless", "failed")
    expect(lab.summary).to_contain_text("stopped after")
    expect(stop).to_be_hidden()


def test_a_cell_that_was_edited_since_keeps_what_it_shows(notebook: Make) -> None:
    lab = notebook()
    slow = ("step:slow", f"{lab.held}\nprint('old')")
    lab.write([slow, ("step:b", "print('b')")]).open()
    lab.run()
    lab.expect_state("slow", "running")
    lab.cell(1).locator(".cm-content").click()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.type("\n")
    lab.release()
    lab.expect_state("slow", "succeeded")
    expect(lab.panel.get_by_role("alert")).to_contain_text("Cell 1 was edited")
    expect(lab.outputs(2)).to_have_text("b")
    expect(lab.outputs(1)).to_have_count(0)


def test_what_a_cell_shows_later_is_not_changed_by_a_reload(notebook: Make) -> None:
    lab = notebook().write([("step:one", "print('of the run')")]).open()
    lab.run()
    expect(lab.outputs(1)).to_have_text("of the run")
    lab.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    lab.save()
    lab.page.reload()
    lab.ready()
    lab.show_panel()
    lab.expect_state("one", "succeeded")
    expect(lab.outputs(1)).to_have_count(0)


def test_a_run_that_cannot_be_started_says_why(notebook: Make) -> None:
    lab = notebook().write([("step:one", "print(missing_name_)\nx = (")]).open()
    lab.run()
    expect(lab.panel.get_by_role("alert")).to_contain_text("cell 1")
    expect(lab.panel.locator(".nbdag-problem").first).to_contain_text("cell 1")
