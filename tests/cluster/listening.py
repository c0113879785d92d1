"""Argo Events in a namespace: its bus, and when what listens really does."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from kubernetes import client

from cluster.workflows import GROUP, VERSION, Cluster

NATS = urlsplit(os.environ.get("NBDAG_NATS", ""))


def until(true: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    """Return what *true* returns once it is true; fail where it isn't after some time."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, what
        time.sleep(0.3)
    return found


def make_bus(cluster: Cluster) -> None:
    """Make the event bus of the namespace, on NATS."""
    # What it has by itself is for servers of its own.
    settings = "{replicas: 1, maxMsgs: 50000, maxAge: 168h, maxBytes: -1, duplicates: 300s}"
    spec = {"jetstreamExotic": {"url": NATS.geturl(), "streamConfig": settings}}
    custom(cluster).create_namespaced_custom_object(
        *where(cluster, "eventbus"),
        {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": "EventBus",
            "metadata": {"name": "default"},
            "spec": spec,
        },
    )


def custom(cluster: Cluster) -> Any:
    """Return the client of objects such as Argo's."""
    return client.CustomObjectsApi(cluster.api)


def where(cluster: Cluster, plural: str) -> tuple[str, str, str, str]:
    """Return where objects of Argo are, for that client."""
    return GROUP, VERSION, cluster.namespace, plural


def workflows(cluster: Cluster, label: str) -> list[dict[str, Any]]:
    """Return the workflows with a label."""
    found = custom(cluster).list_namespaced_custom_object(
        *where(cluster, "workflows"), label_selector=label
    )
    return list(found["items"])


def publish(subject: str, body: object) -> None:
    """Send a message to NATS."""
    data = json.dumps(body).encode()
    with socket.create_connection((str(NATS.hostname), NATS.port or 4222), timeout=5) as wire:
        wire.recv(4096)
        wire.sendall(
            b'CONNECT {"verbose":false}\r\nPUB %s %d\r\n%s\r\nPING\r\n'
            % (subject.encode(), len(data), data)
        )
        assert b"PONG" in wire.recv(4096)


def listens(cluster: Cluster, trigger: str, subject: str = "") -> None:
    """Wait until a trigger listens: a pod that is ready need not, and what comes before is lost."""
    until(lambda: _pod(cluster, trigger), f"no pod of {trigger} is ready")
    consumer = f"default.{trigger}.run"
    until(lambda: consumer in _consumers(), f"the sensor of {trigger} takes no events")
    if subject:
        until(lambda: subject in _subjects(), f"nobody listens to {subject}")


def address(cluster: Cluster, trigger: str) -> str:
    """Return the address of the pod of an event source."""
    return str(_pod(cluster, trigger).status.pod_ip)


def _pod(cluster: Cluster, trigger: str) -> Any:
    core: Any = client.CoreV1Api(cluster.api)
    label = f"eventsource-name={trigger}"
    for pod in core.list_namespaced_pod(cluster.namespace, label_selector=label).items:
        states = pod.status.container_statuses or ()
        if states and all(state.ready for state in states) and not pod.metadata.deletion_timestamp:
            return pod
    return None


def _monitor(path: str) -> Any:
    with urlopen(f"http://{NATS.hostname}:8222{path}", timeout=5) as answer:
        return json.load(answer)


def _subjects() -> set[str]:
    connections = _monitor("/connz?subs=1")["connections"]
    return {subject for each in connections for subject in each.get("subscriptions_list", ())}


def _consumers() -> set[str]:
    """Return what sensors take from the buses, which all namespaces share here."""
    accounts = _monitor("/jsz?consumers=1&config=1").get("account_details", ())
    return {
        str(each["config"].get("filter_subject"))
        for account in accounts
        for stream in account.get("stream_detail", ())
        for each in stream.get("consumer_detail", ())
    }
