"""Files that two steps use, while nothing says which of the two comes first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import PurePosixPath

from nbdag_converters.rules import guard as rules

from .finding import Finding
from .plan import Plan
from .report import Report


def file_findings(plan: Plan) -> Iterator[Finding]:
    """Yield for each pair of steps without an order a file that both use and one changes."""
    for first, second in _pairs(plan):
        path = conflict(plan.reports[first], plan.reports[second])
        if path is not None and not plan.ordered(first, second):
            place = plan.place(second, pattern=_name_pattern(path))
            diagnostic = rules.FILES.at(place, step=second, first=first, file=path)
            yield Finding(diagnostic, second, f"{first} {path}")


def _pairs(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield pairs of steps that both use files, of which one is new, in notebook order."""
    using = [name for name, report in plan.reports.items() if _uses(report)]
    if len(plan.fresh) == len(plan.reports):
        yield from combinations(using, 2)
        return
    for one in plan.fresh.keys() & set(using):
        for other in using:
            if other not in plan.fresh or plan.order[one] < plan.order[other]:
                yield (one, other) if plan.order[one] < plan.order[other] else (other, one)


def _uses(report: Report) -> bool:
    return bool(report.reads or report.writes or report.looks)


def conflict(one: Report, other: Report) -> str | None:
    """Return the first path that one of them changes and the other one uses."""
    if not (one.writes or other.writes):
        return None
    clashes = {*_clashes(one, other), *_clashes(other, one)}
    return min(clashes, default=None)


def _clashes(writer: Report, user: Report) -> Iterator[str]:
    writes, uses = writer.writes, user.reads | user.writes
    folders = {path for path in writes if any(_inside(other, path) for other in writes | uses)}
    listed = uses - writes - user.made
    for path in writes:
        if (path in uses or path in user.looks) and path not in folders:
            yield path
        # Who lists a folder sees what is written into it.
        yield from (path for folder in PurePosixPath(path).parents if str(folder) in listed)


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder + "/")


def _name_pattern(path: str) -> str:
    import re

    return re.escape(PurePosixPath(path).name)
