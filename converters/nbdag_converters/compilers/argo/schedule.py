"""Schedule: a CronWorkflow, which starts runs of a pipeline's WorkflowTemplate by the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

API = "argoproj.io/v1alpha1"
SCHEDULED = "{{workflow.scheduledTime}}"
"""The value of a parameter that gets the time for which a run was due, see `runtime/pod.py`."""

Concurrency: TypeAlias = Literal["Allow", "Forbid", "Replace"]
CONCURRENCIES: tuple[Concurrency, ...] = get_args(Concurrency)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When runs start by themselves.

    `timezone` is that of the controller where it is "". `concurrency` says what becomes of a run
    that is due while an earlier one goes on: it runs beside it, it is left out, or it takes its
    place. A run that could not start in time, as the controller was down, starts up to `deadline`
    seconds later. After `failures` failed runs no more are started.
    """

    crons: tuple[str, ...]
    timezone: str = ""
    concurrency: Concurrency = "Forbid"
    deadline: int | None = None
    failures: int | None = None


def cron_workflow(
    template: Mapping[str, Any],
    schedule: Schedule,
    *,
    name: str = "",
    arguments: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Return the CronWorkflow that starts runs of *template*, named like it unless said."""
    metadata = template["metadata"]
    spec: dict[str, Any] = {
        "schedules": list(schedule.crons),
        **({"timezone": schedule.timezone} if schedule.timezone else {}),
        "concurrencyPolicy": schedule.concurrency,
    }
    if schedule.deadline is not None:
        spec["startingDeadlineSeconds"] = schedule.deadline
    if schedule.failures is not None:
        spec["stopStrategy"] = {"expression": f"cronworkflow.failed >= {schedule.failures}"}
    started: dict[str, Any] = {"workflowTemplateRef": {"name": metadata["name"]}}
    if arguments:
        started["arguments"] = {"parameters": [dict(item) for item in arguments]}
    head = {key: value for key, value in metadata.items() if key in ("namespace", "labels")}
    return {
        "apiVersion": API,
        "kind": "CronWorkflow",
        "metadata": {"name": name or metadata["name"], **head},
        "spec": {**spec, "workflowSpec": started},
    }
