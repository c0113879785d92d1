"""Objects that several names share: a change through one is a change of all.

Nodes are versions: a name and the step that made its value, or the slice. That two names share an
object at the end of a step links the versions that they had then; a change in place links the old
version of a name with the new one. A way through these links leads from a changed version to all
that may have changed with it. Two links of one step are not combined: that `both` shares one object
with `a` and one with `b` doesn't make `a` and `b` share any.

```
    u: a            t: c = [a]             s: c[0].append(1)         r: a
       (a,u) ──────────── (c,t) ──changed──────                         has (a,u): stale
```
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple, TypeAlias

from nbdag_converters.rules import guard as rules

from .finding import Finding
from .plan import Plan, Version


class Link(NamedTuple):
    """A link to *version*, seen at the end of step *step*; `label` tells links of one kind."""

    version: Version
    step: str
    label: str


Links: TypeAlias = dict[Version, list[Link]]


def sharing_findings(plan: Plan) -> Iterator[Finding]:
    """Yield changes of an object of which another step, or the same, has an old copy."""
    first = min((plan.order[step] for step in plan.fresh), default=0)
    # What is new can tell more only about the steps from there on, see `_group`.
    asked = {
        step: report
        for step, report in plan.reports.items()
        if report.changed and (step in plan.fresh or plan.order[step] > first)
    }
    links = _links(plan) if asked else {}
    for step, report in asked.items():
        for name in sorted(report.changed):
            version = plan.start(step, name)
            if version is None:
                continue
            group = _group(version, links, plan, step)
            yield from _split(plan, step, version, group)
            yield from _stale(plan, step, name, group)


def _links(plan: Plan) -> Links:
    links: Links = {}

    def link(one: Version, other: Version, step: str, label: str) -> None:
        if one != other:
            links.setdefault(one, []).append(Link(other, step, label))
            links.setdefault(other, []).append(Link(one, step, label))

    for step, report in plan.reports.items():
        for group in report.shared:
            versions = [_end(plan, step, name) for name in group]
            for one, other in combinations(versions, 2):
                link(one, other, step, step)
        for name, origin in plan.remade_from(step).items():
            # what the step bound, others make again by the same statement
            link(Version(name, step), Version(name, origin), step, f"{step}:{origin}")
        for name in report.changed - report.bound - report.deleted:
            before = plan.start(step, name)
            if before:
                link(before, Version(name, step), step, f"{step}:{name}")
    return links


def _end(plan: Plan, step: str, name: str) -> Version:
    """Return the version of *name* at the end of *step*; `name@u` is what it had loaded from u."""
    base, at, source = name.partition("@")
    if base and at:
        return Version(base, source)
    if name in plan.reports[step].touched:
        return Version(name, step)
    return plan.start(step, name) or Version(name, step)


def _group(start: Version, links: Links, plan: Plan, step: str) -> list[Version]:
    """Return all versions that may hold an object of *start*, by what was seen before *step*."""
    seen: set[tuple[Version, str]] = {(start, "")}
    stack = [(start, "")]
    found: dict[Version, None] = {}
    while stack:
        version, last = stack.pop()
        for link in links.get(version, ()):
            if link.label == last or plan.order[link.step] >= plan.order[step]:
                continue
            state = (link.version, link.label)
            if state not in seen:
                seen.add(state)
                stack.append(state)
                found.setdefault(link.version)
    found.pop(start, None)
    return sorted(found)


def _is_slice(version: Version) -> bool:
    return ":" in version.origin


def _split(plan: Plan, step: str, version: Version, group: list[Version]) -> Iterator[Finding]:
    """Yield that *step* has two copies of one object, of which it changed that of *version*."""
    held = {holding.version: holding for holding in plan.held_by(step)}
    if version not in held:
        return
    for other in group:
        if other not in held or other.name == version.name:
            continue
        # Slices that make both again make them share again; so does one container.
        made = held[version].made, held[other].made
        if made == (True, True) or (True not in made and other.origin == version.origin):
            continue
        source = max(version.origin, other.origin, key=lambda name: plan.order.get(name, -1))
        diagnostic = rules.SPLIT.at(
            plan.place(step, version.name),
            step=step,
            name=version.name,
            other=other.name,
            source=source,
        )
        yield Finding(diagnostic, step, version.name)
        return


def _stale(plan: Plan, step: str, name: str, group: list[Version]) -> Iterator[Finding]:
    for other in group:
        readers = tuple(
            dict.fromkeys(
                held.step
                for held in plan.holdings(other.name)
                if held.version == other and plan.is_stale(held, step)
            )
        )
        if readers:
            diagnostic = rules.SHARED.at(
                plan.place(step, name),
                step=step,
                name=name,
                other=other.name,
                reader=readers[0],
            )
            yield Finding(diagnostic, step, f"{name} {other.name}", readers)
