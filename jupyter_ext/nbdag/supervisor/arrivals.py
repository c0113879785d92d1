"""Arrivals: events of this machine, one after the other: files in a folder, requests to a port."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any

LARGEST = 1_000_000  # bytes of a request
_QUIET = 1000  # milliseconds without a change, after which a file is taken for whole
_LONGEST = 60_000


def files(folder: Path, stop: threading.Event | None = None) -> Iterator[dict[str, Any]]:
    """Yield each file that is put into *folder* or changes there, once nothing changes any more."""
    from watchfiles import Change, watch

    for changes in watch(folder, debounce=_LONGEST, step=_QUIET, stop_event=stop):
        for path in sorted({Path(path) for change, path in changes if change != Change.deleted}):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if not hidden and path.is_file():
                yield {"name": path.name, "path": str(path), "size": path.stat().st_size}


@contextlib.contextmanager
def requests(port: int) -> Generator[tuple[int, Iterator[Any]]]:
    """Listen on the loopback address; yield the port, and the bodies that are posted to it.

    Only JSON that says so is taken: a page in a browser can't send that to another's address.
    """
    queue: SimpleQueue[Any] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.headers.get_content_type() != "application/json":
                self.send_error(415, "Send JSON, as application/json")
                return
            length = str(self.headers.get("Content-Length", ""))
            if not length.isdecimal() or int(length) > LARGEST:
                self.send_error(413, "Too large, or of no known length")
                return
            try:
                body = json.loads(self.rfile.read(int(length)))
            except ValueError:
                self.send_error(400, "No JSON")
                return
            queue.put(body)
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port, iter(queue.get, None)
        finally:
            server.shutdown()
