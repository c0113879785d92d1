"""What the user sets for all notebooks: where Run runs, what it proposes, colours, marks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labpage import LabPage
from labserver import LabServer

PLUGIN = "nbdag:pipelines"
Set = Callable[..., None]


@pytest.fixture
def lab(page: Page, lab: LabServer) -> LabPage:
    """Return a notebook with a step and a problem."""
    cells = [("step:one", "x = 1\nmisspelt_ if x > 9 else 0")]
    return LabPage(page, lab, "settings.ipynb").write(cells).open()


@pytest.fixture
def change(lab: LabPage) -> Iterator[Set]:
    """Return what sets these and no others, and loads the page anew."""

    def save(**settings: Any) -> None:
        lab.page.evaluate(
            """async ([id, text]) => {
                await jupyterapp.serviceManager.settings.save(id, text);
            }""",
            [PLUGIN, json.dumps(settings)],
        )
        lab.page.reload()
        lab.ready()

    yield save
    save()


def test_run_asks_for_the_place_that_is_set(lab: LabPage, change: Set) -> None:
    change(target="kfp", endpoint="http://127.0.0.1:9", namespace="ml")
    lab.run()
    dialog = lab.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Run on Kubeflow")
    expect(dialog.get_by_label("Address")).to_have_value("http://127.0.0.1:9")
    expect(dialog.get_by_label("Namespace")).to_have_value("ml")
    lab.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    lab.choose("Run Here")
    lab.expect_state("one", "succeeded")


def test_states_have_the_colours_and_problems_the_marks_that_are_set(
    lab: LabPage, change: Set
) -> None:
    mark = lab.cell(1).locator(".cm-lintRange-warning")
    expect(mark).to_have_count(1)
    lab.run()
    lab.expect_state("one", "succeeded")
    colour = "node => getComputedStyle(node.querySelector('.nbdag-icon')).color"
    usual = lab.node("one").evaluate(colour)
    change(states="colour-blind", squiggles=False)
    lab.show_panel()
    lab.expect_state("one", "succeeded")
    assert lab.node("one").evaluate(colour) != usual
    expect(mark).to_have_count(0)
    lab.panel.get_by_role("tab", name="Problems").click()
    expect(lab.panel.locator(".nbdag-problem")).to_have_count(1)
