"""A pipeline, or a run, at the end of a cell is drawn below it, live, in each front end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from labcells import CellsPage
from labpage import CONTENT
from labserver import LabServer

WORK = [
    "# tags: step:load\nimport time\ntime.sleep(1.2)\nnumbers = sorted([1, 3, 2])",
    "# tags: step:check approve\nprint(sum(numbers))",
    "# tags: step:last\nprint(max(numbers))",
]
DRIVER = [
    "import nbdag",
    "pipeline = nbdag.read('work.ipynb')\npipeline",
    "run = pipeline.run()\nrun",
]
FRONT_ENDS = {
    "lab": ("lab", True),
    "lab-without-extension": ("lab", False),
    "notebook": ("notebook", True),
    "notebook-without-extension": ("notebook", False),
}


@pytest.fixture(scope="module", params=FRONT_ENDS)
def front_end(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    app, extension = FRONT_ENDS[request.param]
    server = LabServer(tmp_path_factory.mktemp("widget"), app=app, extension=extension)
    yield server
    server.close()


def test_a_run_below_a_cell_is_live_and_its_gate_is_opened_there(
    page: Page, front_end: LabServer
) -> None:
    CellsPage(page, front_end, "work.ipynb").write(WORK)
    notebook = CellsPage(page, front_end, "driver.ipynb").write(DRIVER).open()
    notebook.run(1)
    notebook.run(2)
    expect(notebook.dag(2).locator(".nbdag-node")).to_have_count(3)
    expect(notebook.dag(2)).to_contain_text("3 steps")
    notebook.run(3)
    notebook.expect_look(3, "load", "running")
    notebook.expect_look(3, "check", "waiting")
    notebook.dag(3).get_by_role("button", name="Approve check").click()
    notebook.expect_look(3, "check", "succeeded")
    notebook.expect_look(3, "last", "succeeded")
    expect(notebook.dag(3)).to_contain_text(re.compile(r"succeeded in \d"))
    # The picture for who has no widget follows it a moment later.
    page.wait_for_function(
        f"""() => {CONTENT}.widgets[2].model.outputs.toJSON()[0]
            .data['text/plain'].split('✓').length === 4"""
    )
    notebook.save()
    saved = saved_bundle(notebook.file, 3)
    assert "".join(saved["text/plain"]).count("✓") == 3
    assert "".join(saved["image/svg+xml"]).startswith("<svg")
    assert "".join(saved["text/vnd.mermaid"]).startswith("flowchart")
    assert notebook.problems == []


def test_a_saved_notebook_is_drawn_without_a_kernel_and_without_trust(
    page: Page, lab: LabServer
) -> None:
    CellsPage(page, lab, "kept.ipynb").write([WORK[0], WORK[2]])
    notebook = CellsPage(page, lab, "saved.ipynb")
    notebook.write(["import nbdag\nnbdag.read('kept.ipynb').run()"]).open()
    notebook.run(1)
    expect(notebook.dag(1)).to_contain_text("succeeded in")
    notebook.save()
    saved = json.loads(notebook.file.read_text())
    other = CellsPage(page, lab, "without-a-kernel.ipynb")
    # Written by another program: nobody here has seen this output, so JupyterLab doesn't trust it.
    saved["metadata"]["kernelspec"] = {"name": "no-such-kernel", "display_name": "None"}
    other.file.write_text(json.dumps(saved))
    dialog = page.locator(".jp-Dialog")  # which kernel it shall be: none
    page.add_locator_handler(dialog, lambda: page.keyboard.press("Escape"))
    other.open(kernel=False)
    other.expect_look(1, "last", "succeeded")
    expect(other.dag(1)).to_contain_text("succeeded in")
    expect(other.cell(1)).not_to_contain_text("model not found")
    other.node(1, "load").focus()
    page.keyboard.press("ArrowDown")
    expect(other.dag(1).get_by_role("tooltip")).to_contain_text("numbers")


def saved_bundle(path: Path, cell: int) -> dict[str, list[str]]:
    """Return what a cell of a saved notebook displays."""
    content = json.loads(path.read_text())
    found: dict[str, list[str]] = content["cells"][cell - 1]["outputs"][0]["data"]
    return found
