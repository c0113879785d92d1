"""What a pipeline and a run display: pictures, and more where somebody looks on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from nbdag.widget.shown import MIME
from notebooks import Source, make_notebook, write_notebook

pytestmark = pytest.mark.kernel

WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = {"image/svg+xml", "text/vnd.mermaid", "text/plain"}
SHOW_PIPELINE = "import nbdag\npipeline = nbdag.read('work.ipynb')\npipeline"
SHOW_RUN = "run = pipeline.run()\nrun"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    cells = [Source("x = 1", ("step:first",)), Source("print(x)", ("step:second",))]
    write_notebook(tmp_path / "work.ipynb", cells)
    return tmp_path


@pytest.fixture
def client(work: Path) -> Iterator[BlockingKernelClient]:
    manager, found = start_new_kernel(cwd=str(work))
    yield found
    found.stop_channels()
    manager.shutdown_kernel(now=True)


def test_an_executed_notebook_holds_pictures_that_html_shows_offline(work: Path) -> None:
    notebook = make_notebook([Source(SHOW_PIPELINE), Source(SHOW_RUN)])
    NotebookClient(notebook, resources={"metadata": {"path": str(work)}}).execute()

    for cell in notebook.cells:
        assert [set(output["data"]) for output in cell.outputs] == [PICTURES]
    assert "widgets" not in notebook.metadata
    nbformat.validate(notebook)
    html, _ = HTMLExporter().from_notebook_node(notebook)
    assert len(re.findall(r'<img [^>]*"data:image/svg\+xml;base64,', html)) == 2


def test_a_picture_is_put_anew_at_the_end_of_its_run(client: BlockingKernelClient) -> None:
    told = execute(client, "import sys\nsys.modules['anywidget'] = None\n" + SHOW_PIPELINE)
    shown = [message for message in told if message["msg_type"] == "display_data"]
    assert [set(message["content"]["data"]) for message in shown] == [{MIME, *PICTURES}]
    assert shown[0]["content"]["data"][MIME]["run"] is None

    told = execute(client, SHOW_RUN)
    first = next(message for message in told if message["msg_type"] == "display_data")["content"]
    while told[-1]["msg_type"] != "update_display_data":
        told.append(client.get_iopub_msg(timeout=60))
    last = told[-1]["content"]
    assert first["transient"]["display_id"] == last["transient"]["display_id"]
    assert last["data"]["text/plain"].count("✓") == 2
    assert last["data"][MIME]["run"]["phase"] == "Succeeded"
    assert "print(x)" not in str(last["data"][MIME])  # the drawing needs no source


def execute(client: BlockingKernelClient, code: str) -> list[Any]:
    """Run a cell as a front end in which somebody can type; return what it told."""
    asked = client.execute(code, allow_stdin=True)
    told: list[Any] = []
    while True:
        message = client.get_iopub_msg(timeout=60)
        assert message["msg_type"] != "error", message["content"]
        told.append(message)
        ours = message["parent_header"].get("msg_id") == asked
        if ours and message["content"].get("execution_state") == "idle":
            return told
