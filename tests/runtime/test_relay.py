"""The relay of a step on another cluster, against a server with the part of the API it uses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nbdag_converters.compilers import embed

LOG = b"""\
::nbdag::{"event":"started","step":"b","time":1.0}
hello
::nbdag::5
half ::nbdag::{"event":"decided","step":"b","name":"d","branch":1,"time":2.0}
the end, without a line feed"""
PLAN = {
    "order": {"step": "b", "decides": [{"name": "d"}]},
    "types": {},
    "values": [],
    "files": "",
    "env": {},
}
WORKFLOW = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {"generateName": "b-", "labels": {"a": "b"}},
    "spec": {
        "volumes": [{"name": "code", "projected": {"sources": []}}],
        "templates": [{"name": "step", "inputs": {"parameters": [{"name": "index"}]}}],
    },
}


@dataclass
class Api:
    """What the other cluster does: `status` is that of its workflow, one after the other."""

    status: list[dict[str, Any]] = field(
        default_factory=lambda: [{}, {"phase": "Running", "nodes": {"n": {}}}, _over("Succeeded")]
    )
    refused: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    away: int = 0  # how many requests find it away
    made: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    asked: list[str] = field(default_factory=list[str])
    hangs: threading.Event = field(default_factory=threading.Event)
    watched: bool = False

    def answer(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        """Return status and content for a request."""
        self.asked.append(f"{method} {path}")
        if self.away:
            self.away -= 1
            return 503, b"away"
        for word, (code, message) in self.refused.items():
            if word in path:
                return code, json.dumps({"message": message}).encode()
        return self._make(method, body) if body is not None else self._tell(path)

    def _make(self, method: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if method == "POST":
            name = body["metadata"]["name"]
            if name in self.made:
                return 409, b"{}"
            self.made[name] = body
            return 201, self._workflow(body)
        self.made["patch"] = body
        return 200, b"{}"

    def _tell(self, path: str) -> tuple[int, bytes]:
        if "watch=true" in path:
            if self.watched:
                self.hangs.wait(20)
            return 200, b"{}\n"
        if path.endswith("/log?container=main&follow=true"):
            return 200, LOG[: LOG.index(b"the end") + 5]
        if "/log?" in path:
            return 200, LOG
        if "labelSelector" in path:
            return 200, json.dumps({"items": [{"metadata": {"name": "pod"}}]}).encode()
        status = self.status.pop(0) if len(self.status) > 1 else self.status[0]
        return 200, self._workflow({"status": status})

    @staticmethod
    def _workflow(body: dict[str, Any]) -> bytes:
        return json.dumps({**body, "metadata": {"uid": "u", "resourceVersion": "1"}}).encode()


def _over(phase: str, **more: str) -> dict[str, Any]:
    return {"phase": phase, "nodes": {"n": {}}, **more}


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def server(api: Api) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            assert self.headers["Authorization"] == "Bearer secret-token"
            code, content = api.answer(self.command, self.path, body)
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(BrokenPipeError):  # who asked has ended
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = handle_one  # noqa: N815 - as http.server wants them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    api.hangs.set()
    made.shutdown()
    made.server_close()


def lay(folder: Path, server: str) -> None:
    """Lay the files that a relay finds."""
    for name in ("code", "cluster"):
        (folder / name).mkdir()
    (folder / "code" / "b.iteration.json").write_text(json.dumps(PLAN))
    (folder / "code" / "b.iteration.remote.json").write_text(json.dumps(WORKFLOW))
    (folder / "code" / "other.json").write_text("{}")
    (folder / "code" / "payload").write_text("p")
    for name, text in {"server": server, "token": "secret-token\n", "namespace": "ml"}.items():
        (folder / "cluster" / name).write_text(text)


def start(folder: Path) -> subprocess.Popen[str]:
    """Start the relay of part `iteration` of step b, as a container does."""
    env = {
        **os.environ,
        "NBDAG_ROOT": str(folder),
        "NBDAG_STEP": "b",
        "NBDAG_PART": "iteration",
        "NBDAG_INDEX": "7",
        "NBDAG_RUN": "the-uid",
        "NBDAG_CLUSTER": "edge",
        "NBDAG_PARAMETERS": "n=Mw==",
        "HOSTNAME": "a-run-with-a-name-that-is-far-too-long-for-others-b-1234567890",
    }
    command = [sys.executable, "-c", embed.BOOT, embed.payload("relay"), "relay"]
    return subprocess.Popen(
        command,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(folder: Path, server: str) -> tuple[int, str]:
    """Return the exit status of the relay, and all that it says."""
    lay(folder, server)
    with start(folder) as relay:
        said, _ = relay.communicate(timeout=60)
    return relay.returncode, said


NAME = "a-run-with-a-name-that-is-far-too-lon-b-1234567890"


def test_it_starts_the_workflow_and_says_what_its_pod_says(
    tmp_path: Path, api: Api, server: str
) -> None:
    status, said = run(tmp_path, server)
    assert status == 0, said
    assert said.startswith('::nbdag::{"event": "placed"')
    assert said.endswith(LOG.decode()), "each line once, also where its log was cut"
    assert (tmp_path / "run" / "results" / "decision-0").read_text() == "1"
    made = api.made[NAME]
    assert {p["name"]: p["value"] for p in made["spec"]["arguments"]["parameters"]} == {
        "nbdag-run": "the-uid",
        "nbdag-parameters": "n=Mw==",
        "nbdag-scheduled": "",
        "index": "7",
    }
    maps = [
        source["configMap"]["name"] for source in made["spec"]["volumes"][0]["projected"]["sources"]
    ]
    assert [list(api.made[name]["binaryData"]) for name in maps] == [
        ["b.iteration.json"],
        ["payload"],
    ]
    assert all(api.made[name]["metadata"]["ownerReferences"][0]["uid"] == "u" for name in maps)


def test_a_failure_that_the_pod_told_is_not_told_again(
    tmp_path: Path, api: Api, server: str
) -> None:
    api.status = [_over("Failed", message="main: exit code 1")]
    status, said = run(tmp_path, server)
    assert status == 1
    assert "on cluster 'edge': main: exit code 1" in said


def test_a_cluster_that_comes_back_is_asked_again(tmp_path: Path, api: Api, server: str) -> None:
    api.away = 2
    status, said = run(tmp_path, server)
    assert status == 0, said


@pytest.mark.parametrize(
    ("word", "code"), [("workflows", 403), ("configmaps", 403), ("workflows", 401)]
)
def test_what_the_cluster_refuses_is_told(
    tmp_path: Path, api: Api, server: str, word: str, code: int
) -> None:
    api.refused = {word: (code, "you may not")}
    status, said = run(tmp_path, server)
    assert status == 1
    assert f"cluster 'edge' refuses it ({code}): you may not" in said
    assert '"kind": "cluster"' in said
    assert "secret-token" not in said


def test_a_secret_that_lacks_something_is_told(tmp_path: Path, server: str) -> None:
    lay(tmp_path, server)
    (tmp_path / "cluster" / "token").unlink()
    with start(tmp_path) as relay:
        said, _ = relay.communicate(timeout=60)
    assert relay.returncode == 1
    assert "the secret of cluster 'edge' isn't there, or has no 'token'" in said


def test_where_it_is_ended_the_workflow_is_too(tmp_path: Path, api: Api, server: str) -> None:
    api.status, api.watched = [{"phase": "Running"}], True
    lay(tmp_path, server)
    with start(tmp_path) as relay:
        assert relay.stdout is not None
        assert "placed" in relay.stdout.readline()
        while not any("watch=true" in asked for asked in api.asked):
            api.hangs.wait(0.05)
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(30) == 128 + signal.SIGTERM
    assert api.made["patch"] == {"spec": {"shutdown": "Terminate"}}
