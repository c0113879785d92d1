"""Told: the events that a workflow's status stands for. Pure.

See `nbdag.runs.remote.told` for what stands between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbdag.runs.attempt import time_text, timeout_of
from nbdag.runs.events import Phase, RunEvent
from nbdag.runs.parts import Part
from nbdag.runs.remote.told import Judged, Pod, Told
from nbdag_converters.model import Pipeline, PipelineConfig, Step

from .nodes import GOOD, Node, Nodes, raw_nodes, seconds

_ROUNDED = 2  # seconds: a pod gets the rest of the run's time in whole ones, and so ends before it
_DEADLINE = re.compile("specified deadline|exceeded its deadline|DeadlineExceeded")
_GUARD = re.compile(r"guard(-run)*(-\d+)?")  # as the compiler names its templates
_HELD = re.compile(
    r"(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|RegistryUnavailable"
    r"|CreateContainer(Config)?Error|RunContainerError|Unschedulable)\b"
)  # why a pod waits for more than its turn, as Kubernetes calls it
_OVER = frozenset({"Succeeded", "Failed", "Error"})


def told(workflow: Mapping[str, Any], pipeline: Pipeline, tasks: Mapping[str, str]) -> list[Told]:
    """Return the events of all steps until now, those of one step in their order."""
    nodes = Nodes(workflow)
    found = nodes.steps(tasks)
    config = pipeline.config
    many = [_Step(step, found[step.name], nodes, config) for step in pipeline if step.name in found]
    return [one for each in many for one in each.told()]


def over(workflow: Mapping[str, Any]) -> str:
    """Return the phase of a workflow that has ended, "" of one that goes on."""
    phase = str((workflow.get("status") or {}).get("phase", ""))
    return phase if phase in _OVER else ""


def code_of(workflow: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the config maps with the code that a workflow has taken from its template.

    None where it has taken none, yet or at all.
    """
    spec = (workflow.get("status") or {}).get("storedWorkflowTemplateSpec")
    if not spec:
        return None
    return frozenset(
        source["configMap"]["name"]
        for volume in spec.get("volumes", ())
        for source in volume.get("projected", {}).get("sources", ())
    )


def too_long(workflow: Mapping[str, Any], pipeline: Pipeline) -> str:
    """Return that the run took longer than it may, "" if it did not."""
    timeout, status = pipeline.config.timeout, workflow.get("status") or {}
    began, ended = seconds(status.get("startedAt")), seconds(status.get("finishedAt"))
    if timeout is None or began is None or ended is None:
        return ""
    messages = (str(node.get("message", "")) for node in raw_nodes(workflow).values())
    cut = any(map(_DEADLINE.search, messages))
    if ended - began < timeout - (_ROUNDED if cut else 0):
        return ""
    return f"the run took longer than its timeout of {time_text(timeout)}"


def own_failure(workflow: Mapping[str, Any]) -> str:
    """Return why the container failed that judges the run at its end, "" if it did not."""
    failed = (
        str(node.get("message", ""))
        for node in raw_nodes(workflow).values()
        if node.get("phase") in ("Failed", "Error")
        and node.get("type") == "Pod"
        and _GUARD.fullmatch(str(node.get("templateName", "")))
    )
    return next(failed, "")


def is_suspended(workflow: Mapping[str, Any]) -> bool:
    """Return whether somebody has asked for no more steps to be started."""
    return bool(workflow["spec"].get("suspend"))


@dataclass(frozen=True, slots=True)
class _Step:
    step: Step
    node: Node
    nodes: Nodes
    config: PipelineConfig

    def told(self) -> Iterator[Told]:
        name, node = self.step.name, self.node
        if node.phase == "Skipped" and node.type == "Skipped":
            yield _event(node.finished, "skipped", name, kind="condition", message=self._why())
            return
        if node.phase == "Omitted":
            message = "a step that it needs did not succeed"
            yield _event(node.finished, "skipped", name, kind="above", message=message)
            return
        if self.step.config.approve is not None:
            yield from self._gate()
        if self.step.loop is None:
            inner = self.nodes.inside(node, "step") if node.type == "DAG" else node
            yield from self._attempts(inner, None) if inner else ()
        else:
            yield from self._loop()
        if node.done:
            if node.phase == "Succeeded":
                yield Judged(name, node.finished or 0.0)
            yield self._finished()

    def _why(self) -> str:
        condition = self.step.condition
        if condition is None:
            return self.node.message
        if condition.branch == -1:
            return "another branch of its `if` was taken"
        return f"its condition `{condition.text}` does not hold"

    def _gate(self) -> Iterator[Told]:
        gate, name = self.nodes.inside(self.node, "approval"), self.step.name
        if gate is None:
            return
        text = self.step.config.approve or f"Run step '{name}'?"
        yield _event(gate.started, "waiting", name, message=text)
        if gate.phase == "Succeeded":
            yield _event(gate.finished, "approved", name)

    def _loop(self) -> Iterator[Told]:
        items = self.nodes.inside(self.node, "items")
        if items is None:
            return
        yield from self._attempts(items, Part("items"))
        each = self.nodes.inside(self.node, "each")
        group = [n for n in (each,) if n and n.type == "TaskGroup"]
        around = group[0] if group else self.node
        iterations = self.nodes.iterations(around) or self.nodes.iterations(self.node)
        count = len(iterations)
        for one in iterations:
            yield from self._attempts(one, Part("iteration", one.index or 0, count))
        gather = self.nodes.inside(self.node, "gather")
        if gather is None or gather.phase in ("Omitted", "Skipped"):
            return
        yield Judged(self.step.name, gather.started or 0.0, count)
        yield from self._attempts(gather, Part("gather", 0, count))

    def _attempts(self, node: Node, part: Part | None) -> Iterator[Told]:
        name, data = self.step.name, part.data if part else {}
        attempts = self.nodes.attempts(node)
        for number, attempt in enumerate(attempts, 1):
            if attempt.phase == "Pending":
                held = _HELD.match(attempt.message)
                if held:
                    why = {"name": held[1], "message": attempt.message}
                    yield _event(attempt.started, "held", name, **why, **data)
                break
            yield _event(attempt.started, "launched", name, attempt=number, **data)
            yield Pod(attempt.id, name, part, attempt.done)
            if attempt.done and number < len(attempts):
                told = {"after": number, "delay": 0.0, "message": self._problem(attempt)}
                yield _event(attempt.finished, "retrying", name, **told, **data)
        if part is not None and node.done:
            yield _event(node.finished, "part-finished", name, **self._end(node), **data)

    def _finished(self) -> RunEvent:
        return _event(self.node.finished, "finished", self.step.name, **self._end(self.node))

    def _end(self, node: Node) -> dict[str, str]:
        """Return how a node ended, and why where it failed."""
        phase = _phase(node)
        if phase is Phase.SUCCEEDED:
            return {"phase": phase.value}
        return {"phase": phase.value, "message": self._problem(node), "kind": "pod"}

    def _problem(self, node: Node) -> str:
        """Return why a node failed; Kubernetes says of a timeout neither whose nor how long."""
        if not _DEADLINE.search(node.message):
            return node.message
        whole, own = self.config.timeout, timeout_of(self.step, self.config)
        ran = (node.finished or 0.0) - (node.started or 0.0)
        if own is not None and (whole is None or ran >= own):
            return f"took longer than its timeout of {time_text(own)}"
        return "the run was stopped: it took longer than its timeout"


def _phase(node: Node) -> Phase:
    if node.phase in GOOD:
        return Phase.SUCCEEDED
    return Phase.ERROR if node.phase == "Error" else Phase.FAILED


def _event(time: float | None, kind: str, step: str, /, **data: Any) -> RunEvent:
    return RunEvent(time or 0.0, kind, step, data)
