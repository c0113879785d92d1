"""Names that a step changed though nobody expected it, and names that it asked for in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbdag_converters.rules import guard as rules

from .finding import Finding
from .plan import Holding, Plan
from .report import Report

_STAR = re.compile(r"\bimport\s*\(?\s*\*")


def missed_findings(plan: Plan) -> Iterator[Finding]:
    """Yield what steps asked for and did not get, and sets whose order is lost."""
    for step, report in plan.fresh.items():
        for name in report.missed:
            diagnostic = rules.MISSED.at(plan.place(step, name), step=step, name=name)
            yield Finding(diagnostic, step, name)
        for name in report.unordered:
            readers = tuple(
                held.step for held in plan.holdings(name) if held.version.origin == step
            )
            if readers:
                diagnostic = rules.UNORDERED.at(plan.place(step, name), step=step, name=name)
                yield Finding(diagnostic, step, name, readers)


def stale_findings(plan: Plan) -> Iterator[Finding]:
    """Yield changes of a name of which a later step has the version from before."""
    for step, report in plan.fresh.items():
        for name in sorted(report.touched):
            readers = _stale_readers(plan, step, report, name)
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


def _stale_readers(plan: Plan, step: str, report: Report, name: str) -> tuple[str, ...]:
    """Return the later steps that have *name* as it was before *step*."""
    stale = [held for held in plan.holdings(name) if plan.is_stale(held, step)]
    if name not in report.bound and name not in report.deleted:
        # An object was changed in place: who has another version of the name has another object.
        changed = plan.start(step, name)
        stale = [held for held in stale if held.version == changed]
        stale = [held for held in stale if not _is_set_again(plan, held, step, name)]
    else:
        stale = [held for held in stale if not _is_same_import(plan, held, step)]
    return tuple(dict.fromkeys(held.step for held in stale))


def _is_set_again(plan: Plan, held: Holding, setter: str, name: str) -> bool:
    """Return whether the reader runs the statement again by which *setter* changed *name*."""
    cells = {cell.number for cell in plan.steps[setter].cells}
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(
        piece.kind == "setup" and piece.cell in cells and word.search(piece.source)
        for piece in plan.steps[held.step].slices
    )


def _is_same_import(plan: Plan, held: Holding, setter: str) -> bool:
    """Return whether *held* is made by an import, which gives the same wherever it is repeated."""
    if held.made and _imports_all_again(plan, held.step, setter):
        return True
    piece = plan.slices_of(held.step).get(held.version.name)
    return held.made and piece is not None and piece.kind == "import"


def _unseen_name(plan: Plan, step: str, name: str) -> Iterator[Finding]:
    """Yield a name that the step set behind the analysis's back, if a later step speaks of it."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    readers = tuple(
        reader
        for reader in plan.later(step)
        if not _is_given(plan, reader, name, step) and _speaks_of(plan, reader, word)
    )
    if readers:
        diagnostic = rules.UNSEEN_NAME.at(
            plan.place(step, name), step=step, name=name, reader=readers[0]
        )
        yield Finding(diagnostic, step, name, readers)


def _is_given(plan: Plan, reader: str, name: str, setter: str) -> bool:
    step = plan.steps[reader]
    given = {version.name for version in step.inputs}
    # What is in `before` stops the step when it is read.
    if name in given or name in step.before or name in plan.slices_of(reader):
        return True
    return _imports_all_again(plan, reader, setter)


def _imports_all_again(plan: Plan, reader: str, setter: str) -> bool:
    """Return whether *reader* makes a star import of *setter* again, in the notebook's order."""
    stars = {cell.number for cell in plan.steps[setter].cells if _STAR.search(cell.source)}
    slices = plan.steps[reader].slices
    return any(piece.cell in stars and _STAR.search(piece.source) for piece in slices)


def _speaks_of(plan: Plan, reader: str, word: re.Pattern[str]) -> bool:
    step = plan.steps[reader]
    sources = [cell.source for cell in step.cells] + [piece.source for piece in step.slices]
    return any(word.search(source) for source in sources)
