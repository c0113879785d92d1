"""The verdict on a run that is over, from all that its steps have reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Pipeline

from . import inspect
from .parts import inspect_parts, merge_reports


def verdict(
    pipeline: Pipeline, reports: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[Diagnostic, ...]:
    """Return what the guard finds, in notebook order.

    *reports* are those of each step: one, none where it was left out, and of a loop those of its
    items, of all iterations in their order, and of the gathering. A step that is yet to run has no
    entry.
    """
    found = [
        finding
        for step in pipeline.steps
        if step.loop is not None and (parts := reports.get(step.name, ()))
        for finding in inspect_parts(pipeline, step.name, parts[:-1])
    ]
    whole = {
        name: parts[0] if len(parts) == 1 else merge_reports(parts)
        for name, parts in reports.items()
        if parts
    }
    skipped = reports.keys() - whole.keys()
    found += inspect(pipeline, whole, skipped=skipped)
    return tuple(finding.diagnostic for finding in found)
