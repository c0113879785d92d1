"""A server that keeps what is posted to it."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Mailbox:
    """It answers with `answers` in turn, then with 200. `got` are path, media type and body."""

    url: str
    answers: list[int] = field(default_factory=list[int])
    got: list[tuple[str, str, Any]] = field(default_factory=list[tuple[str, str, Any]])


@contextmanager
def open_mailbox(host: str, path: str = "") -> Generator[Mailbox]:
    """Listen at an address of this machine; its `url` ends with *path*."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.got.append((self.path, str(self.headers["Content-Type"]), body))
            self.send_response(made.answers.pop(0) if made.answers else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((host, 0), Handler) as server:
        made = Mailbox(f"http://{host}:{server.server_port}{path}")
        Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()
