"""Nodes: the tasks that Kubeflow tells of a run, by the names that the compiler gave them. Pure.

They are the nodes of the workflow below it. A task `train` is a driver, which looks for its inputs,
and a group of one executor, that is again a group where it is tried more than once:

```
train-driver ─ train ─ executor
                          ├ executor(0)
                          └ executor(1) ─ report-driver ─ report …
```
A node names its children by their ids, `WORKFLOW-HASH`, and itself by that of its pod,
`WORKFLOW-TEMPLATE-HASH`, so it is the hash by which they are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast, get_args

State: TypeAlias = Literal["PENDING", "RUNNING", "SUCCEEDED", "SKIPPED", "FAILED", "CANCELED"]
_STATES = frozenset(get_args(State))
_EXECUTOR = re.compile(r"executor(?:\((\d+)\))?")
_ITEM = re.compile(r".*\((\d+):.*\)")
OVER = frozenset({"SUCCEEDED", "SKIPPED", "FAILED", "CANCELED"})


@dataclass(frozen=True, slots=True)
class Node:
    """A task; `key` tells it from others, `started` and `finished` are in seconds, if it has."""

    key: str
    name: str
    pod: str
    state: State
    started: float | None
    finished: float | None
    message: str
    children: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.state in OVER


class Nodes:
    """The nodes of one run, as the answer of the API has them.

    What had ended by *since* without success, in seconds, is done again: it is as if not begun.
    """

    def __init__(self, run: Mapping[str, Any], *, since: float = 0.0) -> None:
        details = (run.get("run_details") or {}).get("task_details") or ()
        found = [_afresh(_node(each), since) for each in details]
        self._nodes = {node.key: node for node in found}
        self._named: dict[str, list[Node]] = {}
        self._parents: dict[str, list[Node]] = {}
        for node in found:
            self._named.setdefault(node.name, []).append(node)
            for child in node.children:
                self._parents.setdefault(child, []).append(node)

    def one(self, name: str) -> Node | None:
        """Return the node of this name."""
        found = self._named.get(name)
        return found[0] if found else None

    def every(self, name: str) -> list[tuple[int, Node]]:
        """Return the nodes of this name, and of which item each is, by that."""
        found = [(self._index(node), node) for node in self._named.get(name, ())]
        return sorted(found, key=lambda item: item[0])

    def attempts(self, node: Node) -> list[Node]:
        """Return the executors of a task, in the order in which they were tried."""
        found = [*self._executors(node)]
        again = [each for executor in found for each in self._executors(executor)]
        return sorted(again or found, key=_number)

    def _executors(self, node: Node) -> Iterator[Node]:
        for key in node.children:
            child = self._nodes.get(key)
            if child and _EXECUTOR.fullmatch(child.name) and child.state != "SKIPPED":
                yield child

    def _index(self, node: Node) -> int:
        """Return of which item a node is: one above it says so."""
        seen: set[str] = set()
        above = [node]
        while above:
            node = above.pop()
            found = _ITEM.fullmatch(node.name)
            if found:
                return int(found[1])
            if node.key not in seen:
                seen.add(node.key)
                above += self._parents.get(node.key, ())
        return 0


def _number(node: Node) -> int:
    found = _EXECUTOR.fullmatch(node.name)
    return int(found[1] or 0) if found else 0


def _node(task: Mapping[str, Any]) -> Node:
    pod = str(task.get("pod_name") or task.get("task_id") or "")
    children = task.get("child_tasks") or ()
    state = str(task.get("state", ""))
    history = task.get("state_history") or ()
    errors = [task.get("error"), *(each.get("error") for each in reversed(history))]
    return Node(
        key=_key(pod),
        name=str(task.get("display_name", "")),
        pod=pod,
        state=cast("State", state) if state in _STATES else "PENDING",
        started=seconds(task.get("start_time")),
        finished=seconds(task.get("end_time")),
        message=next((str(e["message"]) for e in errors if e and e.get("message")), ""),
        children=tuple(_key(str(each.get("pod_name") or each.get("task_id"))) for each in children),
    )


def _afresh(node: Node, since: float) -> Node:
    again = since and node.done and node.state != "SUCCEEDED" and (node.finished or 0.0) <= since
    return replace(node, state="PENDING", started=None, finished=None) if again else node


def _key(name: str) -> str:
    return name.rpartition("-")[2]


def seconds(text: str | None) -> float | None:
    """Return a time of the API in seconds; `None` where it stands for none."""
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    return moment if moment > 0 else None
