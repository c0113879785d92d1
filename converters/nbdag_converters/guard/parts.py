"""The parts of a step whose loop fans out: what iterations did, and all of them as one step.

In the notebook one process runs all iterations, so what one of them leaves behind is there for the
next ones. Here each has a process of its own: what it leaves beside its records is lost, so it is
an error if there is anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbdag_converters.model import Loop, Pipeline
from nbdag_converters.rules import guard as rules

from .files import conflict
from .finding import Finding
from .hidden import PREFIX, changes_of_process, is_seeded
from .outline import Outline
from .plan import Plan
from .report import Report, parse_report

_UNIONS = ("missed", "random", "reads", "writes", "made", "looks", "effects", "settings")


def inspect_parts(
    pipeline: Pipeline, step: str, reports: Sequence[Mapping[str, Any]]
) -> tuple[Finding, ...]:
    """Return what the iterations of *step*'s loop did that another iteration would have seen.

    *reports* are those of the items and then of all iterations, in order.
    """
    loop = pipeline.step(step).loop
    if loop is None:
        return ()
    iterations = [parse_report(report) for report in reports[1:]]
    seen: dict[tuple[str, str, str], Finding] = {}
    for finding in _findings(pipeline, step, loop, iterations):
        seen.setdefault(finding.key, finding)
    return tuple(seen.values())


def _findings(
    pipeline: Pipeline, step: str, loop: Loop, iterations: Sequence[Report]
) -> Iterator[Finding]:
    outline = Outline(pipeline)
    for index, report in enumerate(iterations):
        plan = Plan(outline, {step: report})
        for name in sorted(_left(report, loop)):
            yield _carried(plan, step, loop, f"changes '{name}'", name=name, index=index)
        for _, text in changes_of_process(report):
            yield _carried(plan, step, loop, f"changes {text}", index=index)
        for library in sorted(report.random):
            if is_seeded(plan, step, library):
                what = f"draws from the seeded generator of {library}"
                yield _carried(plan, step, loop, what, name=PREFIX + library, index=index)
    plan = Plan(outline, {})
    for index, path in _conflicts(iterations):
        what = f"uses '{path}', which another iteration changes"
        yield _carried(plan, step, loop, what, name=path, index=index)


def _left(report: Report, loop: Loop) -> frozenset[str]:
    """Return the names by which an iteration leaves something behind that is not recorded."""
    return (report.changed | ((report.bound | report.deleted) - {*loop.binds})) - {*loop.gathers}


def _carried(
    plan: Plan, step: str, loop: Loop, what: str, *, name: str = "", index: int
) -> Finding:
    place = plan.place(step, name) if name.isidentifier() else plan.place(step)
    if place.cell is None or place.line is None:
        place = replace(place, cell=loop.cell, line=loop.line)
    diagnostic = rules.ITERATION.at(place, step=step, index=index + 1, what=what)
    return Finding(diagnostic, step, name or what)


def _conflicts(iterations: Sequence[Report]) -> Iterator[tuple[int, str]]:
    """Yield files that one iteration changes and another one uses; the latter is the index."""
    writes: dict[str, int] = {}
    for index, report in enumerate(iterations):
        for path in report.writes:
            writes.setdefault(path, index)
    for index, report in enumerate(iterations):
        others = frozenset(path for path, at in writes.items() if at != index)
        used = bool(others and (report.reads or report.writes or report.looks))
        found = conflict(Report(writes=others), report) if used else None
        if found is not None:
            yield index, found


def merge_reports(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the report of a step from those of its parts: items, iterations, gathering.

    It is what the guard would have seen had one process done all.
    """
    items, last = reports[0], reports[-1]
    made = {*items.get("bound", ())} - {*last.get("deleted", ())}
    bound = made | {*last.get("bound", ())}
    changed = {*items.get("changed", ())} | ({*last.get("changed", ())} - made)
    deleted = {*items.get("deleted", ()), *last.get("deleted", ())} - bound
    return {
        **last,
        "loaded": {**last.get("loaded", {}), **items.get("loaded", {})},
        "bound": sorted(bound),
        "changed": sorted(changed),
        "deleted": sorted(deleted),
        **{name: sorted(_union(report.get(name) for report in reports)) for name in _UNIONS},
        "outside": {
            kind: sorted(_union(report.get("outside", {}).get(kind) for report in reports))
            for kind in ("reads", "writes")
        },
        "own": sorted(_own(reports)),
        "environ": any(report.get("environ") for report in reports),
        "cwd": any(report.get("cwd") for report in reports),
        "states": _states(reports),
        "lines": {name: at for report in reports for name, at in report.get("lines", {}).items()},
    }


def _union(lists: Iterable[Iterable[str] | None]) -> set[str]:
    return {item for one in lists for item in one or ()}


def _own(reports: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the files that were written before they were read, the parts in their order."""
    own: set[str] = set()
    foreign: set[str] = set()
    for report in reports:
        new = {*report.get("own", ())}
        foreign |= {path for path in report.get("reads", ()) if path not in own | new}
        own |= new - foreign
    return own


def _states(reports: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Return each generator's state before the first part that drew from it and after the last."""
    states: dict[str, list[int]] = {}
    for report in reports:
        for library, (before, after) in report.get("states", {}).items():
            states[library] = [states.get(library, [before])[0], after]
    return states
