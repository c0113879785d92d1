"""Names that a step changed though nobody expected it, and names that it asked for in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbdag_converters.rules import guard as rules

from .finding import Finding
from .plan import Plan, Reading
from .report import Report


def missed_findings(plan: Plan) -> Iterator[Finding]:
    """Yield what steps asked for and did not get, and sets whose order is lost."""
    for step, report in plan.reports.items():
        for name in report.missed:
            diagnostic = rules.MISSED.at(plan.place(step, name), step=step, name=name)
            yield Finding(diagnostic, step, name)
        for name in report.unordered:
            readers = tuple(r.step for r in plan.readings.get(name, ()) if r.source == step)
            if readers:
                diagnostic = rules.UNORDERED.at(plan.place(step, name), step=step, name=name)
                yield Finding(diagnostic, step, name, readers)


def stale_findings(plan: Plan) -> Iterator[Finding]:
    """Yield changes of a name of which a later step has the version from before."""
    for step, report in plan.reports.items():
        for name in sorted(report.touched):
            readers = tuple(dict.fromkeys(_stale_readers(plan, step, report, name)))
            if readers:
                diagnostic = rules.UNSEEN_CHANGE.at(
                    plan.place(step, name),
                    step=step,
                    name=name,
                    did=_deed(report, name),
                    reader=readers[0],
                )
                yield Finding(diagnostic, step, name, readers)
            elif name in report.bound and name not in plan.steps[step].changes:
                yield from _unseen_name(plan, step, name)


def _deed(report: Report, name: str) -> str:
    if name in report.deleted:
        return "deleted"
    return "changed" if name in report.changed else "set"


def _stale_readers(plan: Plan, step: str, report: Report, name: str) -> Iterator[str]:
    planned = name in plan.steps[step].changes
    for reading in plan.readings.get(name, ()):
        if is_stale(plan, reading, step, planned=planned):
            yield reading.step
    for reader in plan.later(step):
        if _has_old_slice(plan, reader, step, report, name):
            yield reader


def is_stale(plan: Plan, reading: Reading, step: str, *, planned: bool) -> bool:
    """Return whether *reading* takes a value from before *step* though it comes after it.

    Where the cells of two steps are mixed, a change that was *planned* was seen cell by cell; any
    other one could be before the reading.
    """
    if reading.step == step or plan.order.get(reading.source, -1) >= plan.order[step]:
        return False
    if reading.cell <= plan.first_cell(step):
        return False
    return not planned or (plan.last_cell(step) < reading.cell and plan.apart(step, reading.step))


def _has_old_slice(plan: Plan, reader: str, step: str, report: Report, name: str) -> bool:
    """Return whether *reader* makes *name* anew from a slice, without what *step* did to it."""
    piece = plan.slices_of(reader).get(name)
    if piece is None or piece.cell > plan.last_cell(step):
        return False
    given = {version.name: version.step for version in plan.steps[reader].inputs}
    if plan.order.get(given.get(name, ""), -1) >= plan.order[step]:
        return False
    if name in report.changed:
        own = piece.cell in {cell.number for cell in plan.steps[step].cells}
        return not own or name not in plan.steps[step].changes
    # An import gives the same module again; a definition in the step's own cells is that slice.
    return piece.kind != "import" and piece.cell < plan.first_cell(step)


def _unseen_name(plan: Plan, step: str, name: str) -> Iterator[Finding]:
    """Yield a name that the step set behind the analysis's back, if a later step speaks of it."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    readers = tuple(
        reader
        for reader in plan.later(step)
        if not _is_given(plan, reader, name) and _speaks_of(plan, reader, word)
    )
    if readers:
        diagnostic = rules.UNSEEN_NAME.at(
            plan.place(step, name), step=step, name=name, reader=readers[0]
        )
        yield Finding(diagnostic, step, name, readers)


def _is_given(plan: Plan, reader: str, name: str) -> bool:
    step = plan.steps[reader]
    given = {version.name for version in step.inputs}
    # What is in `before` stops the step when it is read.
    return name in given or name in step.before or name in plan.slices_of(reader)


def _speaks_of(plan: Plan, reader: str, word: re.Pattern[str]) -> bool:
    step = plan.steps[reader]
    sources = [cell.source for cell in step.cells] + [piece.source for piece in step.slices]
    return any(word.search(source) for source in sources)
