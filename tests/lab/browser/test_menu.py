"""The menu beside Run: parameters, a part of the notebook, only what has changed, in the kernel."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from labpage import LabPage, Source

Make = Callable[[], LabPage]

NUMBERS: list[Source] = [
    ("parameters", "rate: float = 1.0\nlimits = [0.5, 2.0]\nquick = True"),
    ("step:load", "numbers = sorted([3, 1, 2])\nprint('loaded')"),
    ("step:scale", "scaled = [rate * one for one in numbers]\nprint(scaled)"),
    ("step:show", "print(limits, quick, len(scaled))"),
]


def test_parameters_are_chosen_in_a_dialog(notebook: Make) -> None:
    lab = notebook().write(NUMBERS).open()
    lab.show_panel()
    expect(lab.panel.locator(".nbdag-node")).to_have_count(3)
    lab.choose("Parameters…")
    dialog = lab.page.get_by_role("dialog")
    rate = dialog.get_by_label("rate")
    expect(rate).to_have_value("1.0")
    rate.fill("fast")
    expect(dialog.get_by_role("alert").first).to_contain_text("a number")
    expect(dialog.get_by_role("button", name="Run")).to_be_disabled()
    rate.fill("2.5")
    dialog.get_by_label("limits").fill("[1.0, 3]")
    dialog.get_by_label("quick").uncheck()
    dialog.get_by_role("button", name="Run").click()
    lab.expect_state("show", "succeeded")
    expect(lab.outputs(3)).to_have_text("[2.5, 5.0, 7.5]")
    expect(lab.outputs(4)).to_have_text("[1.0, 3] False 3")
    # They are proposed again, and a plain Run takes the notebook's.
    lab.choose("Parameters…")
    expect(dialog.get_by_label("rate")).to_have_value("2.5")
    lab.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    lab.run()
    expect(lab.outputs(3)).to_have_text("[1.0, 2.0, 3.0]")


def test_a_part_of_the_notebook_is_run(notebook: Make) -> None:
    lab = notebook().write(NUMBERS).open()
    lab.show_panel()
    lab.activate(3)
    lab.choose("Run to This Cell")
    lab.expect_state("scale", "succeeded")
    expect(lab.summary).to_have_text(re.compile("succeeded"))
    expect(lab.node("show")).to_have_attribute("data-look", "pending")
    expect(lab.outputs(4)).to_have_count(0)
    lab.activate(4)
    lab.choose("Run from This Cell")
    lab.expect_state("show", "succeeded")
    expect(lab.outputs(4)).to_have_text("[0.5, 2.0] True 3")
    expect(lab.node("load")).not_to_have_attribute("data-look", "running")


def test_unchanged_steps_are_run_again_where_that_is_wanted(notebook: Make) -> None:
    lab = notebook().write(NUMBERS).open()
    lab.show_panel()
    lab.run()
    lab.expect_state("show", "succeeded")
    lab.choose("Only Changed Steps")
    try:
        lab.run()
        expect(lab.summary).to_contain_text("running")
        lab.expect_state("show", "succeeded")
    finally:
        lab.choose("Only Changed Steps")
    lab.run()
    lab.expect_state("show", "cached")


@pytest.mark.parametrize("kernel", ["busy", "none"])
def test_a_run_has_the_kernels_environment_also_while_a_cell_runs(
    notebook: Make, kernel: str
) -> None:
    cells = [
        ("skip", "import os, time\nos.environ['OF_A_CELL'] = 'x'\ntime.sleep(40)"),
        (
            "step:one",
            "import os\nprint(os.environ.get('OF_A_CELL'), 'JPY_SESSION_NAME' in os.environ)",
        ),
    ]
    lab = notebook().write(cells).open()
    if kernel == "busy":
        lab.idle()
        lab.activate(1)
        lab.page.keyboard.press("Control+Enter")
        expect(lab.cell(1).locator(".jp-InputPrompt")).to_contain_text("*")
    else:
        lab.shut_down()
    lab.run()
    # A kernel is told which notebook is its, the server isn't.
    expect(lab.outputs(2)).to_have_text(f"None {kernel == 'busy'}")


def test_a_run_goes_on_when_its_kernel_is_restarted(notebook: Make) -> None:
    lab = notebook()
    slow = ("step:slow", f"{lab.held}\nprint('slow')")
    lab.write([slow, ("step:b", "print('b')")]).open()
    lab.idle()
    lab.run()
    lab.expect_state("slow", "running")
    lab.shut_down()
    lab.release()
    lab.expect_state("b", "succeeded")
    expect(lab.outputs(1)).to_have_text("slow")


def test_a_run_on_a_cluster_that_is_not_there_says_why(notebook: Make) -> None:
    lab = notebook().write(NUMBERS).open()
    lab.choose("Run on Argo…")
    dialog = lab.page.get_by_role("dialog")
    expect(dialog.get_by_label("Namespace")).to_have_value("")
    dialog.get_by_role("button", name="Run").click()
    alert = lab.panel.get_by_role("alert")
    expect(alert).to_contain_text(re.compile("cluster|kubeconfig", re.IGNORECASE))
    expect(lab.page.get_by_role("button", name="Run pipeline").first).to_be_enabled()


def test_a_run_on_kubeflow_needs_an_address_which_is_kept(notebook: Make) -> None:
    lab = notebook().write(NUMBERS).open()
    lab.choose("Run on Kubeflow…")
    dialog = lab.page.get_by_role("dialog")
    run = dialog.get_by_role("button", name="Run")
    expect(run).to_be_disabled()
    dialog.get_by_label("Address").fill("http://127.0.0.1:9")
    run.click()
    alert = lab.panel.get_by_role("alert")
    expect(alert).to_contain_text("http://127.0.0.1:9 can't be reached")
    lab.choose("Run on Kubeflow…")
    expect(dialog.get_by_label("Address")).to_have_value("http://127.0.0.1:9")
    expect(run).to_be_enabled()
