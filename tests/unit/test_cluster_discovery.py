"""What a workflow that somebody else has started says of its parameters."""

from __future__ import annotations

from typing import Any

import pytest

from nbdag.cluster.discovery import values_of
from nbdag.cluster.told import own_failure
from nbdag_converters.compilers.argo import SCHEDULED
from nbdag_converters.model import Parameter

DUE = "workflows.argoproj.io/scheduled-time"


def workflow(**texts: str) -> dict[str, Any]:
    """Return one whose template has defaults, and which was given *texts*."""

    def arguments(values: dict[str, str]) -> dict[str, Any]:
        return {"parameters": [{"name": k, "value": v} for k, v in values.items()]}

    defaults = {"n": "3", "word": "it's", "day": ""}
    return {
        "metadata": {"name": "w", "annotations": {DUE: "2026-11-29T04:00:00Z"}},
        "spec": {"arguments": arguments(texts)},
        "status": {"storedWorkflowTemplateSpec": {"arguments": arguments(defaults)}},
    }


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({}, {"n": 3, "word": "it's", "day": ""}),
        ({"n": "5", "word": "1e-3"}, {"n": 5, "word": "1e-3", "day": ""}),
        ({"day": SCHEDULED}, {"n": 3, "word": "it's", "day": "2026-11-29T04:00:00Z"}),
        ({"n": "many"}, {"n": "many", "word": "it's", "day": ""}),
    ],
)
def test_values_are_those_that_it_was_given_and_defaults(
    given: dict[str, str], values: dict[str, Any]
) -> None:
    kinds = {"n": "int", "word": "str", "day": "str"}
    parameters = tuple(Parameter(name, kind, None, 1, 1) for name, kind in kinds.items())
    assert values_of(workflow(**given), (*parameters, Parameter("new", "int", 1, 1, 1))) == values


@pytest.mark.parametrize(
    ("node", "told"),
    [
        ({"templateName": "guard", "phase": "Failed", "type": "Pod", "message": "why"}, "why"),
        ({"templateName": "guard", "phase": "Succeeded", "type": "Pod", "message": "why"}, ""),
        ({"templateName": "load", "phase": "Failed", "type": "Pod", "message": "why"}, ""),
        ({"templateName": "guardrails", "phase": "Failed", "type": "Pod", "message": "why"}, ""),
    ],
)
def test_why_the_last_container_failed_is_the_runs_message(node: dict[str, Any], told: str) -> None:
    assert own_failure({"metadata": {"name": "w"}, "status": {"nodes": {"a": node}}}) == told
