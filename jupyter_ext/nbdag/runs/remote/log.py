"""Log: what a pod has printed, apart from the events of its step that are among it."""

from __future__ import annotations

import re

from nbdag.runs.events import RunEvent, parse_event

MARK = b"::nbdag::"
_EXECUTOR = re.compile(rb'time="[^"]*" level=\w+ msg=.* argo=true\b')  # what Argo itself says there


def split(log: bytes) -> tuple[bytes, list[RunEvent]]:
    """Return what a step has printed, and the events among it."""
    text, events = [], list[RunEvent]()
    for line in log.splitlines(keepends=True):
        if _EXECUTOR.match(line):
            continue
        before, mark, rest = line.partition(MARK)
        event = parse_event(rest.strip()) if mark else None
        if event is None:
            text.append(line)
            continue
        events.append(event)
        text.append(before)  # a line that the cell has not ended
    return b"".join(text), events
