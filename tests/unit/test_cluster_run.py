"""Who writes a run on a cluster: one process at a time, others read along and go on after it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nbdag.cluster import run as cluster_run
from nbdag.cluster.run import ClusterRun
from nbdag.runs.base import OnEvent
from nbdag.runs.events import Phase, Run, RunEvent
from nbdag.runs.history import RunFolder, create_run
from nbdag.runs.lock import locked
from nbdag.runs.recorder import Recorder
from nbdag_converters.model import Pipeline, Step, StepCell

PIPELINE = Pipeline("p", "n.ipynb", "", (Step("a", "A", (StepCell(1, "c", "1"),)),))
KINDS = ["run-started", "launched", "finished", "run-finished"]


class Cluster:
    """Stands for a cluster on which one thing after the other happens."""

    def __init__(self) -> None:
        self.happened = 1
        self.more = threading.Condition()
        self.followers: list[Follower] = []

    def go_on(self, count: int = 1) -> None:
        """Let that much more happen."""
        with self.more:
            self.happened += count
            self.more.notify_all()


class Follower:
    """Writes what happened, as the real one does, until it is stopped as if it were killed."""

    def __init__(
        self, cluster: Cluster, folder: RunFolder, on_event: OnEvent | None, told: int
    ) -> None:
        self.cluster, self.killed = cluster, False
        earlier = folder.events()
        self.recorder = Recorder(folder.events_file, on_event)
        self.recorder.remember(earlier, told=told)
        self.written = len(earlier)
        cluster.followers.append(self)
        self.write()

    @property
    def state(self) -> Run:
        """The fold of all events."""
        return self.recorder.state

    def write(self) -> None:
        """Write what is new."""
        for kind in KINDS[self.written : self.cluster.happened]:
            step = "a" if kind in ("launched", "finished") else ""
            steps = {"steps": ["a"]} if kind == "run-started" else {}
            self.recorder.keep(RunEvent(1.0, kind, step, {"phase": "Succeeded", **steps}))
            self.written += 1

    def follow(self, *, once: bool) -> None:
        """Write until the run is over."""
        while not (self.killed or once or self.state.phase.done):
            with self.cluster.more:
                self.cluster.more.wait(0.05)
            self.write()

    def close(self) -> None:
        """Write no more."""
        self.recorder.close()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    found = Cluster()

    def follower(folder: RunFolder, on_event: OnEvent | None, *, told: int) -> Follower:
        return Follower(found, folder, on_event, told)

    monkeypatch.setattr(cluster_run, "Follower", follower)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    notebook = tmp_path / "n.ipynb"
    notebook.write_text('{"cells": []}')
    return create_run(PIPELINE, notebook=notebook, parameters={}, python=sys.executable)


def heard() -> tuple[list[str], Callable[[RunEvent], None]]:
    """Return a list and what adds the kinds of events to it."""
    kinds: list[str] = []
    return kinds, lambda event: kinds.append(event.kind)


def test_the_second_one_reads_along_and_writes_nothing(cluster: Cluster, folder: RunFolder) -> None:
    (first_heard, first_hears), (second_heard, second_hears) = heard(), heard()
    first = ClusterRun(folder, first_hears)
    second = ClusterRun(folder, second_hears)
    assert second.state.phase is Phase.RUNNING
    cluster.go_on(3)
    assert first.wait(10).phase is Phase.SUCCEEDED
    assert second.wait(10).phase is Phase.SUCCEEDED
    assert second.state.steps["a"].phase is Phase.SUCCEEDED
    assert first_heard == second_heard == KINDS
    assert [event.kind for event in folder.events()] == KINDS


def test_the_second_one_goes_on_when_the_first_one_ends_before_the_run(
    cluster: Cluster, folder: RunFolder
) -> None:
    (first_heard, first_hears), (second_heard, second_hears) = heard(), heard()
    first = ClusterRun(folder, first_hears)
    second = ClusterRun(folder, second_hears)
    cluster.go_on()
    cluster.followers[0].killed = True
    first.wait(10)
    cluster.go_on(2)
    assert second.wait(10).phase is Phase.SUCCEEDED
    assert first_heard == KINDS[:2]
    assert second_heard == KINDS, "each event once, whoever wrote it"
    assert [event.kind for event in folder.events()] == KINDS
    assert len(cluster.followers) == 2


def test_where_somebody_follows_a_look_has_nothing_to_do(
    cluster: Cluster, folder: RunFolder
) -> None:
    first = ClusterRun(folder)
    ClusterRun(folder, once=True).wait(5)
    assert len(cluster.followers) == 1
    cluster.go_on(3)
    first.wait(10)
    ClusterRun(folder, once=True).wait(5)
    assert len(cluster.followers) == 2


def test_what_goes_wrong_at_the_beginning_is_raised_by_wait(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError("no")  # noqa: EM101

    monkeypatch.setattr(cluster_run, "Follower", refused)
    run = ClusterRun(folder)
    with pytest.raises(OSError, match="no"):
        run.wait(5)


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "lock") as first, locked(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    with locked(tmp_path / "lock") as again:
        assert again
    with locked(tmp_path / "lock", shared=True) as one, locked(tmp_path / "lock", shared=True):
        assert one
        with locked(tmp_path / "lock") as alone:
            assert not alone
