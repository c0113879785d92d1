"""A step that waits asks in the panel, or, where that isn't seen, by a notification."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from labpage import LabPage, Source

Make = Callable[[], LabPage]


ANSWERS = pytest.mark.parametrize(
    ("answer", "look"), [("Approve", "succeeded"), ("Deny", "failed")]
)
CELLS: list[Source] = [
    ("step:load", "x = len('ab')"),
    ("step:publish approve:Publish_it?", "print(x)"),
]


@ANSWERS
def test_a_gate_is_answered_in_the_panel(notebook: Make, answer: str, look: str) -> None:
    lab = notebook().write(CELLS).open()
    lab.run()
    lab.expect_state("publish", "waiting")
    gate = lab.panel.locator(".nbdag-gate")
    expect(gate).to_contain_text("publish Publish_it?")
    expect(lab.page.locator(".Toastify__toast")).to_have_count(0)
    gate.get_by_role("button", name=answer).click()
    lab.expect_state("publish", look)
    expect(gate).to_have_count(0)


@ANSWERS
def test_a_gate_is_answered_in_the_notification(notebook: Make, answer: str, look: str) -> None:
    lab = notebook().write(CELLS).open()
    lab.run()
    lab.expect_state("publish", "waiting")
    lab.page.evaluate("() => jupyterapp.shell.collapseRight()")
    toast = lab.page.locator(".Toastify__toast").filter(has_text="Publish_it?")
    expect(toast).to_contain_text("publish")
    lab.show_panel()
    expect(toast).to_have_count(0)
    lab.page.evaluate("() => jupyterapp.shell.collapseRight()")
    toast.get_by_role("button", name=answer).click()
    expect(toast).to_have_count(0)
    lab.show_panel()
    lab.expect_state("publish", look)
    expect(lab.panel.get_by_role("alert")).to_have_count(0)
