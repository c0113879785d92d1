"""Triggers on a cluster: what Argo Events listens to, and the runs that it starts by that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbdag.runs.base import RunError
from nbdag_converters.compilers.argo import Compiled
from nbdag_converters.compilers.argo.trigger import LABEL

from .api import SENSORS, SOURCES, WORKFLOWS, Api
from .connection import ApiError
from .submit import in_namespace, put_code

_OURS = "app.kubernetes.io/managed-by=nbdag"


@dataclass(frozen=True, slots=True)
class Triggered:
    """A trigger as the cluster has it.

    `problem` is what Argo Events says is wrong with it. `phases` are those of its runs that are
    still there, by the name of the workflow, the oldest first.
    """

    name: str
    pipeline: str
    kind: str
    problem: str
    phases: Mapping[str, str]


def put_trigger(api: Api, compiled: Compiled, objects: Sequence[Mapping[str, Any]]) -> None:
    """Have events start runs of *compiled*: an event source and a sensor."""
    put_code(api, compiled)
    for plural, item in zip((SOURCES, SENSORS), objects, strict=True):
        api.put(plural, in_namespace(item, api.namespace))


def list_triggers(api: Api) -> list[Triggered]:
    """Return the triggers that nbdag has made, by name."""
    runs = api.find(WORKFLOWS, LABEL)
    sources = {str(item["metadata"]["name"]): item for item in api.find(SOURCES, _OURS)}
    found = [
        triggered(item, sources.get(item["metadata"]["name"]), runs)
        for item in api.find(SENSORS, _OURS)
    ]
    return sorted(found, key=lambda each: each.name)


def remove(api: Api, name: str) -> None:
    """Remove a trigger; runs that it has started stay.

    Raises
    ------
    RunError
        If there is none of that name.
    """
    removed = [_removed(api, plural, name) for plural in (SENSORS, SOURCES)]
    if not any(removed):
        msg = f"There is no trigger '{name}'; nbdag triggers lists them."
        raise RunError(msg)


def _removed(api: Api, plural: str, name: str) -> bool:
    """Remove an object; return whether there was one."""
    try:
        api.remove(plural, name)
    except ApiError as error:
        if error.status != 404:
            raise
        return False
    return True


def triggered(
    item: Mapping[str, Any],
    source: Mapping[str, Any] | None,
    workflows: Sequence[Mapping[str, Any]],
) -> Triggered:
    """Return what a Sensor and its EventSource say, and what became of its *workflows*."""
    name = str(item["metadata"]["name"])
    own = [each for each in workflows if each["metadata"].get("labels", {}).get(LABEL) == name]
    own.sort(key=lambda each: str(each["metadata"].get("creationTimestamp", "")))
    (start, *_) = item["spec"]["triggers"]
    resource = start["template"]["k8s"]["source"]["resource"]
    problems = [*_problems(item), *(_problems(source) if source else ["it listens to nothing"])]
    kinds = [key for key in (source or {}).get("spec", {}) if key not in ("service", "template")]
    return Triggered(
        name=name,
        pipeline=str(resource["spec"]["workflowTemplateRef"]["name"]),
        kind=", ".join(kinds),
        problem="; ".join(problems),
        phases={
            str(each["metadata"]["name"]): str((each.get("status") or {}).get("phase", ""))
            for each in own
        },
    )


def _problems(item: Mapping[str, Any]) -> list[str]:
    return [
        str(each.get("message") or each.get("reason") or each.get("type"))
        for each in (item.get("status") or {}).get("conditions") or ()
        if each.get("status") == "False"
    ]
