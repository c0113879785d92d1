"""Objects of a store that answers, is ill, refuses, or goes away in the middle."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nbdag.runs.base import RunError
from nbdag.runs.remote.objects import Bucket

pytestmark = pytest.mark.kernel

CONTENT = bytes(range(256)) * 100
KEYS = {"access_key_id": "it", "secret_access_key": "it", "region": "us-east-1"}
HEAD = {"ETag": '"a"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}


class Answers(BaseHTTPRequestHandler):
    """Gives one of *statuses* at a time: 0 goes away, 1 does so in the middle of the object."""

    statuses: Iterator[int]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer as S3 does."""
        status = next(self.statuses)
        start = int((self.headers["Range"] or "bytes=0-").partition("=")[2].partition("-")[0])
        if status == 0:
            self.close_connection = True
        elif status in (1, 200):
            last = len(CONTENT) - 1
            self.send_response(206 if start else 200)
            where = {"Content-Range": f"bytes {start}-{last}/{len(CONTENT)}"} if start else {}
            for name, value in {**HEAD, **where, "Content-Length": str(last + 1 - start)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(CONTENT[start:] if status == 200 else CONTENT[: len(CONTENT) // 2])
            self.close_connection = True
        else:
            text = b"<?xml version='1.0'?><Error><Code>NoSuchThing</Code></Error>"
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fetched(address: str, path: Path, *statuses: int) -> bool:
    Answers.statuses = itertools.chain(statuses, itertools.repeat(statuses[-1]))
    return Bucket("data", address, KEYS, pause=0.01).fetch("run/values", path)


@pytest.mark.parametrize("first", [500, 503, 0, 1])
def test_what_can_be_asked_again_is(first: int, address: str, tmp_path: Path) -> None:
    path = tmp_path / "values"
    assert fetched(address, path, first, 200)
    assert path.read_bytes() == CONTENT


def test_an_object_that_is_not_there_is_none(address: str, tmp_path: Path) -> None:
    assert not fetched(address, tmp_path / "values", 404)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            500,
            r"500 Internal Server Error \(NoSuchThing\), also when asked 3 more times. If it has",
        ),
        (403, r"403 Forbidden \(NoSuchThing\). The keys that are used have to be allowed"),
        (0, r"HTTP error: error sending request, also when asked 3 more times. If it has"),
    ],
)
def test_a_refusal_names_the_object_the_store_and_what_to_do(
    status: int, said: str, address: str, tmp_path: Path
) -> None:
    with pytest.raises(
        RunError, match=rf"Can't fetch 'run/values' from the bucket 'data' at http\S+: {said}"
    ):
        fetched(address, tmp_path / "values", status)
    assert not [*tmp_path.iterdir()]


def test_nobody_there_is_said(tmp_path: Path) -> None:
    bucket = Bucket("data", "http://127.0.0.1:1", KEYS, pause=0.01)
    with pytest.raises(RunError, match=r"at http://127.0.0.1:1: HTTP error.*set NBDAG_S3_ENDPOINT"):
        bucket.fetch("run/values", tmp_path / "values")
    with pytest.raises(RunError, match=r"Can't copy 'run/values' in the bucket"):
        bucket.copy("run/values", "other")
