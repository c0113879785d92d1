"""Nodes: what the status of a workflow says of each step, its attempts and its parts. Pure."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from nbdag.runs.base import RunError

DONE = frozenset({"Succeeded", "Failed", "Error", "Skipped", "Omitted"})
GOOD = frozenset({"Succeeded", "Skipped"})
PACKED = "compressedNodes"
_INDEX = re.compile(r"\((\d+):")


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the status; times are seconds since 1970, `None` where it has none."""

    id: str
    name: str
    type: str
    phase: str
    message: str
    inside: str
    children: tuple[str, ...]
    started: float | None
    finished: float | None

    @property
    def done(self) -> bool:
        """Whether nothing more happens to it."""
        return self.phase in DONE

    @property
    def index(self) -> int | None:
        """Which iteration of a loop it is, `None` if of none."""
        found = _INDEX.search(self.name)
        return int(found[1]) if found else None


class CompressedError(RunError):
    """The status is written in a way that can't be read here."""


class Nodes:
    """The nodes of a workflow's status."""

    def __init__(self, workflow: Mapping[str, Any]) -> None:
        self._name = str(workflow["metadata"]["name"])
        self._nodes = {key: _node(key, data) for key, data in raw_nodes(workflow).items()}
        self._within: dict[str, list[Node]] = {}
        for node in self._nodes.values():
            self._within.setdefault(node.inside, []).append(node)

    def steps(self, tasks: Mapping[str, str]) -> dict[str, Node]:
        """Return the node of each step; *tasks* are the names of the tasks by those of the steps.

        Steps may be in groups; what is inside of a step is none, whatever it is called.
        """
        names = {task: step for step, task in tasks.items()}
        found: dict[str, Node] = {}
        heads = [n for n in self._nodes.values() if not n.inside and self._is_head(n)]
        todo = [head.id for head in heads]
        while todo:
            for node in self._within.get(todo.pop(), ()):
                if node.name in names:
                    # Of an attempt, the node with all attempts counts, which is named the same.
                    found.setdefault(names[node.name], node)
                elif node.type in ("DAG", "TaskGroup", "Steps"):
                    todo.append(node.id)
        return found

    def inside(self, node: Node, name: str) -> Node | None:
        """Return the task *name* of a step that is a DAG itself."""
        return next((n for n in self._within.get(node.id, ()) if n.name == name), None)

    def iterations(self, node: Node) -> list[Node]:
        """Return the nodes of a loop's iterations, in order."""
        found = [
            each
            for each in self._within.get(node.id, ())
            if each.name.startswith("each(") and not each.name.endswith("(0)(0)")
        ]
        first: dict[int, Node] = {}
        for each in sorted(found, key=lambda n: len(n.name)):
            if each.index is not None:
                first.setdefault(each.index, each)
        return [first[index] for index in sorted(first)]

    def attempts(self, node: Node) -> list[Node]:
        """Return the pods that ran for *node*, one after the other."""
        if node.type == "Retry":
            found = [self._nodes[key] for key in node.children if key in self._nodes]
            return sorted(found, key=lambda n: _last_number(n.name))
        return [node] if node.type == "Pod" else []

    def _is_head(self, node: Node) -> bool:
        return node.name in (self._name, f"{self._name}.onExit")


def _node(key: str, data: Mapping[str, Any]) -> Node:
    return Node(
        id=key,
        name=str(data.get("displayName") or data.get("name", "")),
        type=str(data.get("type", "")),
        phase=str(data.get("phase", "")),
        message=str(data.get("message", "")),
        inside=str(data.get("boundaryID", "")),
        children=tuple(data.get("children") or ()),
        started=seconds(data.get("startedAt")),
        finished=seconds(data.get("finishedAt")),
    )


def seconds(text: object) -> float | None:
    """Return a time of Kubernetes in seconds since 1970."""
    if not isinstance(text, str) or not text:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _last_number(name: str) -> int:
    found = re.search(r"\((\d+)\)$", name)
    return int(found[1]) if found else 0


def raw_nodes(workflow: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the nodes as Argo writes them, by id; unpacked, where the controller packs them.

    Raises
    ------
    CompressedError
        If they are not in the status, or packed in a way that can't be read here.
    """
    status = cast("Mapping[str, Any]", workflow.get("status") or {})
    if status.get("nodes"):
        return cast("dict[str, dict[str, Any]]", status["nodes"])
    packed = status.get(PACKED)
    if packed:
        unpacked = json.loads(_unpacked(base64.b64decode(packed)))
        return cast("dict[str, dict[str, Any]]", unpacked)
    if status.get("offloadNodeStatusVersion"):
        msg = "The controller keeps the states of steps in a database, which only its server reads."
        raise CompressedError(msg)
    return {}


def pack(nodes: Mapping[str, Any]) -> str:
    """Return nodes as a controller packs those of a large workflow."""
    return base64.b64encode(gzip.compress(json.dumps(nodes).encode())).decode()


def _unpacked(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    msg = (
        "The controller packs the states of steps by zstd or brotli; let it do so by gzip, "
        "which it does unless its WORKFLOW_COMPRESSION_ALGORITHM says otherwise."
    )
    raise CompressedError(msg)
