"""Help while a notebook is written: squiggles, quick fixes, proposed steps, shortcuts, the form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import expect

from labpage import LabPage

Make = Callable[[], LabPage]


def test_a_problem_is_marked_at_its_place_and_goes_with_it(notebook: Make) -> None:
    lab = notebook().write([("step:one", "x = 1"), ("step:two", "y = x\nprint(misspelt_)")]).open()
    mark = lab.cell(2).locator(".cm-lintRange-warning")
    expect(mark).to_have_text("misspelt_")
    mark.hover()
    tip = lab.page.locator(".cm-tooltip-lint")
    expect(tip).to_contain_text("reads 'misspelt_', which no cell above sets")
    lab.activate(2)
    lab.page.keyboard.press("Control+A")
    lab.page.keyboard.type("y = x")
    expect(mark).to_have_count(0)


def test_a_quick_fix_mends_a_tag(notebook: Make) -> None:
    lab = notebook().write([("step:one", "x = 1"), ("keep stpe:two", "y = x")]).open()
    mark = lab.cell(2).locator(".cm-lintRange-error")
    mark.hover()
    lab.page.get_by_role("button", name="Change the tag to step:two").click()
    lab.expect_tags(2, "keep", "step:two")
    expect(mark).to_have_count(0)


def test_steps_are_proposed_by_the_headings(notebook: Make) -> None:
    cells = [
        ("", "import os"),
        ("#", "# Load"),
        ("keep", "x = len('a')"),
        ("#", "# Show"),
        ("", "print(x)"),
    ]
    lab = notebook().write(cells).open()
    lab.show_panel()
    lab.panel.get_by_role("button", name="Propose steps from headings").click()
    lab.expect_tags(3, "step:load", "keep")
    lab.expect_tags(5, "step:show")
    expect(lab.panel.locator(".nbdag-node")).to_have_count(2)
    expect(lab.panel.locator(".nbdag-hint")).to_be_hidden()


def test_a_notebook_without_headings_says_why_nothing_is_proposed(notebook: Make) -> None:
    lab = notebook().write([("", "x = 1")]).open()
    lab.show_panel()
    lab.panel.get_by_role("button", name="Propose steps from headings").click()
    expect(lab.panel.get_by_role("alert")).to_contain_text("heading")


def test_steps_are_set_merged_and_walked_by_the_keyboard(notebook: Make) -> None:
    lab = notebook().write([("step:a", "x = 1"), ("", "x"), ("step:b", "y = x"), ("", "y")]).open()
    lab.activate(1)
    lab.page.keyboard.press("Escape")
    lab.page.keyboard.press("Control+Shift+.")
    lab.expect_active(3)
    lab.page.keyboard.press("Control+Shift+,")
    lab.expect_no_tags(3)
    expect(lab.chip(3)).to_contain_text("a")
    lab.page.keyboard.press("Control+Shift+;")
    form = lab.page.get_by_role("form", name="Step")
    expect(form.get_by_label("Step", exact=True)).to_be_focused()
    lab.page.keyboard.type("c")
    lab.page.keyboard.press("Enter")
    lab.expect_tags(3, "step:c")
    lab.page.keyboard.press("Control+Shift+.")
    lab.expect_active(1)


def test_settings_that_repeat_stand_one_a_line(notebook: Make) -> None:
    lab = notebook().write([("step:one env:A=1", "1")]).open()
    lab.chip(1).click()
    form = lab.page.get_by_role("form", name="Step")
    env = form.get_by_label("env")
    expect(env).to_have_value("A=1")
    env.press("Control+End")
    env.press("Enter")
    env.type("9=x")
    expect(form.get_by_role("alert").filter(has_text="variable")).to_be_visible()
    env.fill("A=1\nB=two words")
    form.get_by_label("secret").fill("keys:token:TOKEN")
    lab.page.keyboard.press("Escape")
    lab.page.wait_for_function(
        """() => jupyterapp.shell.currentWidget.content.widgets[0].model
            .getMetadata('tags').length === 4"""
    )
    lab.expect_tags(1, "step:one", "env:A=1", "env:B=two words", "secret:keys:token:TOKEN")


def test_a_new_notebook_is_a_pipeline_already(notebook: Make) -> None:
    lab = notebook().write([("step:one", "1")]).open()
    lab.page.evaluate("() => jupyterapp.commands.execute('launcher:create')")
    lab.page.locator(".jp-LauncherCard").filter(has_text="Pipeline Notebook").click()
    expect(lab.chip(3)).to_contain_text("load")
    lab.show_panel()
    expect(lab.panel.locator(".nbdag-node")).to_have_count(2)
    lab.run()
    lab.expect_state("total", "succeeded")
    expect(lab.outputs(4)).to_contain_text("45")


def test_the_status_bar_says_how_far_the_run_is_and_how_long_it_goes_on(notebook: Make) -> None:
    slow = "import time\ntime.sleep(4)\nx = int('1')"
    lab = notebook().write([("step:slow", slow), ("step:after", "print(x)")]).open()
    item = lab.page.locator(".nbdag-status")
    expect(item).to_be_hidden()
    lab.run()
    expect(item).to_have_text("nbdag: slow 0/2")
    lab.expect_state("after", "succeeded")
    expect(item).to_be_hidden()
    # An earlier run tells how long that takes; the cell is another one, so it is run again.
    lab.activate(1)
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.type("  # again")
    lab.run()
    expect(item).to_have_text(re.compile(r"^nbdag: slow 0/2 · 0:0[1-5] left$"))
    lab.expect_state("after", "cached")


def test_each_command_says_what_it_takes(notebook: Make) -> None:
    lab = notebook().write([("step:one", "1")]).open()
    told = lab.page.evaluate(
        """async () => {
            const { commands } = jupyterapp;
            const ours = commands.listCommands().filter(id => id.startsWith('nbdag:'));
            return Promise.all(ours.map(async id => [
                id, commands.label(id), Boolean((await commands.describedBy(id)).args)]));
        }"""
    )
    assert len(told) >= 16, json.dumps(told)
    assert [id_ for id_, label, described in told if not label or not described] == []
