"""A notebook of 200 cells, of which the page holds only those on the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from labpage import LabPage

Make = Callable[[], LabPage]


@pytest.mark.parametrize("mode", ["contentVisibility", "full"])
def test_the_last_of_200_cells_is_reached_tagged_and_run(notebook: Make, mode: str) -> None:
    cells = [(f"step:s{n}", f"x{n} = {f'x{n - 1}' if n else 'len([])'} + 1") for n in range(200)]
    lab = notebook().write(cells)
    lab.open()
    lab.window(mode)
    lab.page.reload()
    lab.ready()
    try:
        lab.show_panel()
        expect(lab.summary).to_have_text("200 steps")
        expect(lab.panel.locator(".nbdag-minimap")).to_be_visible()
        # What has come into view is there: in the end that is each of them.
        lab.scroll_dag()
        expect(lab.panel.locator(".nbdag-node")).to_have_count(200)
        lab.find("s198")
        lab.node("s198").click()
        lab.expect_active(199)
        last = lab.page.locator(".jp-Cell.jp-mod-active .nbdag-chip")
        expect(last).to_contain_text("s198")
        lab.page.evaluate("() => jupyterapp.commands.execute('nbdag:next-step')")
        lab.expect_active(200)
        lab.page.evaluate("() => jupyterapp.commands.execute('nbdag:merge')")
        lab.expect_no_tags(200)
        expect(lab.summary).to_have_text("199 steps")
        lab.find("s199", found=0)
        lab.choose("Run to This Cell")
        expect(lab.summary).to_contain_text("succeeded")
    finally:
        lab.window("contentVisibility")
