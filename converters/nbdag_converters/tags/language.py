"""The tag language: the one table from which parsing, checks, help and completions are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbdag_converters.model import Retry, SecretRef, Volume

from .directive import Directive, Make
from .fields import (
    AT_LEAST_ONE,
    CLUSTER,
    COUNT,
    CPU,
    DNS,
    DURATION,
    FACTOR,
    FLAG,
    IMAGE,
    LABEL_KEY,
    LABEL_VALUE,
    MEMORY,
    PATH,
    QUANTITY,
    RESOURCE,
    SECRET_KEY,
    STEP_NAME,
    TEXT,
    VALUE,
    VARIABLE,
)


def first(pair: tuple[str, str]) -> str:
    """Return the key of a pair."""
    return pair[0]


def path_of(volume: Volume) -> str:
    """Return where a volume is mounted."""
    return volume.path


def pair(key: str, value: str) -> Make:
    """Return what makes the pair of two fields."""

    def make(fields: Mapping[str, Any]) -> object:
        return (fields[key], fields[value])

    return make


def only(name: str) -> Make:
    """Return what gives the value of a field."""

    def make(fields: Mapping[str, Any]) -> object:
        return fields[name]

    return make


DIRECTIVES: tuple[Directive, ...] = (
    Directive(
        "step",
        "step",
        ("step:{name}",),
        "The cell belongs to this step. A code cell without a tag belongs to the step above it.",
        "step:train",
        {"name": STEP_NAME},
    ),
    Directive(
        "imports",
        "role",
        ("imports",),
        "Replicated to every step that needs it. Rarely needed: nbdag replicates imports, "
        "definitions and constants on its own.",
        "imports",
        role="imports",
    ),
    Directive(
        "functions",
        "role",
        ("functions",),
        "The same as `imports`, for cells with definitions.",
        "functions",
        role="functions",
    ),
    Directive(
        "parameters",
        "role",
        ("parameters",),
        "Literals that become parameters of the pipeline, as for papermill.",
        "parameters",
        role="parameters",
    ),
    Directive(
        "pipeline-parameters",
        "role",
        ("pipeline-parameters",),
        "The same as `parameters`, as Kale writes it.",
        "pipeline-parameters",
        role="parameters",
    ),
    Directive(
        "injected-parameters",
        "role",
        ("injected-parameters",),
        "Values that papermill wrote for an earlier run: they take the place of the defaults.",
        "injected-parameters",
        role="parameters",
    ),
    Directive(
        "metrics",
        "role",
        ("metrics",),
        "Each variable that the cell prints by `print(name)`, or that stands alone on a line, "
        "becomes a metric of the run.",
        "metrics",
        role="metrics",
    ),
    Directive(
        "pipeline-metrics",
        "role",
        ("pipeline-metrics",),
        "The same as `metrics`, as Kale writes it.",
        "pipeline-metrics",
        role="metrics",
    ),
    Directive(
        "skip",
        "role",
        ("skip",),
        "The cell is not part of the pipeline. An error if something later needs what it sets.",
        "skip",
        role="skip",
    ),
    Directive(
        "prev",
        "order",
        ("prev:{name}",),
        "The step runs after that one, for an order that no variable and no file shows.",
        "prev:load",
        {"name": STEP_NAME},
    ),
    Directive(
        "depends",
        "order",
        ("depends:{name}",),
        "The same as `prev`.",
        "depends:load",
        {"name": STEP_NAME},
    ),
    Directive(
        "image",
        "setting",
        ("image:{reference}",),
        "The container image of the step.",
        "image:quay.io/team/train:1.2",
        {"reference": IMAGE},
        sets="image",
        make=only("reference"),
    ),
    Directive(
        "cpu",
        "setting",
        ("cpu:{amount}",),
        "Processors that the step asks for.",
        "cpu:2",
        {"amount": CPU},
        sets="cpu",
        make=only("amount"),
    ),
    Directive(
        "memory",
        "setting",
        ("memory:{amount}",),
        "Memory that the step asks for, and its limit.",
        "memory:4Gi",
        {"amount": MEMORY},
        sets="memory",
        make=only("amount"),
    ),
    Directive(
        "gpu",
        "setting",
        ("gpu:{count}",),
        "GPUs that the step asks for.",
        "gpu:1",
        {"count": COUNT},
        sets="gpu",
        make=only("count"),
    ),
    Directive(
        "limit",
        "setting",
        ("limit:{resource}:{amount}",),
        "The limit of any other resource.",
        "limit:nvidia.com/gpu:1",
        {"resource": RESOURCE, "amount": QUANTITY},
        sets="limits",
        make=pair("resource", "amount"),
        many=True,
        identity=first,
    ),
    Directive(
        "retry",
        "setting",
        ("retry:{limit}", "retry:{limit}:{delay}", "retry:{limit}:{delay}:{factor}"),
        "Attempts after a failed one; the wait before the first of them, and by what it grows.",
        "retry:3:10s:2",
        {"limit": COUNT, "delay": DURATION, "factor": FACTOR},
        sets="retry",
        make=lambda f: Retry(f["limit"], f.get("delay", 0.0), f.get("factor", 1.0)),
    ),
    Directive(
        "timeout",
        "setting",
        ("timeout:{duration}",),
        "The longest that one attempt may take.",
        "timeout:1h30m",
        {"duration": DURATION},
        sets="timeout",
        make=only("duration"),
    ),
    Directive(
        "fan-out",
        "setting",
        ("fan-out", "fan-out:{most}"),
        "The step's one top-level `for` runs its iterations in parallel, so many at once at most.",
        "fan-out:4",
        {"most": AT_LEAST_ONE},
        sets="fan_out",
        make=lambda f: f.get("most", 0),
    ),
    Directive(
        "approve",
        "setting",
        ("approve", "approve:{text}"),
        "Wait for a person before this step.",
        "approve:Publish the model?",
        {"text": TEXT},
        sets="approve",
        make=lambda f: f.get("text", ""),
    ),
    Directive(
        "on-exit",
        "setting",
        ("on-exit",),
        "The step runs at the end, whatever happened.",
        "on-exit",
        sets="on_exit",
        make=lambda _: True,
    ),
    Directive(
        "cache",
        "setting",
        ("cache:{state}",),
        "Whether the step's result may be taken from an earlier run with equal code and inputs.",
        "cache:disabled",
        {"state": FLAG},
        sets="cache",
        make=only("state"),
    ),
    Directive(
        "secret",
        "setting",
        ("secret:{name}", "secret:{name}:{key}:{env}"),
        "All keys of a Kubernetes secret as environment variables, or one of them.",
        "secret:keysecret:accesskey:AWS_ACCESS_KEY_ID",
        {"name": DNS, "key": SECRET_KEY, "env": VARIABLE},
        sets="secrets",
        make=lambda f: SecretRef(f["name"], f.get("key"), f.get("env")),
        many=True,
    ),
    Directive(
        "env",
        "setting",
        ("env:{name}={value}",),
        "An environment variable.",
        "env:LOG_LEVEL=debug",
        {"name": VARIABLE, "value": VALUE},
        sets="env",
        make=pair("name", "value"),
        many=True,
        identity=first,
    ),
    Directive(
        "label",
        "setting",
        ("label:{key}:{value}",),
        "A label of the step's pod.",
        "label:team:fraud",
        {"key": LABEL_KEY, "value": LABEL_VALUE},
        sets="labels",
        make=pair("key", "value"),
        many=True,
        identity=first,
    ),
    Directive(
        "annotation",
        "setting",
        ("annotation:{key}:{value}",),
        "An annotation of the step's pod.",
        "annotation:example.com/owner:fraud team",
        {"key": LABEL_KEY, "value": VALUE},
        sets="annotations",
        make=pair("key", "value"),
        many=True,
        identity=first,
    ),
    Directive(
        "node",
        "setting",
        ("node:{key}={value}",),
        "The step runs on nodes with this label.",
        "node:disk=ssd",
        {"key": LABEL_KEY, "value": LABEL_VALUE},
        sets="node_selector",
        make=pair("key", "value"),
        many=True,
        identity=first,
    ),
    Directive(
        "volume",
        "setting",
        ("volume:{name}:{path}", "volume:{name}:{path}:{size}"),
        "A volume of the step: a shared emptyDir or an existing claim, or a claim of that size "
        "that is made for the run.",
        "volume:scratch:/scratch:10Gi",
        {"name": DNS, "path": PATH, "size": MEMORY},
        sets="volumes",
        make=lambda f: Volume(f["name"], f["path"], f.get("size")),
        many=True,
        identity=path_of,
    ),
    Directive(
        "cluster",
        "setting",
        ("cluster:{name}",),
        "The step runs on another cluster, by its name in the settings.",
        "cluster:edge",
        {"name": CLUSTER},
        sets="cluster",
        make=only("name"),
    ),
)

BY_NAME: dict[str, Directive] = {directive.name: directive for directive in DIRECTIVES}
BARE = tuple(directive.name for directive in DIRECTIVES if directive.bare)
# What other tools or habit call a directive. `block` is the `step` of Kale before version 0.5.
SYNONYMS = {
    "block": "step",
    "previous": "prev",
    "mem": "memory",
    "retries": "retry",
    "cpus": "cpu",
    "gpus": "gpu",
    "environment": "env",
    "docker": "image",
}
# Tags of other tools that are near to one of ours, and are meant.
FOREIGN = frozenset({"export", "output", "input", "image", "node"})
