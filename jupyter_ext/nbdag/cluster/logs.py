"""Logs: what the pods of a run print, and the events of the steps that are among it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from urllib3.exceptions import HTTPError

from nbdag.runs.events import RunEvent
from nbdag.runs.files import write_atomic
from nbdag.runs.remote.log import split
from nbdag.runs.remote.told import Pod

from .api import Api
from .connection import MOST_FOLLOWED, ApiError

_NO_LOG = (400, 403, 404)  # the pod has not begun, may not be read, is gone
_AGAIN = (0.5, 1.0, 2.0, *[5.0] * 60)  # seconds until a lost connection is made again
OnLine = Callable[[RunEvent], None]


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
        try:
            name = self._name(pod)
            if name:
                text, events = split(self._api.log(name))
                write_atomic(self._path(pod), text)
                self._tell(events)
        except ApiError as error:
            if error.status not in _NO_LOG:  # what was followed is there
                raise
        self._read.add(pod.node)

    def _follow(self, pod: Pod) -> None:
        """Write what a pod prints until its end, from its beginning after each lost connection."""
        for pause in _AGAIN:
            try:
                self._write(pod)
            except (ApiError, HTTPError) as error:
                if getattr(error, "status", 0) in _NO_LOG:
                    return
            else:
                return
            time.sleep(pause)
            if self.closed or pod.node in self._read:
                return

    def _write(self, pod: Pod) -> None:
        name = self._name(pod)
        if not name:
            return
        rest = b""
        with (
            self._api.following(name) as pieces,
            self._path(pod).open("wb", buffering=0) as file,
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
