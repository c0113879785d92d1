"""The guard's judgement: what steps really did, against what the analysis expected.

Analysis reads code, and code can hide what it does. Each step's process reports what happened:
names that changed, objects that names share, files, random numbers. Here all reports are laid side
by side in the notebook's order, with the versions as planned:

```
    load      X₁ ──────────────┬─────────────► use   reads X of load: X₁
    clean     X₁, changed to X₂ (not planned)        the notebook would give X₂: an error
```

Whatever a later step could see and that would differ from the notebook is an error which names the
cell. Pure: it must not read files nor know how steps are run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Pipeline

from .files import file_findings
from .finding import Finding
from .hidden import (
    environment_findings,
    figure_findings,
    module_findings,
    random_findings,
)
from .outline import Outline
from .pending import pending_steps
from .plan import Plan
from .report import Report, parse_report
from .sharing import sharing_findings
from .stale import missed_findings, stale_findings


def judge(pipeline: Pipeline, reports: Mapping[str, Mapping[str, Any]]) -> tuple[Diagnostic, ...]:
    """Return an error for each difference that a later step could see, in notebook order.

    *reports* are those of the steps that succeeded until now, by the step's name; with more of them
    there may be more errors, never fewer.
    """
    return tuple(finding.diagnostic for finding in inspect(pipeline, reports))


def inspect(
    pipeline: Pipeline,
    reports: Mapping[str, Mapping[str, Any]],
    *,
    skipped: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return what `judge` finds, with the steps that are to blame and those that suffer.

    *skipped* are steps that don't run as their condition does not hold, so they can't suffer.
    """
    parsed = {name: parse_report(reports[name]) for name in reports}
    return inspect_plan(Plan(Outline(pipeline), parsed, skipped=skipped))


def inspect_plan(plan: Plan) -> tuple[Finding, ...]:
    """Return what the reports show that are `fresh` in *plan*, alone and with the others."""
    found: dict[tuple[str, str, str], Finding] = {}
    for rule in _RULES:
        for finding in rule(plan):
            found.setdefault(finding.key, finding)
    return tuple(sorted(found.values(), key=lambda finding: plan.order[finding.step]))


_RULES = (
    missed_findings,
    stale_findings,
    sharing_findings,
    random_findings,
    file_findings,
    environment_findings,
    figure_findings,
    module_findings,
)

__all__ = [
    "Finding",
    "Outline",
    "Plan",
    "Report",
    "inspect",
    "inspect_plan",
    "judge",
    "parse_report",
    "pending_steps",
]
