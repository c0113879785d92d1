"""Logs: what the pods of a run print, the events among it, and the files that came in pieces."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from nbdag.runs.base import RunError
from nbdag.runs.events import RunEvent
from nbdag.runs.files import write_atomic
from nbdag.runs.remote.log import split
from nbdag.runs.remote.told import Pod

from .endpoint import Endpoint, EndpointError

SENT = ("report.json", "outputs.jsonl")
ARTIFACTS = "artifacts.json"
"""The file beside them that says where a step's artifacts lie."""


class Logs:
    """Reads the logs of pods: of those that run each time, of those that have ended once."""

    def __init__(
        self, endpoint: Endpoint, run: str, steps: Path, on_event: Callable[[RunEvent], None]
    ) -> None:
        self._endpoint, self._run, self._steps = endpoint, run, steps
        self._on_event = on_event
        self._read: set[str] = set()
        self._problems: dict[str, EndpointError] = {}

    def see(self, pod: Pod) -> None:
        """Read the log of a pod.

        Raises
        ------
        EndpointError
            If nobody may be asked, as for want of a token.
        """
        if pod.node in self._read:
            return
        try:
            log = self._endpoint.log(self._run, pod.node)
        except EndpointError as error:
            if error.status == 401:
                raise
            if pod.over:
                self._problems[pod.step] = error
            return
        self._keep(pod, log)
        if pod.over:
            self._read.add(pod.node)
            self._problems.pop(pod.step, None)

    def step(self, name: str) -> None:
        """See that what a step left is there; its log has brought it.

        Raises
        ------
        RunError
            If the log could not be read.
        """
        if name in self._problems:
            raise self._problems[name]

    def part(self, name: str, folder: str) -> None:
        """See the same of a part of its loop, which has that folder.

        Raises
        ------
        RunError
            If there is no report of it: that of the loop would not be whole.
        """
        self.step(name)
        if not (self._steps / name / folder / "report.json").exists():
            msg = f"There is no report of part '{folder}' of step '{name}'."
            raise RunError(msg)

    def _keep(self, pod: Pod, log: bytes) -> None:
        folder = self._steps / pod.step / (pod.part.folder if pod.part else "")
        folder.mkdir(parents=True, exist_ok=True)
        text, events = split(log)
        write_atomic(folder / "log.txt", text)
        for event in events:
            if event.kind == "sent" and "uri" in event.data:
                where = {"values": str(event.data["uri"])}
                write_atomic(folder / ARTIFACTS, json.dumps(where).encode())
        files = joined(event for event in events if event.kind == "sent")
        for name in SENT:
            if name in files:
                write_atomic(folder / name, files[name])
            elif pod.over:  # that of an earlier attempt is none of this one
                (folder / name).unlink(missing_ok=True)
        for event in events:
            if event.kind == "skipped":
                self._on_event(_left_out(event))
            elif event.kind != "sent":
                self._on_event(event)


def joined(events: Iterable[RunEvent]) -> dict[str, bytes]:
    """Return the files that events bring, those whose pieces are all there."""
    pieces: dict[str, dict[int, str]] = {}
    wanted: dict[str, int] = {}
    for event in events:
        name, number, of = (event.data.get(key) for key in ("file", "number", "of"))
        if name in SENT and isinstance(number, int) and isinstance(of, int):
            pieces.setdefault(str(name), {})[number] = str(event.data.get("data", ""))
            wanted[str(name)] = of
    found: dict[str, bytes] = {}
    for name, parts in pieces.items():
        text = "".join(parts.get(number, "!") for number in range(wanted[name]))
        try:
            found[name] = zlib.decompress(base64.b64decode(text, validate=True))
        except (binascii.Error, zlib.error):  # the log ends in the middle, or it was too large
            continue
    return found


def _left_out(event: RunEvent) -> RunEvent:
    data = {"kind": "condition", "message": "another branch of its `if` was taken"}
    return RunEvent(event.time, "skipped", event.step, data)
