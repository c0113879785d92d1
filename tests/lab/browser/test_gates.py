"""A step that waits for approval asks by a notification."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from labpage import LabPage

Make = Callable[[], LabPage]


@pytest.mark.parametrize(("answer", "look"), [("Approve", "succeeded"), ("Deny", "failed")])
def test_a_gate_is_answered_in_the_notification(notebook: Make, answer: str, look: str) -> None:
    cells = [("step:load", "x = len('ab')"), ("step:publish approve:Publish_it?", "print(x)")]
    lab = notebook().write(cells).open()
    lab.run()
    lab.expect_state("publish", "waiting")
    toast = lab.page.locator(".Toastify__toast").filter(has_text="Publish_it?")
    expect(toast).to_contain_text("publish")
    toast.get_by_role("button", name=answer).click()
    lab.expect_state("publish", look)
    expect(toast).to_have_count(0)
    expect(lab.panel.get_by_role("alert")).to_have_count(0)
