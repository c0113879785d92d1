"""Channel: where everything that happens in a run arrives, in order.

The zygote, the steps' processes and threads of this process write to one pipe, one JSON line a
message and at most 4,000 bytes each, which the system writes whole. So one reader waits in one
place, without polling, and sees a step's last words before its end. What others may ask of a run
comes on an end of its own, at which the reader waits too.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import threading
from collections.abc import Iterator
from typing import Any, cast

LONGEST = 4_000


class Channel:
    """A pipe of messages; `end` is what writers get. Close it when nobody writes any more."""

    def __init__(self) -> None:
        self._read, self.end = os.pipe()
        os.set_blocking(self._read, False)
        self._rests: dict[int, bytes] = {self._read: b""}
        self._writing = threading.Lock()

    def add(self, end: int) -> None:
        """Wait for messages at another descriptor, too, which must not block."""
        self._rests[end] = b""

    def remove(self, end: int) -> None:
        """Don't wait at *end* any more."""
        self._rests.pop(end, None)

    def post(self, message: dict[str, Any]) -> None:
        """Write *message*, from any thread of this process; nothing happens once it is closed."""
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        with self._writing, contextlib.suppress(BrokenPipeError):
            if self.end >= 0:
                os.write(self.end, line)

    def messages(self, timeout: float | None) -> Iterator[dict[str, Any]]:
        """Wait for messages, at most *timeout* seconds, and yield those that are there."""
        ready, _, _ = select.select(list(self._rests), [], [], timeout)
        for end in ready:
            yield from self._messages_at(end)

    def _messages_at(self, end: int) -> Iterator[dict[str, Any]]:
        try:
            chunk = os.read(end, 1 << 16)
        except BlockingIOError:
            return
        *lines, self._rests[end] = (self._rests[end] + chunk).split(b"\n")
        for line in lines:
            try:
                message: object = json.loads(line)
            except ValueError:
                continue  # the notebook's code can write to any descriptor; it isn't ours
            if isinstance(message, dict):
                yield cast("dict[str, Any]", message)

    def close(self) -> None:
        """Close both ends, the reader's first, so that a writer that waits gives up."""
        if self._read >= 0:
            os.close(self._read)
            self._rests.clear()
            self._read = -1
        with self._writing:
            if self.end >= 0:
                os.close(self.end)
                self.end = -1
