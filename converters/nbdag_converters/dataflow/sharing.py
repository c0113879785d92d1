"""Which shared objects matter: those that are changed after they came to be shared.

`y = x` makes one object of two names. As long as nobody changes it, two equal copies are as good,
and the names can go their own ways through the DAG.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from nbdag_converters.analysis.facts import LIKELY, Alias, Statement


class Groups:
    """Union-find over small integers."""

    def __init__(self) -> None:
        self.parents: list[int] = []

    def new(self) -> int:
        """Return a group of its own."""
        self.parents.append(len(self.parents))
        return len(self.parents) - 1

    def find(self, group: int) -> int:
        """Return the representative of the group."""
        parents = self.parents
        while parents[group] != group:
            parents[group] = parents[parents[group]]
            group = parents[group]
        return group

    def join(self, first: int, second: int) -> int:
        """Make one of two groups; return its representative."""
        first, second = self.find(first), self.find(second)
        self.parents[first] = second
        return second


def aliases_of(statement: Statement, *, branched: bool = False) -> Sequence[Alias]:
    """Return what shares an object after a statement; a name it may not have bound, with itself.

    *branched*: it stands in a branch, after which its names may be what they were.
    """
    if not (statement.may_bind or branched):
        return statement.aliases
    may_keep = [n for n in statement.may_bind if n not in statement.binds]
    names = [*may_keep, *(statement.binds if branched else ())]
    return [*statement.aliases, *[Alias(name, name) for name in names]]


def aliases_that_matter(
    statements: Iterable[Statement], *, branched: Container[int], identity: bool
) -> set[tuple[int, Alias]]:
    """Return (statement index, alias) where the object is changed later on.

    *branched*: the statements of branches that are steps. *identity*: the notebook compares
    identities, so every alias matters.
    """
    groups = Groups()
    current: dict[str, int] = {}
    changed: list[tuple[int, int]] = []
    related: list[tuple[int, int, int, Alias]] = []
    for statement in statements:
        changes = [n for n, level in statement.changes.items() if level >= LIKELY]
        changed += [(current[n], statement.index) for n in changes if n in current]
        bound = {*statement.binds, *statement.may_bind}
        before = {name: current[name] for name in bound if name in current}
        for name in bound:
            current[name] = groups.new()
        for alias in aliases_of(statement, branched=statement.index in branched):
            source = alias.source
            target_group = current.get(alias.target)
            source_group = before[source] if source in before else current.get(source)
            if target_group is None or source_group is None:
                continue
            if target_group != source_group:
                related.append((target_group, source_group, statement.index, alias))
        changed += [(current[n], statement.index) for n in changes if n in bound]
    for first, second, _, _ in related:
        groups.join(first, second)
    last: dict[int, int] = {}
    for group, index in changed:
        found = groups.find(group)
        last[found] = max(last.get(found, -1), index)
    return {
        (index, alias)
        for first, _, index, alias in related
        if identity or last.get(groups.find(first), -1) > index
    }
