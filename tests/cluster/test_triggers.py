"""Runs that start by events: a request, a message, an object; what doesn't count starts none."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from kubernetes import client

from cluster.listening import NATS, address, listens, make_bus, publish, until, workflows
from cluster.namespace import namespace, set_up
from cluster.test_cli import nbdag
from cluster.workflows import Cluster, Store, Workflow
from notebooks import Source, write_notebook

CELLS = (
    Source("key = 'none'\nn: int = 3\nwhole = {}", ("parameters",)),
    Source("print([key, n, whole])", ("step:tell",)),
)
NASTY = "a 'b' \"c\" {{workflow.name}} é 🎉"
_QUIET = 8  # seconds in which no run has to start


@dataclass(frozen=True)
class Triggers:
    """Makes triggers as a user who may do that and no more, and waits for their runs."""

    cluster: Cluster
    store: Store
    folder: Path
    image: str
    names: str

    def make(self, kind: str, *arguments: str, subject: str = "") -> str:
        """Make a trigger that listens; return its name."""
        name = f"{kind}-{self.names}"  # the bus is one for all namespaces
        self.command("trigger", "score.ipynb", "--name", name, "--image", self.image, *arguments)
        listens(self.cluster, name, subject)
        return name

    def command(self, *arguments: str) -> str:
        """Run nbdag; return what it prints."""
        status, told = nbdag(self.folder, *arguments)
        assert status == 0, told
        return told

    def runs(self, name: str) -> list[Workflow]:
        """Return the runs of a trigger."""
        found = workflows(self.cluster, f"nbdag/trigger={name}")
        return [Workflow(each, self.cluster.api, self.store) for each in found]

    def tells(self, name: str, count: int = 1) -> list[str]:
        """Wait for *count* runs that are over; return what each has printed."""

        def over() -> list[Workflow]:
            done = [r for r in self.runs(name) if r.made.get("status", {}).get("finishedAt")]
            return done if len(done) >= count else []

        done: list[Workflow] = until(over, f"{name} has not started {count} runs")
        assert [run.phase for run in done] == ["Succeeded"] * count, done[0].why()
        return sorted(run.printed("tell") for run in done)

    def stays_at(self, name: str, count: int) -> bool:
        """Return whether no more runs have started some time later."""
        time.sleep(_QUIET)
        return len(self.runs(name)) == count


@pytest.fixture(scope="module")
def triggers(
    kube: client.ApiClient, store: Store, image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Triggers]:
    """Return a namespace with an event bus, and a user in it."""
    folder = tmp_path_factory.mktemp("triggers")
    write_notebook(folder / "score.ipynb", CELLS)
    with namespace(kube, store) as made, pytest.MonkeyPatch.context() as patch:
        jane = set_up(made, folder, "--with", "triggers", "--watch", "configmaps")
        patch.setenv("KUBECONFIG", str(jane))
        make_bus(made)
        yield Triggers(made, store, folder, image, secrets.token_hex(3))


def post(triggers: Triggers, name: str, path: str, body: object, token: str = "") -> int:
    """Send a request to a trigger's webhook; return the answer's status."""
    url = f"http://{address(triggers.cluster, name)}:12000{path}"
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_a_request_with_the_token_starts_a_run_with_its_values(triggers: Triggers) -> None:
    core: Any = client.CoreV1Api(triggers.cluster.api)
    secret = {"metadata": {"name": "hook"}, "stringData": {"token": "s3cret"}}
    core.create_namespaced_secret(triggers.cluster.namespace, secret)
    fields = ("--set", "key=file.name", "--set", "n=count", "--set", "whole=.")
    name = triggers.make(
        *("webhook", "--webhook", "/run", "--secret", "hook/token"), *fields, "--where", "kind=new"
    )
    body = {"kind": "new", "file": {"name": NASTY}, "count": 5}
    assert post(triggers, name, "/run", body) >= 400
    assert post(triggers, name, "/run", {**body, "kind": "old"}, "s3cret") == 200
    assert post(triggers, name, "/run", body, "s3cret") == 200
    assert triggers.tells(name) == [f"{[NASTY, 5, body]}\n"]
    assert triggers.stays_at(name, 1)
    assert f"{name} " in triggers.command("triggers")
    triggers.command("triggers", name, "--delete")
    assert name not in triggers.command("triggers")


def test_a_message_starts_one_run_however_often_it_is_sent(triggers: Triggers) -> None:
    subject = f"orders.{triggers.names}"
    name = triggers.make(
        *("nats", "--nats", f"{NATS.geturl()}/{subject}", "--set", "key=order.id"),
        *("--once", "order.id", "-p", "n=7"),
        subject=subject,
    )
    for order in ("A-1", "A-1", "A-2", "A-1"):
        publish(subject, {"order": {"id": order}})
    publish(subject, {"order": {}})  # has no name, so no run
    assert triggers.tells(name, 2) == ["['A-1', 7, {}]\n", "['A-2', 7, {}]\n"]
    assert triggers.stays_at(name, 2)


def test_an_object_starts_a_run_that_knows_its_key(triggers: Triggers) -> None:
    folder = f"in-{triggers.names}/data"
    name = triggers.make(
        *("s3", "--s3", f"{triggers.store.bucket}/{folder}/", "--set", "key=key"),
        *("--set", "n=size", "--nats", f"{NATS.geturl()}/s3.events", "--where", "key~[.]csv$"),
        subject="s3.events",
    )
    for path in (f"{folder}/one.txt", f"other-{triggers.names}/two.csv"):
        triggers.store.write(path, b"x")
    triggers.store.write(f"{folder}/two three.csv", b"a,b\n")
    assert triggers.tells(name) == [f"{[f'{folder}/two three.csv', 4, {}]}\n"]
    assert triggers.stays_at(name, 1)


def test_a_change_of_a_resource_and_an_alert_start_runs(triggers: Triggers) -> None:
    namespaced = triggers.cluster.namespace
    changes = triggers.make(
        *("resource", "--resource", "configmaps.v1", "-n", namespaced),
        *("--set", "key=data.file", "--where", "metadata.name=news"),
    )
    alerts = triggers.make("alert", "--alert", "DriftHigh", "--set", "key=labels.model")
    core: Any = client.CoreV1Api(triggers.cluster.api)
    for each in ("other", "news"):
        body = {"metadata": {"name": each}, "data": {"file": f"{each}.csv"}}
        core.create_namespaced_config_map(namespaced, body)
    alert = {"labels": {"alertname": "DriftHigh", "model": "fraud"}}
    other = {"labels": {"alertname": "DiskFull", "model": "fraud"}}
    # As Alertmanager sends it: what is over is told too.
    for status, one in (("resolved", alert), ("firing", other), ("firing", alert)):
        told = {"status": status, "alerts": [{**one, "status": status}]}
        post(triggers, alerts, "/alerts", told)
    assert triggers.tells(changes) == ["['news.csv', 3, {}]\n"]
    assert triggers.tells(alerts) == ["['fraud', 3, {}]\n"]
    assert triggers.stays_at(changes, 1)
    assert triggers.stays_at(alerts, 1)


def test_an_event_that_comes_while_nobody_acts_starts_its_run_later(triggers: Triggers) -> None:
    subject = f"late.{triggers.names}"
    name = triggers.make(
        *("late", "--nats", f"{NATS.geturl()}/{subject}", "--set", "key=id"), subject=subject
    )
    apps: Any = client.AppsV1Api(triggers.cluster.api)
    core: Any = client.CoreV1Api(triggers.cluster.api)
    space, label = triggers.cluster.namespace, f"sensor-name={name}"
    (deployed,) = apps.list_namespaced_deployment(space, label_selector=label).items

    def scale(count: int, done: Callable[[], bool]) -> None:
        scaled = {"spec": {"replicas": count}}
        apps.patch_namespaced_deployment_scale(deployed.metadata.name, space, scaled)
        until(done, f"{name} has not {count} pods")

    def pods() -> int:
        return len(core.list_namespaced_pod(space, label_selector=label).items)

    scale(0, lambda: pods() == 0)
    publish(subject, {"id": "kept"})
    assert triggers.stays_at(name, 0)
    scale(1, lambda: pods() == 1)
    assert triggers.tells(name) == ["['kept', 3, {}]\n"]
    assert triggers.stays_at(name, 1)


@pytest.mark.alone
def test_events_start_runs_while_and_after_the_controller_is_started_anew(
    triggers: Triggers,
) -> None:
    subject = f"anew.{triggers.names}"
    kept = ("--nats", f"{NATS.geturl()}/{subject}", "--set", "key=id", "--once", "id")
    name = triggers.make("anew", *kept, subject=subject)
    publish(subject, {"id": "before"})
    assert triggers.tells(name) == ["['before', 3, {}]\n"]
    core: Any = client.CoreV1Api(triggers.cluster.api)
    label = {"label_selector": "app=controller-manager"}

    def running() -> list[str]:
        return [
            pod.metadata.name
            for pod in core.list_namespaced_pod("argo-events", **label).items
            if pod.status.phase == "Running" and not pod.metadata.deletion_timestamp
        ]

    (old,) = running()
    core.delete_namespaced_pod(old, "argo-events")
    publish(subject, {"id": "meanwhile"})
    until(lambda: running() and old not in running(), "the controller is not there again")
    assert len(triggers.tells(name, 2)) == 2
    later = triggers.make("later", *kept, subject=subject)  # what the new one makes works too
    for each in ("after", "before"):
        publish(subject, {"id": each})
    assert triggers.tells(name, 3)[0] == "['after', 3, {}]\n"
    assert triggers.tells(later, 2) == ["['after', 3, {}]\n", "['before', 3, {}]\n"]
    assert triggers.stays_at(name, 3)
