"""Judge: the guard's judgement while a run goes on: what is new with each report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbdag_converters.guard import Finding, Outline, Plan, Report, inspect_plan, parse_report
from nbdag_converters.model import Pipeline

from .attempt import Outcome
from .events import Phase


class Judge:
    """Keeps the reports of the steps that succeeded, and what it has found before.

    `spoiled` are steps that run with a value which turned out to be wrong, `skipped` those whose
    condition does not hold.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._outline = Outline(pipeline)
        self._reports: dict[str, Report] = {}
        self._told: set[tuple[str, str, str]] = set()
        self.spoiled: dict[str, Finding] = {}
        self.skipped: set[str] = set()

    def add(self, name: str, report: Mapping[str, Any]) -> list[Finding]:
        """Take in the report of a step, and return what is found now and was not before."""
        self._reports[name] = parse_report(report)
        plan = Plan(self._outline, self._reports, skipped=self.skipped, fresh=[name])
        found = [finding for finding in inspect_plan(plan) if finding.key not in self._told]
        self._told.update(finding.key for finding in found)
        return found

    def forget(self, name: str) -> None:
        """Take back what the step reported, as it will be run again."""
        self._reports.pop(name, None)
        self.spoiled.pop(name, None)


def blamed(finding: Finding) -> Outcome:
    """Return how the step ends that did what was found."""
    found = finding.diagnostic
    return Outcome(Phase.FAILED, "guard", str(found.message), found.cell, found.line)


def stale(finding: Finding) -> Outcome:
    """Return how a step ends that was given a wrong value."""
    message = f"it was given a value that step '{finding.step}' should have changed before"
    return Outcome(Phase.FAILED, "guard", message)
