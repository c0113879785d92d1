"""What may happen to a run that goes on: it ends right, or says clearly what happened."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from kubernetes import client

import nbdag
from cluster.desk import Desk, phases, texts, wait_for
from nbdag.cluster.link import link_of
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.history import find_run
from notebooks import Source

SLEEP = """\
import time
print('sleeps', flush=True)
time.sleep(25)
x = int('1')
print('slept')"""
SLOW = Source(SLEEP, ("step:slow",))
LOUD = """\
import time
for number in range(60):
    print('line', number, flush=True)
    time.sleep(0.3)
x = int('1')"""
AFTER = Source("print(x + 1)", ("step:after",))


def pods_of(desk: Desk, run: Any) -> list[Any]:
    """Return the pods of a run."""
    core: Any = client.CoreV1Api(desk.cluster.api)
    workflow = link_of(find_run(run.id, desk.folder)).workflow
    label = f"workflows.argoproj.io/workflow={workflow}"
    return list(core.list_namespaced_pod(desk.cluster.namespace, label_selector=label).items)


def delete_pod(desk: Desk, run: Any, after: float = 12) -> None:
    """Delete the pod of a run in which code runs for some seconds, so that it can't end its work.

    One that has begun in the last ten seconds is made again by Argo itself.
    """
    core: Any = client.CoreV1Api(desk.cluster.api)
    end = time.monotonic() + 60
    while "sleeps" not in run["slow"].logs():
        assert time.monotonic() < end
        time.sleep(0.2)
    time.sleep(after)
    (pod,) = pods_of(desk, run)
    core.delete_namespaced_pod(pod.metadata.name, desk.cluster.namespace, grace_period_seconds=1)


def test_a_step_whose_pod_is_deleted_fails_and_says_so(desk: Desk) -> None:
    run = desk.submit(SLOW, AFTER)
    delete_pod(desk, run)
    assert run.wait(180).phase.bad
    assert run["slow"].phase.bad
    assert run["slow"].message
    assert run["after"].phase is Phase.SKIPPED


@pytest.mark.parametrize(("after", "attempts"), [(0, {1, 2}), (12, {2})], ids=["at once", "later"])
def test_a_step_whose_pod_is_deleted_is_run_again_if_it_may_be(
    desk: Desk, after: float, attempts: set[int]
) -> None:
    run = desk.submit(Source(SLEEP, ("step:slow", "retry:1")), AFTER)
    delete_pod(desk, run, after)
    assert run.wait(180).phase is Phase.SUCCEEDED, run.state
    assert run["slow"].state.attempt in attempts
    assert "".join(texts(run, "slow")) == run["slow"].logs() == "sleeps\nslept\n"
    assert texts(run, "after") == ["2\n"]


@pytest.mark.alone
def test_a_run_goes_on_when_the_controller_is_started_anew(desk: Desk) -> None:
    core: Any = client.CoreV1Api(desk.cluster.api)
    run = desk.submit(SLOW, AFTER)
    wait_for(run, "slow", Phase.RUNNING)
    label = {"label_selector": "app=workflow-controller"}
    for pod in core.list_pod_for_all_namespaces(**label).items:
        core.delete_namespaced_pod(pod.metadata.name, pod.metadata.namespace)
    assert run.wait(180).phase is Phase.SUCCEEDED, run.state
    assert phases(run) == {"slow": "Succeeded", "after": "Succeeded"}
    assert texts(run, "after") == ["2\n"]


class Wire:
    """A way to the API server that can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_cut = False
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections, and make no new ones until `mend`."""
        with self._lock:
            self._is_cut = True
            self.cuts += len(self._open)
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def mend(self) -> None:
        """Make connections again."""
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        """Cut it for good."""
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(self._to)
                self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@pytest.fixture
def wire(kube: client.ApiClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Return the way that the client takes to the API server."""
    config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    context = next(c for c in config["contexts"] if c["name"] == config["current-context"])
    found = next(c for c in config["clusters"] if c["name"] == context["context"]["cluster"])
    place = urlsplit(found["cluster"]["server"])
    assert place.hostname
    made = Wire(place.hostname, place.port or 443)
    found["cluster"]["server"] = f"https://127.0.0.1:{made.port}"
    found["cluster"].setdefault("tls-server-name", place.hostname)
    path = tmp_path / "wire.conf"
    path.write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(path))
    yield made
    made.close()


def test_a_run_is_followed_on_when_the_connection_was_cut(desk: Desk, wire: Wire) -> None:
    run = desk.submit(Source(LOUD, ("step:slow",)), AFTER)
    wait_for(run, "slow", Phase.RUNNING)
    wire.cut()
    assert wire.cuts, "something was cut"
    threading.Timer(6, wire.mend).start()
    assert run.wait(180).phase is Phase.SUCCEEDED, run.state
    assert run["slow"].logs() == "".join(f"line {number}\n" for number in range(60))
    assert texts(run, "after") == ["2\n"]


def test_a_cluster_that_is_never_reached_again_is_no_end_of_the_run(
    desk: Desk, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbdag.cluster.follower._PATIENCE", 2)
    monkeypatch.setattr("nbdag.cluster.follower._AGAIN", (0.1,))
    run = desk.submit(SLOW, AFTER)
    wait_for(run, "slow", Phase.RUNNING)
    wire.cut()
    with pytest.raises(Exception, match="can't be reached"):
        run.wait(60)
    assert not run.phase.done
    wire.mend()
    again = nbdag.open_run(run.id, folder=desk.folder)
    assert again.wait(180).phase is Phase.SUCCEEDED
    assert texts(again, "after") == ["2\n"]


def test_a_run_that_two_processes_follow_is_written_by_one_and_then_by_the_other(
    desk: Desk,
) -> None:
    path = desk.write(SLOW, AFTER)
    place = ("-n", desk.cluster.namespace, "--image", str(desk.options.image))
    command = (sys.executable, "-m", "nbdag.cli")
    with (
        (desk.folder / "submit.log").open("wb") as log,
        subprocess.Popen(
            [*command, "submit", path.name, *place], cwd=desk.folder, stdout=log
        ) as one,
    ):
        run = opened(desk)
        wait_for(run, "slow", Phase.RUNNING)
        with subprocess.Popen(
            [*command, "watch", run.id], cwd=desk.folder, stdout=subprocess.PIPE, text=True
        ) as other:
            end = time.monotonic() + 60
            while "sleeps" not in run["slow"].logs():
                assert time.monotonic() < end
                time.sleep(0.2)
            one.kill()
            shown, _ = other.communicate(timeout=180)
    assert other.returncode == 0, shown
    assert texts(run, "after") == ["2\n"]
    events = [(e.kind, e.step) for e in find_run(run.id, desk.folder).events()]
    once = [event for event in events if event[0] != "output"]
    assert sorted(once) == sorted(set(once)), "no event is there twice"


def opened(desk: Desk) -> Any:
    """Return the run that another process has begun in the folder, once it is there."""
    end = time.monotonic() + 60
    while True:
        with suppress(RunError):
            run = nbdag.open_run(folder=desk.folder)
            if run.state.steps:
                return run
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_store_that_is_not_reached_is_no_clean_success(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setenv("NBDAG_S3_ENDPOINT", "http://127.0.0.1:9")
        run = desk.submit(Source("print('there')", ("step:a",))).wait(180)
    assert run["a"].logs() == "there\n"
    assert run.phase is Phase.ERROR
    assert "the guard has not looked" in run.state.message
    assert "127.0.0.1:9" in run.state.message
    again = nbdag.open_run(run.id, folder=desk.folder)
    assert again.wait(60).phase is Phase.SUCCEEDED
