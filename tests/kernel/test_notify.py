"""Messages at the end of a run: to whom, what they say, and that nobody learns the address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import nbdag
from mailbox_server import Mailbox, open_mailbox
from nbdag.verify import verify
from nbdag_converters.runtime import notify
from nbdag_converters.runtime.notify import failed_nodes, send
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel

SECRET = "T0KEN"
CELLS = (
    Source("good = True", ("parameters",)),
    Source("assert good, 'a < b & c'", ("step:check",)),
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox("127.0.0.1", f"/{SECRET}") as made:
        yield made


def notebook(folder: Path, *told: str) -> Path:
    metadata = {"nbdag": {"notify": list(told)}}
    return write_notebook(folder / "fraud.ipynb", CELLS, metadata=metadata)


def test_a_failure_is_told_to_slack_and_each_end_as_an_event(
    tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_URL", mailbox.url + "/slack")
    monkeypatch.setenv("EVENTS_URL", mailbox.url + "/events")
    path = notebook(
        tmp_path,
        "failure:slack:alerts/url=SLACK_URL",
        "always:cloudevent:alerts/events=EVENTS_URL",
    )
    run = nbdag.read(path).run()
    run.wait()
    ((where, media, event),) = mailbox.got
    assert (where, media) == (f"/{SECRET}/events", "application/cloudevents+json")
    assert event["specversion"] == "1.0"
    assert (event["type"], event["id"]) == ("nbdag.run.succeeded", run.id)
    assert event["source"] == "/nbdag/fraud"
    assert event["data"]["failures"] == []

    mailbox.got.clear()
    run = nbdag.read(path).run(good=False)
    run.wait()
    (_, media, message), (_, _, event) = mailbox.got
    assert media == "application/json"
    assert message["text"].startswith("\N{MULTIPLICATION X} fraud failed after ")
    assert "check: AssertionError: a &lt; b &amp; c" in message["text"]
    assert event["type"] == "nbdag.run.failed"
    assert event["data"]["failures"] == [{"step": "check", "message": "AssertionError: a < b & c"}]
    kept = [item for item in tmp_path.rglob("*") if item.is_file()]
    assert len(kept) > 5
    assert not [item for item in kept if SECRET.encode() in item.read_bytes()]


def test_a_message_that_can_not_be_sent_is_told_and_fails_no_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbdag.cli import main

    monkeypatch.delenv("SLACK_URL", raising=False)
    path = notebook(tmp_path, "always:slack:alerts/url=SLACK_URL")
    assert main(["run", str(path)]) == 0
    assert "slack was not told: the variable SLACK_URL has no address" in capfd.readouterr().out


def test_verifying_a_notebook_tells_nobody(
    tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_URL", mailbox.url)
    assert verify(notebook(tmp_path, "always:slack:alerts/url=SLACK_URL")).equal
    assert mailbox.got == []


@pytest.mark.parametrize(
    ("answers", "told", "tries"),
    [
        ([], "", 1),
        ([503, 429], "", 3),
        ([500, 500, 500], "the answer was 500", 3),
        ([404], "the answer was 404", 1),
    ],
)
def test_what_may_go_by_is_tried_again(
    answers: list[int], told: str, tries: int, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "PAUSES", (0, 0, 0))
    mailbox.answers[:] = answers
    assert send(mailbox.url, {}, "application/json") == told
    assert len(mailbox.got) == tries


@pytest.mark.parametrize(
    "url", [f"http://127.0.0.1:9/{SECRET}", f"nonsense {SECRET}", "", "http://"]
)
def test_why_nobody_was_reached_does_not_say_the_address(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "PAUSES", (0,))
    problem = send(url, {}, "application/json")
    assert problem.startswith("it can't be reached (")
    assert SECRET not in problem


def test_failures_are_read_as_argo_quotes_them() -> None:
    train = r"{\"displayName\":\"train\",\"message\":\"it\\\"s \\u0026 \\n\",\"podName\":\"p\"}"
    text = rf'"[{train},{{\"displayName\":\"main\",\"message\":\"\"}}]"'
    assert failed_nodes(text) == [("train", 'it"s & \n')]
    assert failed_nodes('"null"') == failed_nodes("<nil>") == []
