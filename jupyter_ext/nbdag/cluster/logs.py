"""Logs: what the pods of a run print, and the events of the steps that are among it."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from nbdag.runs.events import RunEvent, parse_event
from nbdag.runs.files import write_atomic

from .api import MOST_FOLLOWED, Api, ApiError
from .told import Pod

MARK = b"::nbdag::"
_EXECUTOR = re.compile(rb'time="[^"]*" level=\w+ msg=.* argo=true\b')  # what Argo itself says there
OnLine = Callable[[RunEvent], None]


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


class Logs:
    """Follows the pods that run, each in a thread, and reads those that have ended as a whole."""

    def __init__(self, api: Api, workflow: str, steps: Path, on_event: OnLine) -> None:
        self._api, self._workflow, self._steps = api, workflow, steps
        self._on_event = on_event
        self._names: dict[str, str] = {}
        self._followed: dict[str, threading.Thread] = {}
        self._read: set[str] = set()
        self.closed = False

    def see(self, pod: Pod) -> None:
        """Follow a pod that runs; read what one that has ended printed, unless it was read."""
        if pod.over:
            if pod.node not in self._read:
                self._read.add(pod.node)
                self._read_whole(pod)
        elif pod.node not in self._followed and self._has_room():
            thread = threading.Thread(target=self._follow, args=(pod,), daemon=True)
            self._followed[pod.node] = thread
            thread.start()

    def _has_room(self) -> bool:
        """Return whether one more may be followed; the rest are read when they end."""
        return sum(thread.is_alive() for thread in self._followed.values()) < MOST_FOLLOWED

    def _name(self, pod: Pod) -> str:
        if pod.node not in self._names:
            self._names.update(self._api.pods(self._workflow))
        return self._names.get(pod.node, "")

    def _path(self, pod: Pod) -> Path:
        folder = self._steps / pod.step / (pod.part.folder if pod.part else "")
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "log.txt"

    def _read_whole(self, pod: Pod) -> None:
        followed = self._followed.get(pod.node)
        if followed is not None:
            followed.join(10)  # it ends with the pod
        with contextlib.suppress(ApiError):  # the pod may be gone: what was followed is there
            name = self._name(pod)
            if name:
                text, events = split(self._api.log(name))
                write_atomic(self._path(pod), text)
                self._tell(events)

    def _follow(self, pod: Pod) -> None:
        with contextlib.suppress(ApiError):
            name = self._name(pod)
            if not name:
                return
            rest = b""
            with (
                self._path(pod).open("wb", buffering=0) as file,
                self._api.following(name) as pieces,
            ):
                for piece in pieces:
                    if self.closed:
                        return
                    whole, newline, rest = (rest + piece).rpartition(b"\n")
                    text, events = split(whole + newline)
                    file.write(text)
                    self._tell(events)

    def _tell(self, events: Iterable[RunEvent]) -> None:
        for event in events:
            self._on_event(event)
