"""Trigger: an EventSource and a Sensor of Argo Events, which start runs of a WorkflowTemplate.

```
event ─► EventSource ─► event bus ─► Sensor: filters, fields ─► Workflow, named by the event
```
A run is named by its event, or by a field of it, so that one that is told twice starts one run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .events import EVENT, PORT, Filter, Listened
from .pod import CONFINED, pod_security
from .profile import Profile
from .schedule import API

ACCOUNT = "nbdag-trigger"
"""The service account of sensors; it may make workflows, and no more."""
WATCHER = "nbdag-watch"
"""The service account of event sources that watch a resource."""
LABEL = "nbdag/trigger"
_HASH = "toString | sha256sum | trunc 12"


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts runs. `fields` are parameters, each with where in an event its value is.

    Where an event lacks a field, the parameter has its default. `once` is the field that tells
    events apart; where it is "", each event is one of its own, however often the bus hands it on.
    """

    name: str
    listened: Listened
    fields: tuple[tuple[str, str], ...] = ()
    filters: tuple[Filter, ...] = ()
    once: str = ""


def event_source(trigger: Trigger, head: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Return the EventSource; *head* are the namespace and the labels."""
    listened = trigger.listened
    spec: dict[str, Any] = {}
    if listened.kind == "webhook":
        spec["service"] = {"ports": [{"port": PORT, "targetPort": PORT}]}
    template = _template(profile, WATCHER if listened.kind == "resource" else "")
    if template:
        spec["template"] = template
    spec[listened.kind] = {EVENT: dict(listened.spec)}
    return {
        "apiVersion": API,
        "kind": "EventSource",
        "metadata": {"name": trigger.name, **head},
        "spec": spec,
    }


def sensor(
    trigger: Trigger,
    head: Mapping[str, Any],
    profile: Profile,
    *,
    template: str,
    arguments: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """Return the Sensor that starts runs of *template*; *arguments* has each of the fields."""
    listened = trigger.listened
    dependency: dict[str, Any] = {
        "name": EVENT,
        "eventSourceName": trigger.name,
        "eventName": EVENT,
    }
    filters = [each.spec(listened.base) for each in listened.filters]
    filters += [
        Filter(listened.names.get(each.path, each.path), each.comparator, each.value).spec(
            listened.base
        )
        for each in trigger.filters
    ]
    if filters:
        dependency["filters"] = {"data": filters}
    labels = {**head.get("labels", {}), LABEL: trigger.name}
    workflow = {
        "apiVersion": API,
        "kind": "Workflow",
        "metadata": {**head, "name": trigger.name, "labels": labels},
        "spec": {
            "workflowTemplateRef": {"name": template},
            **(
                {"arguments": {"parameters": [dict(each) for each in arguments]}}
                if arguments
                else {}
            ),
        },
    }
    started = {
        "template": {
            "name": EVENT,
            "k8s": {
                "operation": "create",
                "source": {"resource": workflow},
                "parameters": _parameters(trigger, arguments),
            },
        },
        "retryStrategy": {"steps": 3, "duration": "2s"},
        "atLeastOnce": True,
    }
    return {
        "apiVersion": API,
        "kind": "Sensor",
        "metadata": {"name": trigger.name, **head},
        "spec": {
            "template": _template(profile, ACCOUNT),
            "dependencies": [dependency],
            "triggers": [started],
        },
    }


def _parameters(trigger: Trigger, arguments: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return what Argo Events takes out of an event, and where it puts it."""
    source: dict[str, Any] = {"dependencyName": EVENT}
    if trigger.once:
        value = _index(trigger.listened.path(trigger.once))
        # Without the field there is no name, and so no run.
        name = f"{{{{ with {value} }}}}{trigger.name}-{{{{ . | {_HASH} }}}}{{{{ end }}}}"
        named = {**source, "dataTemplate": name}
    else:
        name = f"{trigger.name}-{{{{ .Input.id | {_HASH} }}}}"
        named = {**source, "contextTemplate": name}
    found: list[dict[str, Any]] = [{"src": named, "dest": "metadata.name"}]
    place = {each["name"]: number for number, each in enumerate(arguments)}
    defaults = {each["name"]: each["value"] for each in arguments}
    for parameter, path in trigger.fields:
        src = {
            **source,
            "dataKey": trigger.listened.path(path),
            "value": defaults[parameter],
        }
        found.append({"src": src, "dest": f"spec.arguments.parameters.{place[parameter]}.value"})
    return found


def _index(path: str) -> str:
    """Return the expression of Go's templates for a path such as `body.items.0.id`."""
    keys = (key if key.isdecimal() else f'"{key}"' for key in path.split("."))
    return f"index .Input {' '.join(keys)}"


def _template(profile: Profile, account: str) -> dict[str, Any]:
    """Return the pods' template: their account, and what the namespace demands of them."""
    made: dict[str, Any] = {"serviceAccountName": account} if account else {}
    security = pod_security(profile)
    if security:
        made["securityContext"] = security
        made["container"] = {"securityContext": CONFINED}
    return made
