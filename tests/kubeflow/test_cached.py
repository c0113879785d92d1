"""Steps that Kubeflow takes from its cache: they have no log, and are told of all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubeflow.objects import serving_objects
from kubeflow.server import Portal, serving
from nbdag.client import read
from nbdag.kubeflow import follower
from nbdag.result import Run
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel

CELLS = (
    Source("many = 3", ("parameters",)),
    Source("data = list(range(many))\nprint('loaded', many)", ("step:load", "cache:enabled")),
    Source("total = sum(data)\nprint('added')", ("step:add", "cache:enabled")),
    Source("print(total)", ("pipeline-metrics", "step:add")),
    Source("print('shown', total)", ("step:show",)),
)


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    monkeypatch.setattr(follower, "_LOOKS", (0.2,))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "it")
    root = tmp_path / "there"
    root.mkdir()
    with serving(Portal(root=root)) as served:
        yield served


def twice(tmp_path: Path, portal: Portal) -> Run:
    """Return the second of two runs of one notebook, while it goes on."""
    pipeline = read(write_notebook(tmp_path / "work.ipynb", CELLS))
    first = pipeline.submit("kfp", endpoint=portal.url).wait(120)
    assert [step.state.cached for step in first] == [False] * 3
    second = pipeline.submit("kfp", endpoint=portal.url)
    portal.executed["r1"].stored = (tmp_path, f"minio://{tmp_path.name}")
    return second


def test_they_are_told_with_what_they_left(
    tmp_path: Path, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_objects(tmp_path.parent) as address:
        monkeypatch.setenv("NBDAG_S3_ENDPOINT", address)
        run = twice(tmp_path, portal).wait(120)
        assert run.phase is Phase.SUCCEEDED, run.state.message
        assert [step.state.cached for step in run] == [True, True, False]
        assert run.metrics == {"total": 3}
        assert run["load"].outputs[0]["text"] == "loaded 3\n"
        assert run["load"].value("data") == [0, 1, 2]
        executed = run.save(tmp_path / "executed.ipynb").read_text()
    assert "loaded 3" in executed
    assert "added" in executed
    assert run["show"].logs() == "shown 3\n"


def test_where_the_store_is_not_reached_their_metrics_are_known(
    tmp_path: Path, portal: Portal
) -> None:
    run = twice(tmp_path, portal).wait(120)
    assert run.phase is Phase.SUCCEEDED, run.state.message
    assert run.metrics == {"total": 3}
    with pytest.raises(RunError, match=r"The values are at minio://.*set NBDAG_S3_ENDPOINT"):
        run["add"].value("total")


def test_where_nothing_is_told_of_them_it_is_not_known_what_they_left(
    tmp_path: Path, portal: Portal
) -> None:
    run = twice(tmp_path, portal)
    portal.executed["r1"].gone.add("nbdag--guard")
    assert run.wait(120).phase is Phase.SUCCEEDED
    assert run.metrics == {}
    with pytest.raises(RunError, match="It isn't known where the values of step 'add' are"):
        run["add"].value("total")
