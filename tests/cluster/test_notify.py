"""A workflow tells how it has ended, also where it has failed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from kubernetes import client

from cluster.desk import Desk
from cluster.listening import until
from mailbox_server import Mailbox, open_mailbox
from nbdag.runs.events import Phase
from notebooks import Source

CELLS = (
    Source("good = True", ("parameters",)),
    Source("assert good, 'it\\'s <bad> \\x1b[31m'", ("step:check",)),
    Source("print('the end')", ("step:tidy", "on-exit")),
)
NOTIFY = ["failure:slack:alerts/slack=SLACK_URL", "always:cloudevent:alerts/events=EVENTS_URL"]


@pytest.fixture
def mailbox(kube: client.ApiClient) -> Iterator[Mailbox]:
    """Return a server that pods can reach: at this machine's address towards the cluster."""
    place = urlsplit(kube.configuration.host)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect((place.hostname, place.port or 443))
        host = str(way.getsockname()[0])
    with open_mailbox(host) as made:
        yield made


def test_the_end_of_a_workflow_is_told_to_who_wants_to_know(desk: Desk, mailbox: Mailbox) -> None:
    core: Any = client.CoreV1Api(desk.cluster.api)
    addresses = {"slack": f"{mailbox.url}/slack", "events": f"{mailbox.url}/events"}
    secret = {"metadata": {"name": "alerts"}, "stringData": addresses}
    core.create_namespaced_secret(desk.cluster.namespace, secret)
    path = desk.write(*CELLS, metadata={"nbdag": {"notify": NOTIFY}})
    run = desk.submit_file(path)
    assert run.wait(180).phase is Phase.SUCCEEDED
    ((where, _, event),) = mailbox.got
    assert (where, event["type"]) == ("/events", "nbdag.run.succeeded")
    assert event["data"]["pipeline"] == path.stem
    assert event["data"]["failures"] == []

    mailbox.got.clear()
    mailbox.answers[:] = [503]
    run = desk.submit_file(path, good=False)
    assert run.wait(180).phase is Phase.FAILED
    assert run["tidy"].phase is Phase.SUCCEEDED
    got = until(lambda: mailbox.got[2:], "nobody was told")
    assert mailbox.got[0][0] == "/slack", "the first answer was to try it again"
    told = {where: body for where, _, body in (*mailbox.got[1:2], *got)}
    assert told["/slack"]["text"].startswith(f"\N{MULTIPLICATION X} {path.stem} failed after ")
    assert "check: " in told["/slack"]["text"]
    (failure,) = told["/events"]["data"]["failures"]
    assert failure["step"] == "check"
