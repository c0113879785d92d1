"""The template of a step's container: what it takes and leaves, and what the pod looks like."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbdag_converters.compilers.names import legal
from nbdag_converters.compilers.plan import plain_env
from nbdag_converters.model import Notify, Retry, StepConfig

from .metrics import metric_names
from .profile import Profile
from .shape import Part, Shape
from .slots import Slots

ROOT = "/nbdag"
RUN = f"{ROOT}/run"
CODE_VOLUME, RUN_VOLUME, TMP_VOLUME = "nbdag-code", "nbdag-run", "nbdag-tmp"
USER = 1000
"""The user of pods in a restricted namespace; any would do."""

CONFINED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
FILES = "nbdag/{{workflow.uid}}/_files"  # no task has a `_`
REPORTS = "nbdag/{{workflow.uid}}/_reports"
_INDEX = "{{inputs.parameters.index}}"
_SCHEDULED = "{{=workflow['scheduledTime'] ?? ''}}"


@dataclass(frozen=True, slots=True)
class PodContext:
    """What all pods of the pipeline called `pipeline` have in common.

    `tasks` are the names of the steps' tasks, `decisions` what each step decides, `parameters` the
    names of the workflow's parameters by the notebook's names.
    """

    pipeline: str
    profile: Profile
    image: str
    tasks: Mapping[str, str]
    decisions: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, str]


def pod_template(context: PodContext, shape: Shape, slots: Slots) -> dict[str, Any]:
    """Return the template of a step of this shape, without its name."""
    config = shape.config
    inputs = {
        "parameters": [
            {"name": name} for name in (*slots.given, *run_time_parameters(config, shape.part))
        ],
        "artifacts": _inputs(shape, slots),
    }
    outputs = {"parameters": _results(shape), "artifacts": _outputs(shape.part, slots)}
    metadata = _metadata(config, slots)
    made: dict[str, Any] = {}
    for key, value in (("inputs", inputs), ("outputs", outputs), ("metadata", metadata)):
        filled = {name: item for name, item in value.items() if item}
        if filled:
            made[key] = filled
    if config.timeout is not None:
        made["activeDeadlineSeconds"] = str(whole_seconds(config.timeout))
    if config.retry is not None:
        made["retryStrategy"] = _retry(config.retry)
    if config.node_selector:
        made["nodeSelector"] = dict(config.node_selector)
    if context.profile.security != "none":
        made["podSpecPatch"] = _patch(context.profile)
    return {**made, "container": _container(context, shape, slots)}


def notify_template(context: PodContext, notified: Sequence[Notify]) -> dict[str, Any]:
    """Return the template of the container that tells how the workflow has ended."""
    words = [f"{each.when}:{each.kind}:{each.secret.env}" for each in notified]
    texts = {
        "NBDAG_PIPELINE": base64.b64encode(context.pipeline.encode()).decode(),
        "NBDAG_RUN": "{{workflow.name}}",
        "NBDAG_STATUS": "{{workflow.status}}",
        "NBDAG_SECONDS": "{{workflow.duration}}",
        "NBDAG_FAILURES": "{{=sprig.b64enc(workflow.failures)}}",
        "NBDAG_NOTIFY": " ".join(words),
    }
    secrets = {each.secret.env: each.secret for each in notified}
    env: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in texts.items()]
    env += [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": one.name, "key": one.key}}}
        for name, one in secrets.items()
    ]
    confined = context.profile.security != "none"
    container: dict[str, Any] = {
        "image": context.image,
        "command": ["python3", f"{ROOT}/code/start.py", "notify"],
        "env": env,
        "volumeMounts": _mounts(StepConfig(), confined=confined),
    }
    made: dict[str, Any] = {"activeDeadlineSeconds": "120"}
    return _confined(context, {**made, "container": container})


def guard_template(context: PodContext, *, ended: bool) -> dict[str, Any]:
    """Return the template of the container that judges what the steps have reported.

    If the run has *ended*, then its steps at the end are among them.
    """
    confined = context.profile.security != "none"
    made: dict[str, Any] = {
        "inputs": {"artifacts": [_input("reports", REPORTS, optional=False)]},
        "container": {
            "image": context.image,
            "command": ["python3", f"{ROOT}/code/guard.pyz"],
            "env": [{"name": "NBDAG_ENDED", "value": "yes" if ended else "no"}],
            "volumeMounts": _mounts(StepConfig(), confined=confined),
        },
    }
    return _confined(context, made)


def _confined(context: PodContext, template: dict[str, Any]) -> dict[str, Any]:
    """Return the template of a container of nbdag's own as the namespace demands it."""
    if context.profile.security == "none":
        return template
    container, rest = template.pop("container"), template
    container["securityContext"] = {**CONFINED, "readOnlyRootFilesystem": True}
    return {**rest, "podSpecPatch": _patch(context.profile), "container": container}


def run_time_parameters(config: StepConfig, part: Part) -> tuple[str, ...]:
    """Return the names of inputs that are only known while the workflow runs."""
    found: list[str] = []
    if config.approve is not None and part in ("", "items"):
        found.append("approved")
    if part == "iteration":
        found.append("index")
    if part in ("iteration", "gather"):
        found.append("count")
    return tuple(found)


def whole_seconds(seconds: float) -> int:
    """Return *seconds*, and the second that has begun: Kubernetes counts in whole ones."""
    return max(1, math.ceil(seconds))


def duration_text(seconds: float) -> str:
    """Return *seconds* as Go reads a duration, in whole milliseconds."""
    milliseconds = max(1, round(seconds * 1000))
    return f"{milliseconds // 1000}s" if milliseconds % 1000 == 0 else f"{milliseconds}ms"


def value_key(task: str, name: str, folder: str = "") -> str:
    """Return where in the artifact repository a file of a run's step lies."""
    middle = f"{folder}/" if folder else ""
    return f"nbdag/{{{{workflow.uid}}}}/{task}/{middle}{name}"


def _inputs(shape: Shape, slots: Slots) -> list[dict[str, Any]]:
    part, own = shape.part, slots.text("step")
    found: list[dict[str, Any]] = []
    for number, optional in enumerate(shape.optional):
        name = f"values-{number}"
        found.append(_input(name, value_key(slots.text(name), "values.nbv"), optional=optional))
    if shape.files:
        found.append(_input("files", FILES, optional=True))
    if part in ("iteration", "gather"):
        found.append(_input("items", value_key(own, "values.nbv", "items"), optional=False))
        found.append(_input("items-state", value_key(own, "state.json", "items"), optional=False))
        found.append(_input("items-files", value_key(own, "files.tar", "items"), optional=True))
    if part == "gather":
        found.append(_input("parts", value_key(own, "parts"), optional=True))
    return found


def _input(name: str, key: str, *, optional: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "path": f"{ROOT}/in/{name}"}
    if optional:
        made["optional"] = True
    return {**made, "s3": {"key": key}}


def _outputs(part: Part, slots: Slots) -> list[dict[str, Any]]:
    task = slots.text("step")
    folder = {"items": "items", "iteration": f"parts/{_INDEX}"}.get(part, "")
    keys = {
        name: (file, value_key(task, file, folder))
        for name, file in (
            ("values", "values.nbv"),
            ("outputs", "outputs.jsonl"),
            ("files", "files.tar"),
            *((("state", "state.json"),) if folder else ()),
        )
    }
    if not folder:
        # Together, so that later steps take the files of any number of steps as one artifact.
        keys["files"] = ("files.tar", f"{FILES}/{slots.text('number')}.tar")
    # Likewise, for the guard at the end.
    own = "/".join(filter(None, (REPORTS, task, folder, "report.json")))
    keys["report"] = ("report.json", own)
    return [
        {
            "name": name,
            "path": f"{RUN}/out/{file}",
            "optional": True,  # a step that fails leaves some of them only
            "archive": {"none": {}},
            "s3": {"key": key},
        }
        for name, (file, key) in keys.items()
    ]


def _results(shape: Shape) -> list[dict[str, Any]]:
    part = shape.part
    names = [f"decision-{number}" for number in range(shape.decisions)]
    if part == "items":
        names = ["indexes", "count"]
    elif part == "iteration":
        names = []
    if part in ("", "gather"):
        names += metric_names(shape.metrics)
    return [
        {"name": name, "valueFrom": {"path": f"{RUN}/results/{name}", "default": ""}}
        for name in names
    ]


def _metadata(config: StepConfig, slots: Slots) -> dict[str, dict[str, str]]:
    annotations = dict(config.annotations)
    if not slots.shared:
        annotations = {"nbdag/step": slots.step, **annotations}
    return {"labels": dict(config.labels), "annotations": annotations}


def _container(context: PodContext, shape: Shape, slots: Slots) -> dict[str, Any]:
    config, confined = shape.config, context.profile.security != "none"
    made: dict[str, Any] = {
        "image": config.image or context.image,
        "command": ["python3", f"{ROOT}/code/start.py", "pod"],
        "env": _env(context, shape, slots),
    }
    whole = [{"secretRef": {"name": s.name}} for s in config.secrets if s.key is None]
    if whole:
        made["envFrom"] = whole
    resources = _resources(config)
    if resources:
        made["resources"] = resources
    if confined:
        made["securityContext"] = {**CONFINED, "readOnlyRootFilesystem": True}
    made["volumeMounts"] = _mounts(config, confined=confined)
    return made


def _env(context: PodContext, shape: Shape, slots: Slots) -> list[dict[str, Any]]:
    """Return the environment, each variable once: a secret before a text, ours before both."""
    texts = {"PYTHONHASHSEED": "0"}  # so that sets of strings have one order in all steps
    texts |= plain_env(shape.config)
    own = {"NBDAG_STEP": slots.text("step")}
    if shape.parameters:
        own["NBDAG_PARAMETERS"] = _parameters(context, shape.parameters)
        own["NBDAG_SCHEDULED"] = _SCHEDULED
    if shape.part:
        own["NBDAG_PART"] = shape.part
    for name in run_time_parameters(shape.config, shape.part):
        own[f"NBDAG_{name.upper()}"] = f"{{{{inputs.parameters.{name}}}}}"
    secrets = {
        secret.env or secret.key: {"secretKeyRef": {"name": secret.name, "key": secret.key}}
        for secret in shape.config.secrets
        if secret.key is not None
    }
    made: dict[str, dict[str, Any]] = {name: {"value": value} for name, value in texts.items()}
    made |= {str(name): {"valueFrom": value} for name, value in secrets.items()}
    made |= {name: {"value": value} for name, value in own.items()}
    return [{"name": name, **value} for name, value in made.items()]


def _parameters(context: PodContext, names: Sequence[str]) -> str:
    """Return what gives the values in base64: they may hold what templates would read again."""
    return " ".join(
        f"{name}={{{{=sprig.b64enc(workflow.parameters['{context.parameters[name]}'])}}}}"
        for name in names
        if name in context.parameters
    )


def _resources(config: StepConfig) -> dict[str, Any]:
    requests = {"cpu": config.cpu, "memory": config.memory}
    limits = {"memory": config.memory, **dict(config.limits)}
    if config.gpu is not None:
        limits["nvidia.com/gpu"] = str(config.gpu)
    both = {
        "requests": {name: value for name, value in requests.items() if value is not None},
        "limits": {name: value for name, value in limits.items() if value is not None},
    }
    return {name: values for name, values in both.items() if values}


def _mounts(config: StepConfig, *, confined: bool) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = [
        {"name": CODE_VOLUME, "mountPath": f"{ROOT}/code", "readOnly": True},
        {"name": RUN_VOLUME, "mountPath": RUN},
    ]
    if confined and all(volume.path.rstrip("/") != "/tmp" for volume in config.volumes):  # noqa: S108
        mounts.append({"name": TMP_VOLUME, "mountPath": "/tmp"})  # noqa: S108
    return mounts + [
        {"name": legal(volume.name), "mountPath": volume.path} for volume in config.volumes
    ]


def _retry(retry: Retry) -> dict[str, Any]:
    # A pod that is evicted or deleted ends as an Error, which only `Always` tries again.
    made: dict[str, Any] = {"limit": str(retry.limit), "retryPolicy": "Always"}
    if retry.delay:
        made["backoff"] = {"duration": duration_text(retry.delay)}
        if retry.factor != 1:
            made["backoff"]["factor"] = str(int(retry.factor))
    return made


def _patch(profile: Profile) -> str:
    """Return what confines Argo's own containers, which nothing else of a workflow reaches."""
    own: list[dict[str, Any]] = [{"name": "wait", "securityContext": CONFINED}]
    if profile.initless:
        own[0]["name"] = "supervisor"
        return json.dumps({"containers": own})
    init = [{"name": "init", "securityContext": CONFINED}]
    return json.dumps({"initContainers": init, "containers": own})


def pod_security(profile: Profile) -> dict[str, Any]:
    """Return the security context of all pods; empty where nothing is demanded."""
    if profile.security == "none":
        return {}
    made: dict[str, Any] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    if profile.security == "restricted":
        made |= {"runAsUser": USER, "runAsGroup": USER, "fsGroup": USER}
    return made
