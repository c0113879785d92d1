"""Remote: the workflow of a step that runs on another cluster, which a relay starts there.

Both clusters' artifact repositories have to be one place: what a step takes and leaves has the keys
that it would have without the other cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nbdag_converters.compilers.plan import Plan

from .pod import PodContext, pod_security, pod_template, whole_seconds
from .profile import Options
from .schedule import API
from .shape import Part, shape_of
from .slots import slots_of
from .spec import LABELS, claims, volumes

_RUN = "{{workflow.parameters.nbdag-run}}"
_HANDED_ON = {  # what only the run's own workflow knows
    f"NBDAG_{name.upper()}": f"{{{{workflow.parameters.nbdag-{name}}}}}"
    for name in ("parameters", "scheduled")
}


def remote_workflows(
    context: PodContext, plans: Sequence[Plan], options: Options, account: str | None
) -> dict[str, dict[str, Any]]:
    """Return the workflow of each part of the steps elsewhere, by what the relay calls it.

    The relay gives it a name, the config maps with its code, and its arguments.
    """
    return {
        ".".join(filter(None, (context.tasks[plan.step.name], part, "remote"))): _workflow(
            context, plan, part, options, account
        )
        for plan in plans
        if plan.config.cluster is not None
        for part in _parts(plan)
    }


def _parts(plan: Plan) -> Iterator[Part]:
    if plan.step.loop is None:
        yield ""
    else:
        yield from ("items", "iteration", "gather")


def _workflow(
    context: PodContext, plan: Plan, part: Part, options: Options, account: str | None
) -> dict[str, Any]:
    template: dict[str, Any] = {
        "name": "step",
        **pod_template(context, shape_of(plan, part), slots_of(context.tasks, plan, shared=False)),
    }
    template.pop("retryStrategy", None)  # the relay is tried again
    for side in ("inputs", "outputs"):
        for artifact in template.get(side, {}).get("artifacts", ()):
            artifact["s3"] = {"key": artifact["s3"]["key"].replace("{{workflow.uid}}", _RUN)}
    for variable in template["container"]["env"]:
        if variable["name"] in _HANDED_ON:
            variable["value"] = _HANDED_ON[variable["name"]]
    spec: dict[str, Any] = {"entrypoint": "step"}
    if account:
        spec["serviceAccountName"] = account
    if plan.config.timeout is not None:
        spec["activeDeadlineSeconds"] = whole_seconds(plan.config.timeout)
    if pod_security(options.profile):
        spec["securityContext"] = pod_security(options.profile)
    spec["volumes"] = volumes([plan], options, [])
    if claims([plan]):
        spec["volumeClaimTemplates"] = claims([plan])
        spec["volumeClaimGC"] = {"strategy": "OnWorkflowCompletion"}
    spec["templates"] = [template]
    metadata = {"generateName": f"{context.tasks[plan.step.name]}-", "labels": dict(LABELS)}
    return {"apiVersion": API, "kind": "Workflow", "metadata": metadata, "spec": spec}
