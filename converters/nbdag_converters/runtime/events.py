"""Events of a step, one JSON line each, and the failure that ends it."""

from __future__ import annotations

import os
import time
from json import dumps as to_json  # the notebook's code may put another in its place
from typing import Any, Callable, Dict, List

LISTENERS: List[Callable[[Dict[str, Any]], object]] = []  # get each event too
COMMON: Dict[str, Any] = {}  # fields of every event: which part of a step this is
MARK = "::nbdag::"  # before an event that stands among what a step prints
LONGEST = 4000  # bytes: a pipe takes that in one piece, so lines of several steps do not mix


class Failure(Exception):  # noqa: N818
    """The step can't go on; `kind` is one of `cell`, `guard`, `save`, `load`, `order`."""

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        cell: int | None = None,
        line: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.cell, self.line, self.name = kind, message, cell, line, name


def emit(event: str, **fields: Any) -> None:
    """Write *event* to the descriptor NBDAG_EVENTS, or to standard error behind a prefix."""
    fields = dict({"event": event, "time": round(time.time(), 3)}, **fields, **COMMON)
    for listener in LISTENERS:
        listener(fields)
    line = to_json(fields, default=str)
    while len(line) >= LONGEST:
        longest = max(fields, key=lambda key: len(to_json(fields[key], default=str)))
        fields[longest] = str(fields[longest])[: len(str(fields[longest])) // 2] + "…"
        line = to_json(fields, default=str)
    where = os.environ.get("NBDAG_EVENTS")
    text = line + "\n" if where else MARK + line + "\n"
    try:
        os.write(int(where or 2), text.encode())
    except BrokenPipeError:
        os._exit(1)  # who ordered the step is gone
