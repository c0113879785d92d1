"""Checks of the objects as a whole: what Argo or Kubernetes would refuse, or read otherwise.

The compiler runs it on all that it makes; it knows nothing of pipelines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from nbdag_converters.compilers.names import LONGEST, WORDS

MOST = 200
"""Templates of a workflow, and tasks of a DAG."""
MOST_PARAMETERS = 500
LONGEST_TEXT = 131_000
"""Bytes of one argument or variable, and of a template, which travels in one."""
LARGEST_SPEC = 1_000_000
LARGEST_MAP = 1_048_576

_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False)
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_PARAMETER = re.compile(r"[-a-zA-Z0-9_]+")
_OBJECT = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TASK = re.compile(r"tasks(?:\.([-\w]+)|\['([-\w]+)'\])")
_INPUT = re.compile(r"inputs\.parameters(?:\.([-\w]+)|\['([-\w]+)'\])")
_KNOWN = re.compile(
    r"workflow\.uid|workflow\.parameters\.nbdag-(?:run|parameters|scheduled)|inputs\.parameters\.[-\w]+|tasks\.[-\w]+\.outputs\.parameters\.[-\w]+"
    r"|=string\(item\)|=sprig\.b64enc\(workflow\.parameters\['\w+'\]\)"
    r"|=workflow\['scheduledTime'\] \?\? ''"
    r"|= workflow\.status [=!]= 'Succeeded' "
    r"|= (?:workflow\.status == 'Succeeded' && )?workflow\.labels\['nbdag/followed'\] != 'yes' "
    r"|= ?(?:\()?(?:tasks|inputs)[^{}]*"
)
# Metrics are no part of a container, and variables with our names hold no text of a notebook.
_MEASURED = re.compile(
    r"status|duration|retries|outputs\.parameters\.metric-[0-9]+|inputs\.parameters\.step"
)
_ENDED = {
    "NBDAG_RUN": "{{workflow.name}}",
    "NBDAG_STATUS": "{{workflow.status}}",
    "NBDAG_SECONDS": "{{workflow.duration}}",
    "NBDAG_FAILURES": "{{=sprig.b64enc(workflow.failures)}}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at *path* of an object."""

    path: str
    message: str


def lint(objects: Iterable[Mapping[str, Any]]) -> tuple[Problem, ...]:
    """Return what is wrong with *objects*; nothing if they will do."""
    return tuple(problem for item in objects for problem in _object(item))


def _object(item: Mapping[str, Any]) -> Iterator[Problem]:
    kind, metadata = str(item["kind"]), item["metadata"]
    name = str(metadata.get("name") or metadata["generateName"].rstrip("-"))
    longest = {"CronWorkflow": 52, "ConfigMap": 253}.get(kind, LONGEST)
    if not _OBJECT.fullmatch(name) or len(name) > longest:
        yield Problem(f"{kind}.metadata.name", f"'{name}' is no name of a {kind}")
    if kind == "ConfigMap":
        yield from _config_map(name, item)
    elif "templates" in item["spec"]:
        yield from _spec(item["spec"])


def _config_map(name: str, item: Mapping[str, Any]) -> Iterator[Problem]:
    values = {**item.get("data", {}), **item.get("binaryData", {})}
    for key in values:
        if not _KEY.fullmatch(key):
            yield Problem(f"ConfigMap.data.{key}", "no key of a config map")
    size = sum(len(key) + len(value.encode()) for key, value in item.get("data", {}).items())
    size += sum(len(k) + len(v) * 3 // 4 for k, v in item.get("binaryData", {}).items())
    if size > LARGEST_MAP:
        yield Problem(f"ConfigMap.{name}", f"{size} bytes are more than a config map holds")


def _spec(spec: Mapping[str, Any]) -> Iterator[Problem]:
    templates: Sequence[Mapping[str, Any]] = spec["templates"]
    by_name = {template["name"]: template for template in templates}
    if len(by_name) < len(templates):
        yield Problem("spec.templates", "two templates have one name")
    if len(templates) > MOST:
        yield Problem("spec.templates", f"{len(templates)} templates; {MOST} are allowed")
    for key in ("entrypoint", "onExit"):
        if key in spec and spec[key] not in by_name:
            yield Problem(f"spec.{key}", f"there is no template '{spec[key]}'")
    size = len(_JSON.encode(spec).encode())
    if size > LARGEST_SPEC:
        yield Problem("spec", f"{size} bytes are more than a workflow may have ({LARGEST_SPEC})")
    volumes = {volume["name"] for volume in spec.get("volumes", ())}
    volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", ())}
    for template in templates:
        path = f"spec.templates[{template['name']}]"
        yield from (Problem(f"{path}{p.path}", p.message) for p in _template(template, by_name))
        if "container" in template:
            own = {volume["name"] for volume in template.get("volumes", ())}
            found = _container(template, volumes | own)
            yield from (Problem(f"{path}.container{p.path}", p.message) for p in found)


def _template(
    template: Mapping[str, Any], by_name: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    if not _NAME.fullmatch(template["name"]):
        yield Problem(".name", "no name of a template")
    if sum(kind in template for kind in ("container", "dag", "suspend")) != 1:
        yield Problem("", "has to have one kind")
    yield from _interface(template)
    for item in template.get("outputs", {}).get("parameters", ()):
        if "default" not in item["valueFrom"]:
            yield Problem(f".outputs.parameters[{item['name']}]", "has no default")
    if "limit" not in template.get("retryStrategy", {"limit": ""}):
        yield Problem(".retryStrategy", "without a limit its backoff is not heeded")
    yield from _tags(template)
    if "dag" in template:
        yield from _dag(template["dag"]["tasks"], by_name)


def _interface(template: Mapping[str, Any]) -> Iterator[Problem]:
    for side in ("inputs", "outputs"):
        for kind in ("parameters", "artifacts"):
            names = [item["name"] for item in template.get(side, {}).get(kind, ())]
            if len(set(names)) < len(names) or len(names) > MOST_PARAMETERS:
                yield Problem(f".{side}.{kind}", "double names, or too many")
            if any(not _PARAMETER.fullmatch(name) for name in names):
                yield Problem(f".{side}.{kind}", "a name has other characters than it may")


def _tags(template: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what Argo would replace that isn't meant so, and inputs that aren't there."""
    inputs = {item["name"] for item in template.get("inputs", {}).get("parameters", ())}
    rest = {key: value for key, value in template.items() if key not in ("metrics", "container")}
    container = template.get("container", {})
    env = [e for e in container.get("env", ()) if _ENDED.get(e["name"]) != e.get("value", "")]
    yield from _wrong_tags([rest, {**container, "env": env}], inputs, _KNOWN)
    yield from _wrong_tags(template.get("metrics", {}), inputs, _MEASURED)


def _wrong_tags(value: object, inputs: set[str], known: re.Pattern[str]) -> Iterator[Problem]:
    for text in _texts(value):
        if "{{" not in text:
            continue
        left = text
        for tag in _TAG.findall(text):
            left = left.replace(f"{{{{{tag}}}}}", "", 1)
            if not known.fullmatch(tag):
                yield Problem("", f"'{{{{{tag}}}}}' is not one of nbdag's own expressions")
            for pair in _INPUT.findall(tag):
                if (pair[0] or pair[1]) not in inputs:
                    yield Problem("", f"there is no input '{pair[0] or pair[1]}'")
        if "{{" in left:
            yield Problem("", "a `{{` that nothing closes")


def _texts(value: object) -> Iterator[str]:
    todo = [value]
    for item in todo:  # it grows
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from cast("dict[str, object]", item)
            todo += cast("dict[str, object]", item).values()
        elif isinstance(item, list):
            todo += cast("list[object]", item)


def _dag(
    tasks: Sequence[Mapping[str, Any]], by_name: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    if not tasks or len(tasks) > MOST:
        yield Problem(".dag.tasks", f"{len(tasks)} tasks; 1 to {MOST} are allowed")
    before: set[str] = set()  # tasks stand in the order in which they may run, so no cycle passes
    for task in tasks:
        for problem in _task(task, before, by_name):
            yield Problem(f".dag.tasks[{task['name']}]{problem.path}", problem.message)
        if task["name"] in before:
            yield Problem(".dag.tasks", f"two tasks are called '{task['name']}'")
        before.add(task["name"])


def _task(
    task: Mapping[str, Any], before: set[str], by_name: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    if not _NAME.fullmatch(task["name"]) or task["name"].lower() in WORDS:
        yield Problem(".name", "no name of a task")
    depends = task.get("depends", "").split(" && ") if "depends" in task else []
    for name in depends:
        if name not in before:
            yield Problem(".depends", f"there is no task '{name}' before it")
    when = task.get("when")
    if when is not None and not (when.startswith("{{= ") and when.count("{{") == 1):
        yield Problem(".when", "has to be one expression")
    for pair in _TASK.findall(_JSON.encode(task)):
        if (pair[0] or pair[1]) not in depends:
            yield Problem("", f"takes from '{pair[0] or pair[1]}' without waiting for it")
    template = by_name.get(task["template"])
    if template is None:
        yield Problem(".template", f"there is no template '{task['template']}'")
        return
    given = {item["name"] for item in task.get("arguments", {}).get("parameters", ())}
    wanted = {item["name"]: item for item in template.get("inputs", {}).get("parameters", ())}
    missing = [name for name, item in wanted.items() if name not in given and "default" not in item]
    if missing or given - set(wanted):
        names = ", ".join([*missing, *sorted(given - set(wanted))])
        yield Problem(".arguments", f"do not fit the template's inputs: {names}")


def _container(template: Mapping[str, Any], volumes: set[str]) -> Iterator[Problem]:
    container = template["container"]
    if not container.get("command") or not container.get("image"):
        yield Problem("", "has to have a command and an image")
    names = [item["name"] for item in container.get("env", ())]
    if len(set(names)) < len(names):
        yield Problem(".env", "a variable is set twice")
    texts = [
        *container.get("command", ()),
        *(item.get("value", "") for item in container.get("env", ())),
    ]
    if any(not isinstance(text, str) or len(text.encode()) > LONGEST_TEXT for text in texts):
        yield Problem("", "an argument or a variable is no text, or too long")
    if len(_JSON.encode(template).encode()) > LONGEST_TEXT:
        yield Problem("", "the template is too long")
    mounts = [mount["mountPath"].rstrip("/") for mount in container.get("volumeMounts", ())]
    artifacts = template.get("inputs", {}).get("artifacts", ())
    paths = mounts + [artifact["path"] for artifact in artifacts]
    if len(set(paths)) < len(paths):
        yield Problem(".volumeMounts", "two things are at one path")
    for mount in container.get("volumeMounts", ()):
        if mount["name"] not in volumes:
            yield Problem(".volumeMounts", f"there is no volume '{mount['name']}'")
