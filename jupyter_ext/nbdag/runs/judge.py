"""Judge: the guard's judgement while a run goes on: what is new with each report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from nbdag_converters.guard import (
    Finding,
    Outline,
    Plan,
    Report,
    inspect_plan,
    parse_report,
    pending_steps,
)
from nbdag_converters.model import Pipeline

from .attempt import Outcome
from .events import Phase

Key: TypeAlias = tuple[str, str, str]


class Judge:
    """Keeps the reports of the steps that succeeded, and what it has found before.

    `spoiled` are steps that run with a value which turned out to be wrong, `skipped` those whose
    condition does not hold, `decisions` the branches that were decided.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._outline = Outline(pipeline)
        self._reports: dict[str, Report] = {}
        self._told: set[Key] = set()
        self._held = False
        self.spoiled: dict[str, Finding] = {}
        self.skipped: set[str] = set()
        self.decisions: dict[str, int] = {}

    def add(self, name: str, report: Mapping[str, Any]) -> list[Finding]:
        """Take in the report of a step, and return what is found now and was not before.

        What only steps could see that may be left out yet is held back until that is known.
        """
        self._reports[name] = parse_report(report)
        fresh = None if self._held else [name]
        out = self._left_out()
        found = self._inspect(out, fresh)
        certain = self._certain(found, out, fresh)
        self._held = len(certain) < len(found)
        new = [finding for finding in certain if finding.key not in self._told]
        self._told.update(finding.key for finding in new)
        return new

    def forget(self, name: str) -> None:
        """Take back what the step reported, as it will be run again."""
        self._reports.pop(name, None)
        self.spoiled.pop(name, None)

    def _certain(
        self, found: Sequence[Finding], out: Collection[str], fresh: Collection[str] | None
    ) -> list[Finding]:
        """Return what is so whichever steps are left out yet; with all who may have to suffer."""
        if not found:
            return []
        chosen = {name for name in self._outline.conditions if self._holds(name)}
        pending = pending_steps(self._outline, self._reports, skipped=out, chosen=chosen)
        if not pending:
            return [*found]
        victims = {finding.key: finding.victims for finding in found}
        return [
            replace(finding, victims=victims.get(finding.key, finding.victims))
            for finding in self._inspect({*out, *pending}, fresh)
        ]

    def _inspect(self, out: Collection[str], fresh: Collection[str] | None) -> tuple[Finding, ...]:
        return inspect_plan(Plan(self._outline, self._reports, skipped=out, fresh=fresh))

    def _left_out(self) -> frozenset[str]:
        """Return the steps that are known not to run."""
        names = self._outline.conditions
        return frozenset({*self.skipped, *(name for name in names if self._holds(name) is False)})

    def _holds(self, name: str) -> bool | None:
        """Return whether the condition of a step holds, `None` where it is not decided."""
        condition = self._outline.conditions[name]
        branch = self.decisions.get(condition.decision)
        return None if branch is None else branch == condition.branch


def blamed(finding: Finding) -> Outcome:
    """Return how the step ends that did what was found."""
    found = finding.diagnostic
    return Outcome(Phase.FAILED, "guard", str(found.message), found.cell, found.line)


def stale(finding: Finding) -> Outcome:
    """Return how a step ends that was given a wrong value."""
    message = f"it was given a value that step '{finding.step}' should have changed before"
    return Outcome(Phase.FAILED, "guard", message)
