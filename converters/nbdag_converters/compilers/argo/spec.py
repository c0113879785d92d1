"""The spec of a workflow: templates and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdag_converters.compilers.names import legal, parameter_names
from nbdag_converters.compilers.plan import Plan, parameter_text
from nbdag_converters.model import Parameter, Pipeline

from .dag import DagBuilder, Templates
from .findings import default_image
from .metrics import run_metrics
from .pod import CODE_VOLUME, RUN_VOLUME, TMP_VOLUME, PodContext, pod_security, whole_seconds
from .profile import Options

LABELS = {"app.kubernetes.io/managed-by": "nbdag"}
MOST_TEMPLATES = 150
"""Templates from which on steps share them; Argo's own definitions allow 200."""


def pod_context(pipeline: Pipeline, options: Options, tasks: Mapping[str, str]) -> PodContext:
    """Return what all pods have in common; *tasks* are the names of the steps' tasks."""
    return PodContext(
        pipeline=pipeline.name,
        profile=options.profile,
        image=default_image(options),
        tasks=tasks,
        decisions={s.name: tuple(d.name for d in s.decides) for s in pipeline.steps},
        parameters=parameter_names(parameter.name for parameter in pipeline.parameters),
    )


def make_spec(
    pipeline: Pipeline, plans: Sequence[Plan], options: Options, context: PodContext
) -> dict[str, Any]:
    """Return the spec without its volumes, which name the config maps."""
    shared = len(plans) > MOST_TEMPLATES
    left = [plan for plan in plans if plan.step.name not in options.done]
    spec, templates = _dags(pipeline, left, context, shared=shared)
    if len(templates) > MOST_TEMPLATES and not shared:  # loops have more templates than one
        spec, templates = _dags(pipeline, left, context, shared=True)
    config = pipeline.config
    if config.service_account:
        spec["serviceAccountName"] = config.service_account
    if pipeline.parameters:
        spec["arguments"] = {"parameters": [_parameter(p, context) for p in pipeline.parameters]}
    if config.parallelism:
        spec["parallelism"] = config.parallelism
    if config.timeout is not None:
        spec["activeDeadlineSeconds"] = whole_seconds(config.timeout)
    if pod_security(options.profile):
        spec["securityContext"] = pod_security(options.profile)
    if options.repository is not None:
        place = dict(zip(("configMap", "key"), options.repository, strict=True))
        spec["artifactRepositoryRef"] = place
    if claims(_here(plans)):
        spec["volumeClaimTemplates"] = claims(_here(plans))
        spec["volumeClaimGC"] = {"strategy": "OnWorkflowCompletion"}
    spec["workflowMetadata"] = {"labels": {**LABELS, "nbdag/pipeline": legal(pipeline.name)}}
    spec["metrics"] = run_metrics(pipeline)
    spec["templates"] = templates
    return spec


def _dags(
    pipeline: Pipeline, plans: Sequence[Plan], context: PodContext, *, shared: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the head of the spec, and the templates, those first with which runs begin."""
    steps = frozenset(plan.step.name for plan in plans)
    builder = DagBuilder(context, Templates(shared), pipeline.edges, steps)
    first = [plan for plan in plans if not plan.step.config.on_exit]
    last = [plan for plan in plans if plan.step.config.on_exit]
    spec = {"entrypoint": builder.dag("main", first)}
    builder.with_guard(spec["entrypoint"])
    if last:
        spec["onExit"] = builder.dag("on-exit", last)
        builder.with_guard(spec["onExit"], ended=True)
    if pipeline.config.notify:
        spec["onExit"] = builder.with_notice(spec.get("onExit", ""), pipeline.config.notify)
    made = builder.templates.made
    heads = list(spec.values())
    return spec, [made[name] for name in (*heads, *(n for n in made if n not in heads))]


def _parameter(parameter: Parameter, context: PodContext) -> dict[str, str]:
    made = {
        "name": context.parameters[parameter.name],
        "value": parameter_text(parameter, parameter.default),
    }
    return {**made, "description": parameter.help} if parameter.help else made


def volumes(plans: Sequence[Plan], options: Options, code: Sequence[str]) -> list[dict[str, Any]]:
    """Return the volumes that pods mount; *code* are the names of the config maps."""
    sources = [{"configMap": {"name": name}} for name in code]
    made: list[dict[str, Any]] = [
        {"name": CODE_VOLUME, "projected": {"defaultMode": 0o444, "sources": sources}},
        {"name": RUN_VOLUME, "emptyDir": {}},
    ]
    if options.profile.security != "none":
        made.append({"name": TMP_VOLUME, "emptyDir": {}})
    known = {volume.name: volume for plan in plans for volume in plan.config.volumes}
    for volume in known.values():
        if volume.size is None:
            claim = {"persistentVolumeClaim": {"claimName": volume.name}}
            kind = claim if volume.name in options.claims else {"emptyDir": {}}
            made.append({"name": legal(volume.name), **kind})
    return made


def _here(plans: Sequence[Plan]) -> list[Plan]:
    return [plan for plan in plans if plan.config.cluster is None]


def claims(plans: Sequence[Plan]) -> list[dict[str, Any]]:
    """Return the claims that are made for a run."""
    sizes = {v.name: v.size for plan in plans for v in plan.config.volumes if v.size is not None}
    return [
        {
            "metadata": {"name": legal(name)},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": size}},
            },
        }
        for name, size in sizes.items()
    ]
