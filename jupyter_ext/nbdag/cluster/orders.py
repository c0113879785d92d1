"""Orders: what may be asked of a run on a cluster while it goes on."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

from nbdag.runs.base import RunError
from nbdag.runs.control import Command
from nbdag.runs.history import RunFolder

from .api import WORKFLOWS, Api
from .connection import ApiError, Place
from .link import link_of
from .nodes import PACKED, Nodes, pack, raw_nodes

_TRIES = 10


def send(run: RunFolder, command: Command, step: str | None = None, *, now: bool = False) -> None:
    """Ask the workflow of *run* to do *command*, as `runs.control.send` asks a run here.

    Raises
    ------
    RunError
        If the run is over, has no such step, or the cluster refuses it.
    """
    link = link_of(run)
    api = Api(Place(link.namespace, link.context))
    workflow = api.get(WORKFLOWS, link.workflow)
    phase = str((workflow.get("status") or {}).get("phase", ""))
    if phase in ("Succeeded", "Failed", "Error"):
        msg = f"Run {run.id} is over ({phase}), so it can't be asked to {command}."
        raise RunError(msg)
    if step is not None and step not in link.tasks:
        msg = f"Run {run.id} has no step '{step}'; its steps are: {', '.join(link.tasks)}."
        raise RunError(msg)
    if command == "stop":
        api.change(link.workflow, {"spec": {"shutdown": "Terminate" if now else "Stop"}})
    elif command == "suspend":
        api.change(link.workflow, {"spec": {"suspend": True}})
    elif command == "resume" and step is None and workflow["spec"].get("suspend"):
        api.change(link.workflow, {"spec": {"suspend": None}})
    else:
        answer = "YES" if command == "resume" else "NO"
        tasks = [link.tasks[step]] if step else list(link.tasks.values())
        _answer(api, link.workflow, tasks, answer)


def _answer(api: Api, name: str, tasks: list[str], answer: str) -> None:
    """Answer the gates of *tasks* that wait; tried again where the controller was faster."""
    for _ in range(_TRIES):
        workflow = api.get(WORKFLOWS, name)
        if not answer_gates(workflow, tasks, answer):
            msg = "Nothing waits for an answer."
            raise RunError(msg)
        try:
            api.replace(name, workflow)
        except ApiError as error:
            if error.status != 409:
                raise
            time.sleep(0.2)
            continue
        return
    msg = f"The workflow {name} changes too fast to be answered; try again."
    raise RunError(msg)


def answer_gates(workflow: dict[str, Any], tasks: list[str], answer: str) -> bool:
    """Put the answer into the gates that wait, as Argo's own resume does; say if there are any."""
    nodes = raw_nodes(workflow)
    steps = Nodes(workflow).steps({task: task for task in tasks})
    inside = {node.id for node in steps.values()}
    found = [
        node
        for node in nodes.values()
        if node.get("type") == "Suspend"
        and node.get("phase") == "Running"
        and node.get("boundaryID") in inside
    ]
    for node in found:
        node["phase"] = "Succeeded"
        node["finishedAt"] = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        for parameter in node.get("outputs", {}).get("parameters", ()):
            parameter.pop("valueFrom", None)
            parameter["value"] = answer
    if PACKED in (workflow.get("status") or {}):
        workflow["status"][PACKED] = pack(nodes)
    return bool(found)
