"""A server that speaks the part of Kubeflow's API v2beta1 which a submission needs.

What it is sent is read into the models of Kubeflow's own client, which know every field there is.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import kfp_server_api as models  # pyright: ignore[reportMissingImports] - a virtualenv of its own

from kubeflow.executed import Executed, execute

API = "/apis/v2beta1"


@dataclass(slots=True)
class Portal:
    """What is known to the server. `answers` are statuses that it gives first, by method and path.

    A status of 0 is no answer, 302 one that leads to a page to log in. It is asked *below* a path.
    """

    token: str = ""
    below: str = ""
    answers: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    experiments: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    packages: list[bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    url: str = ""
    root: Path | None = None
    executed: dict[str, Executed] = field(default_factory=dict)
    recurring: list[dict[str, Any]] = field(default_factory=list)
    logs_at: str = "v2beta1"
    over: threading.Event = field(default_factory=threading.Event)

    def upload(self, path: str, query: dict[str, str], content: bytes) -> dict[str, Any]:
        """Keep a package."""
        self.packages.append(content)
        if path.endswith("upload_version"):
            return self.version(query["pipelineid"], query["name"])
        number = f"p{len(self.pipelines)}"
        namespace = query.get("namespace", "")
        made = {"pipeline_id": number, "display_name": query["name"], "namespace": namespace}
        self.pipelines.append(made)
        self.version(number, query["name"])
        return made

    def version(self, pipeline: str, name: str) -> dict[str, Any]:
        """Make a version."""
        made = {
            "pipeline_id": pipeline,
            "pipeline_version_id": f"v{len(self.versions)}",
            "display_name": name,
        }
        self.versions.append(made)
        return made

    def make(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make an experiment or a run."""
        if path == "/experiments":
            made = {**_checked(body, models.V2beta1Experiment), "experiment_id": "e0"}
            self.experiments.append(made)
            return made
        if path == "/recurringruns":
            made = {**_checked(body, models.V2beta1RecurringRun), "recurring_run_id": "s0"}
            self.recurring.append(made)
            return made
        if path.endswith(":terminate"):
            self.executed[path.split("/")[2].partition(":")[0]].terminate()
            return {}
        if path.endswith(":retry"):
            self.executed[path.split("/")[2].partition(":")[0]].retry()
            return {}
        run = f"r{len(self.runs)}"
        made = {**_checked(body, models.V2beta1Run), "run_id": run}
        self.runs.append(made)
        if self.root is not None:
            values = body["runtime_config"]["parameters"]
            self.executed[run] = execute(self.packages[-1], values, self.root / run)
        return made

    def run(self, number: str) -> dict[str, Any] | None:
        """Return a run as it is now."""
        found = self.executed.get(number)
        if found is None:
            return None
        state = found.state  # before the tasks are read, which it may be the end of
        made = {"run_id": number, "state": state, "run_details": {"task_details": found.details()}}
        if found.finished is not None:
            made["finished_at"] = datetime.fromtimestamp(found.finished, timezone.utc).isoformat()
        return _checked(made, models.V2beta1Run)

    def find(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        """Return a list, by its filter, or None where there is no such thing."""
        if path == "/healthz":
            return {"multi_user": False}
        if path.startswith("/runs/"):
            return self.run(path.removeprefix("/runs/"))
        names = {"/pipelines": "pipelines", "/experiments": "experiments"}
        key = names.get(path, "pipeline_versions" if path.endswith("/versions") else "")
        if not key:
            return None
        found = self.versions if key == "pipeline_versions" else getattr(self, key)
        if query.get("filter"):
            predicate = json.loads(query["filter"])["predicates"][0]
            assert predicate["operation"] in ("EQUALS", 1)
            found = [each for each in found if each[predicate["key"]] == predicate["stringValue"]]
        return {key: found} if found else {}


def _checked(body: dict[str, Any], model: type) -> dict[str, Any]:
    """Return the body, all of whose fields the model has, of its types."""

    class Answer:
        data = json.dumps(body)

    read = models.ApiClient().deserialize(Answer, model)
    again = models.ApiClient().sanitize_for_serialization(read)
    assert again == body
    return body


class _Handler(BaseHTTPRequestHandler):
    portal: Portal

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self, method: str) -> None:
        portal = self.portal
        where = urlsplit(self.path.removeprefix(portal.below))
        path = where.path.removeprefix(API)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        portal.asked.append(f"{method} {path}")
        portal.tokens.append(self.headers.get("Authorization", ""))
        planned = portal.answers.get((method, path))
        status = planned.pop(0) if planned else 200
        if status == 0:
            portal.over.wait(60)
            return
        if portal.token and self.headers.get("Authorization") != f"Bearer {portal.token}":
            status = 401
        if portal.below and not self.path.startswith(f"{portal.below}/"):
            status = 404
        if status == 302:
            self._send(302, b"", {"Location": f"{portal.url}/login"})
        elif path == "/login":
            self._send(200, b"<html>Log in</html>", {})
        elif status != 200:
            told = {"code": 7, "message": f"told {status}"}
            self._send(status, json.dumps(told).encode(), {})
        elif path.endswith("/log"):
            self._send_log(where.path)
        else:
            found = self._found(method, path, query, content)
            self._send(404 if found is None else 200, json.dumps(found or {}).encode(), {})

    def _send_log(self, path: str) -> None:
        _, _, version, _, run, _, pod, _ = path.split("/")
        log = self.portal.executed[run].log(pod) if version == self.portal.logs_at else None
        told = b'{"error": "the pod is gone"}'
        self._send(404 if log is None else 200, told if log is None else log, {})

    def _found(
        self, method: str, path: str, query: dict[str, str], content: bytes
    ) -> dict[str, Any] | None:
        if method == "GET":
            return self.portal.find(path, query)
        kind = self.headers["Content-Type"]
        if not kind.startswith("multipart/form-data"):
            return self.portal.make(path, json.loads(content))
        message = BytesParser(policy=HTTP).parsebytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + content
        )
        (part,) = message.iter_parts()
        assert part.get_param("name", header="content-disposition") == "uploadfile"
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return self.portal.upload(path, query, payload)

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(portal: Portal, context: Any = None) -> Generator[Portal]:
    """Serve *portal*, by TLS with a *context* of it, until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"portal": portal}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    portal.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield portal
    finally:
        portal.over.set()
        for executed in portal.executed.values():
            executed.terminate()
        server.shutdown()
        thread.join()
        server.server_close()
