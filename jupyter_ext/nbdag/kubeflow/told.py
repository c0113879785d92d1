"""Told: the events that the tasks of a run on Kubeflow stand for.

See `nbdag.runs.remote.told` for what stands between them. A step whose condition does not hold is a
task that does nothing, and says so in its log: what is told of it after that is left away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from nbdag.runs.events import Phase, RunEvent
from nbdag.runs.parts import Part
from nbdag.runs.remote.told import Judged, Pod, Told
from nbdag_converters.model import Step

from .nodes import Node, Nodes


@dataclass(frozen=True, slots=True)
class Heard:
    """What the logs have said until now: which steps are left out, how many items a loop has."""

    left_out: Callable[[str], bool]
    items: Callable[[str], int | None]


def told(nodes: Nodes, step: Step, task: str, heard: Heard) -> Iterator[Told]:
    """Yield the events of a step until now.

    *heard* is asked after the pods were yielded, whose logs it is from.
    """
    whole = nodes.one(task)
    driver = nodes.one(f"{task}-driver")
    if whole is None or whole.state == "PENDING":
        if driver is not None and driver.state == "FAILED":
            yield _finished(step.name, driver, "Kubeflow could not prepare it")
        return
    if step.loop is None:
        yield from _attempts(nodes, whole, step.name, None)
    else:
        yield from _loop(nodes, step.name, task, heard)
    if heard.left_out(step.name) or not whole.done:
        return
    if whole.state == "SUCCEEDED":
        yield Judged(step.name, whole.finished or 0.0)
    elif whole.started is None:  # it was never reached
        return
    ending = _finished(step.name, whole, _why(nodes, whole))
    last = whole if step.loop is None else nodes.one(f"{task}--gather")
    if whole.state == "SUCCEEDED" and last and not nodes.attempts(last):
        ending = replace(ending, data={**ending.data, "cached": True})  # no container has run
    yield ending


def _loop(nodes: Nodes, step: str, task: str, heard: Heard) -> Iterator[Told]:
    items = nodes.one(f"{task}--items")
    if items is None:
        return
    yield from _attempts(nodes, items, step, Part("items"))
    count = heard.items(step)
    iterations = nodes.every(f"{task}--iteration") if count else []
    for index, node in iterations:
        yield from _attempts(nodes, node, step, Part("iteration", index, len(iterations)))
    gather = nodes.one(f"{task}--gather")
    if gather is None or gather.started is None or count is None:
        return
    yield Judged(step, gather.started, count)
    yield from _attempts(nodes, gather, step, Part("gather", 0, count))


def _attempts(nodes: Nodes, node: Node, step: str, part: Part | None) -> Iterator[Told]:
    data = part.data if part else {}
    attempts = nodes.attempts(node)
    for number, attempt in enumerate(attempts, 1):
        if attempt.state == "PENDING":
            break
        yield _event(attempt.started, "launched", step, attempt=number, **data)
        yield Pod(attempt.pod, step, part, attempt.done)
        if attempt.done and number < len(attempts):
            again = {"after": number, "delay": 0.0, "message": attempt.message}
            yield _event(attempt.finished, "retrying", step, **again, **data)
    if part is not None and node.done and attempts:
        end = _end(node, _why(nodes, node))
        yield _event(node.finished, "part-finished", step, **end, **data)


def _why(nodes: Nodes, node: Node) -> str:
    attempts = nodes.attempts(node)
    return next((each.message for each in (node, *reversed(attempts)) if each.message), "")


def _finished(step: str, node: Node, message: str) -> RunEvent:
    why = ": ".join(text for text in (message, node.message) if text and text != node.message)
    return _event(node.finished, "finished", step, **_end(node, why or node.message))


def _end(node: Node, message: str) -> dict[str, str]:
    if node.state == "SUCCEEDED":
        return {"phase": Phase.SUCCEEDED.value}
    said = message or "its container failed; the portal says more"
    return {"phase": Phase.FAILED.value, "message": said, "kind": "pod"}


def _event(time: float | None, kind: str, step: str, /, **data: Any) -> RunEvent:
    return RunEvent(time or 0.0, kind, step, data)
