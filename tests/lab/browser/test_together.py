"""Two users in one notebook (jupyter-collaboration): each sees the other's steps and runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from labpage import LabPage
from labserver import LabServer


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("shared"), together=True)
    yield server
    server.close()


def test_both_see_tags_states_and_outputs_once(
    page: Page, browser: Browser, shared: LabServer
) -> None:
    one = LabPage(page, shared, "together.ipynb")
    cells = [("step:load", "x = len('ab')\nprint('loaded')"), ("", "print(x)")]
    one.write(cells).open()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    two = LabPage(context.new_page(), shared, "together.ipynb")
    two.page.goto(shared.url("second", "together.ipynb"))
    two.ready()
    two.show_panel()
    one.activate(2)
    page.keyboard.press("Control+Shift+;")
    page.keyboard.type("show")
    page.keyboard.press("Enter")
    two.expect_tags(2, "step:show")
    expect(two.chip(2)).to_contain_text("show")
    expect(two.panel.locator(".nbdag-node")).to_have_count(2)
    one.run()
    one.expect_state("show", "succeeded")
    two.expect_state("show", "succeeded")
    for user in (one, two):
        expect(user.outputs(1)).to_have_text(["loaded"])
        expect(user.outputs(2)).to_have_text(["2"])
    two.run()
    expect(two.node("show")).to_have_attribute("data-look", "cached")
    one.expect_state("show", "cached")
    for user in (one, two):
        expect(user.outputs(2)).to_have_text(["2"])
    one.save()
    # The room writes the file a moment later.
    page.wait_for_function(
        """async file => {
            const { content } = await (await fetch(file)).json();
            return content.cells.map(cell => cell.outputs.length).join() === '1,1';
        }""",
        arg="/api/contents/together.ipynb",
        polling=200,
    )
    context.close()
