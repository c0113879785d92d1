"""*Run on Kubeflow…* in JupyterLab, from what its kernel is asked to what the cells show."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kernelcomm import ended, kernel
from kubeflow.server import Portal, serving
from nbdag.kernel.client import reply
from nbdag.runs.history import list_runs
from notebooks import Source, make_notebook, write_notebook

pytestmark = pytest.mark.kernel

SCREEN = (
    Source("many = 3", ("parameters",)),
    Source("data = list(range(many))\nprint('loaded', many)", ("step:load",)),
    Source("sum(data)", ("step:add",)),
)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    root = tmp_path / "there"
    root.mkdir()
    with serving(Portal(root=root, token="secret")) as served:
        yield served


@pytest.fixture
def asked(tmp_path: Path, portal: Portal) -> dict[str, Any]:
    """Return what JupyterLab asks for a notebook that was changed since it was saved."""
    path = write_notebook(tmp_path / "work.ipynb", [Source("'saved'", ("step:one",))])
    content = json.dumps(make_notebook(SCREEN))
    (tmp_path / "token").write_text("secret")
    asked = {"do": "run", "notebook": str(path), "content": content, "to": "kfp"}
    token = {"token_file": str(tmp_path / "token")}
    return {**asked, "endpoint": portal.url, "namespace": "ml", **token}


def test_the_notebook_on_the_screen_is_run_there(
    tmp_path: Path, portal: Portal, asked: dict[str, Any]
) -> None:
    with kernel(tmp_path, **os.environ) as found:
        answer = found.ask(id=1, **asked, typed={"many": "4"})
    assert "run" in answer, answer
    run = ended(tmp_path, answer["run"], 120)
    assert run.state().phase.value == "Succeeded", run.state().message
    assert run.log("load") == "loaded 4\n"
    (shown,) = run.outputs("add")
    assert shown["cell"] == 3
    assert shown["output"]["data"]["text/plain"] == "6"
    assert run.notebook() == asked["content"]
    assert portal.experiments[0]["namespace"] == "ml"
    assert set(portal.tokens) == {"Bearer secret"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"endpoint": ""}, "needs the address of Kubeflow Pipelines"),
        ({"endpoint": "http://127.0.0.1:9"}, "can't be reached"),
        ({"token_file": ""}, "Log in again"),
        ({"typed": {"many": "x"}}, "many"),
    ],
)
def test_what_cannot_be_run_there_is_told(
    tmp_path: Path, asked: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    assert said in reply({**asked, **change})["error"]
    assert list_runs(tmp_path) == ()
