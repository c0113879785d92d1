"""A route of OpenShift, or a gateway: TLS by an authority of its own, a token, a path in front."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kubeflow.certificates import certificate
from kubeflow.server import Portal, serving
from nbdag.cli.app import app
from nbdag.client import open_run
from nbdag.kubeflow import follower
from nbdag.kubeflow.endpoint import EndpointError
from nbdag.runs.events import Phase
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel

CELLS = (Source("many = 3", ("parameters",)), Source("print('ran', many)", ("step:one",)))


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    monkeypatch.setattr(follower, "_LOOKS", (0.2,))
    monkeypatch.delenv("NBDAG_KFP_TOKEN", raising=False)
    root = tmp_path / "there"
    root.mkdir()
    _, context = certificate(tmp_path)
    with serving(Portal(root=root, token="sha256~it", below="/pipeline"), context) as served:
        yield served


def nbdag(*line: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in line])


def test_a_run_is_submitted_and_followed_through_it(tmp_path: Path, portal: Portal) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CELLS)
    (tmp_path / "token").write_text("sha256~it\n")
    there: list[str | Path] = ["--endpoint", f"{portal.url}/pipeline/", "-n", "ml"]
    who: list[str | Path] = ["--token-file", tmp_path / "token", "--ca", tmp_path / "chain.pem"]
    done = nbdag("submit", path, "--to", "kfp", *there, *who, "-p", "many=4")
    assert done.exit_code == 0, done.output
    assert set(portal.tokens) == {"Bearer sha256~it"}
    assert portal.experiments[0]["namespace"] == "ml"
    # From here on it is known where the run is, and how to get there.
    place: list[str | Path] = ["--folder", tmp_path]
    assert "ran 4" in nbdag("logs", "last", "one", *place).output
    assert open_run("last", folder=tmp_path).phase is Phase.SUCCEEDED
    (link,) = tmp_path.glob(".nbdag/runs/*/kubeflow.json")
    assert "sha256~it" not in link.read_text()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--ca": None}, "is not trusted"),
        ({"--token-file": None}, "told 401 (status 401). Log in again"),
        ({"--endpoint": ""}, "Is it the address of Kubeflow Pipelines"),
    ],
)
def test_what_is_missing_on_the_way_is_said(
    change: dict[str, str | None], said: str, tmp_path: Path, portal: Portal
) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CELLS)
    (tmp_path / "token").write_text("sha256~it\n")
    options: dict[str, str | None] = {
        "--endpoint": f"{portal.url}/pipeline",
        "--token-file": str(tmp_path / "token"),
        "--ca": str(tmp_path / "chain.pem"),
        **{name: portal.url if text == "" else text for name, text in change.items()},
    }
    words = [word for name, text in options.items() if text is not None for word in (name, text)]
    done = nbdag("submit", path, "--to", "kfp", *words)
    assert isinstance(done.exception, EndpointError)  # what `nbdag` prints, and ends with 1
    assert said in str(done.exception)
    assert not portal.runs
