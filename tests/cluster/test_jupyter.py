"""*Run on Argo…* in JupyterLab: its kernel submits, its server tells how the run is."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cluster.workflows import Cluster
from kernelcomm import kernel
from labserver import TOKEN, LabServer

HELLO = Path(__file__).parents[2] / "examples/hello_world.ipynb"
NAME = "hello_screen.ipynb"  # other tests run the example under its own name


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LabServer]:
    """Return a Jupyter Server on a folder that holds the notebook, before it was changed."""
    made = LabServer(tmp_path, app="server")
    (made.work / NAME).write_bytes(HELLO.read_bytes())
    yield made
    made.close()


def told(server: LabServer, route: str) -> dict[str, Any]:
    """Return what the server says of the notebook to a tab."""
    url = f"{server.base}/nbdag/{route}?path={quote(NAME)}&token={TOKEN}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def test_the_notebook_on_the_screen_is_run_there_and_its_outputs_come_back(
    server: LabServer, cluster: Cluster, image: str
) -> None:
    screen = HELLO.read_text().replace("hello world", "hello from the screen")
    with kernel(server.work, **os.environ) as found:
        answer = found.ask(
            do="run",
            notebook=str(server.work / NAME),
            content=screen,
            to="argo",
            namespace=cluster.namespace,
            image=image,
        )
    assert "run" in answer, answer
    run = f"runs/{answer['run']}"
    end = time.monotonic() + 240
    while (state := told(server, run))["phase"] not in ("Succeeded", "Failed", "Error"):
        assert time.monotonic() < end, state
        time.sleep(0.5)
    assert state["phase"] == "Succeeded", state
    (cell,) = told(server, f"{run}/outputs")["cells"]
    assert [output["text"] for output in cell["outputs"]] == ["hello from the screen\n"]
    assert told(server, f"{run}/steps/hello/log")["log"] == "hello from the screen\n"
