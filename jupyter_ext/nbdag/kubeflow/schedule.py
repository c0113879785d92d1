"""Schedule: recurring runs, which Kubeflow starts by the clock and nobody here follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbdag_converters.compilers.kfp import run_values
from nbdag_converters.cron import NICKNAMES, parse_cron
from nbdag_converters.model import Pipeline, Value

from .endpoint import Endpoint
from .submit import upload


def schedule(
    pipeline: Pipeline,
    package: str,
    endpoint: Endpoint,
    *,
    cron: str,
    parameters: Mapping[str, Value],
    at_once: int = 1,
) -> str:
    """Have runs of *package* start by *cron*, as `0 4 * * 1` or `@daily`; return its id there.

    The times are those of Kubeflow's clock, UTC unless it is set up otherwise. *at_once* is how
    many runs of it may go on at once. What was missed while Kubeflow was away is left out.

    Raises
    ------
    CronError
        If *cron* is no schedule.
    ParameterError
        If a value can't be given without being changed.
    EndpointError
        If Kubeflow refuses it, or can't be reached.
    """
    trigger = {"cron_schedule": {"cron": six_fields(cron)}}
    values = run_values(pipeline, parameters)
    uploaded = upload(pipeline, package, endpoint)
    body: dict[str, Any] = {
        **uploaded.reference,
        "display_name": pipeline.name,
        "runtime_config": {"parameters": values},
        "trigger": trigger,
        "max_concurrency": str(at_once),
        "mode": "ENABLE",
        "no_catchup": True,
    }
    if pipeline.config.service_account:
        body["service_account"] = pipeline.config.service_account
    made = endpoint.post("make the recurring run", "/recurringruns", body)
    return str(made["recurring_run_id"])


def six_fields(cron: str) -> str:
    """Return *cron* as Kubeflow wants it: with the second in front."""
    parse_cron(cron)
    return f"0 {NICKNAMES.get(cron.strip(), cron.strip())}"
