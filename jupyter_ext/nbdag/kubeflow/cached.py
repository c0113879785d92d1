"""Cached: what is known of steps that Kubeflow took from its cache, which have no log of this run.

Each step hands on where its artifacts lie, and its metrics; the tasks at the end, which the guard
runs in, say that of all. It is of the run from which the step was taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress

from nbdag.runs.base import RunError
from nbdag.runs.events import Run, RunEvent
from nbdag.runs.files import write_atomic
from nbdag.runs.history import RunFolder
from nbdag.runs.remote.log import split

from .endpoint import EndpointError
from .link import Link
from .logs import ARTIFACTS
from .nodes import Node, Nodes
from .values import fetch_artifact

_FETCHED = {"outputs": "outputs.jsonl", "report": "report.json"}


def take_cached(
    folder: RunFolder, state: Run, guards: Sequence[Node], nodes: Nodes, link: Link
) -> Iterator[RunEvent]:
    """Bring what cached steps have left into the folder, where it can be; yield their metrics."""
    cached = [name for name, step in state.steps.items() if step.cached]
    numbers = {str(n): step.name for n, step in enumerate(folder.pipeline().steps)}
    for event in _left(guards, nodes, link) if cached else ():
        name = numbers.get(event.step)
        if name not in cached or not event.data.get("uris"):
            continue
        there = folder.steps / name
        there.mkdir(parents=True, exist_ok=True)
        write_atomic(there / ARTIFACTS, json.dumps(event.data["uris"]).encode())
        for artifact, file in _FETCHED.items():
            with suppress(RunError):  # the store may not be reachable from here
                fetch_artifact(folder, name, artifact, file)
        for metric, value in (event.data.get("metrics") or {}).items():
            data = {"name": metric, "value": value}
            yield RunEvent(state.steps[name].finished or event.time, "metric", name, data)


def _left(guards: Sequence[Node], nodes: Nodes, link: Link) -> Iterator[RunEvent]:
    for guard in guards:
        for attempt in nodes.attempts(guard)[-1:]:
            with suppress(EndpointError):  # then it isn't known
                _, events = split(link.endpoint.log(link.run, attempt.pod))
                yield from (event for event in events if event.kind == "left")
