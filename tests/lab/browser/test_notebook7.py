"""The same in Notebook 7: chips, Run with its menu, the panel, squiggles."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from labpage import LabPage
from labserver import LabServer


@pytest.fixture(scope="module")
def classic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("classic"), app="notebook")
    yield server
    server.close()


def test_a_notebook_is_tagged_run_and_watched(page: Page, classic: LabServer) -> None:
    lab = LabPage(page, classic, "classic.ipynb")
    lab.write([("step:load", "x = len('ab')"), ("", "print(x)\nmisspelt_ if x > 99 else 0")]).open()
    expect(lab.cell(2).locator(".cm-lintRange-warning")).to_have_text("misspelt_")
    lab.cell(2).hover()
    lab.chip(2).click()
    form = page.get_by_role("form", name="Step")
    form.get_by_label("Step", exact=True).fill("show")
    page.keyboard.press("Enter")
    lab.expect_tags(2, "step:show")
    lab.choose("Run Here")
    lab.expect_state("show", "succeeded")
    expect(lab.panel).to_be_visible()
    expect(lab.outputs(2).first).to_have_text("2")
    expect(lab.chip(2)).to_have_text(re.compile(r"^show\d+\.\d s$"))
    lab.panel.get_by_role("tab", name="Runs").click()
    expect(lab.panel.locator(".nbdag-runs-row")).to_have_count(1)
    assert lab.problems == []
