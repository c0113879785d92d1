"""The notebook's namespace at one place: the version of each name, and which share an object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from .placed import Placed
from .sharing import Groups


@dataclass(eq=False)
class Version:
    """One value of a name.

    `step` made it: None for slices that belong to no step, and for parameters. `remade`: it can be
    made again by running its statement, with what it read (`sources`). `group` is the group of its
    object. `captured` are the functions, and globals of functions, that the value may carry inside.
    Where it is not certain that the name was bound, `otherwise` is the version that it has if not.
    After an `if` whose branches are steps, `alternatives` are the versions that it may have.
    """

    name: str
    step: str | None
    placed: Placed | None
    kind: str
    group: int
    captured: tuple[str, ...] = ()
    sources: Sources = field(default_factory=dict[str, "Source"])
    remade: bool = False
    otherwise: Source | None = None
    alternatives: tuple[Source, ...] = ()


class Source(NamedTuple):
    """A version as a statement read it: `step` had it then, unless it could be `remade` then.

    `stamp` tells one state of the object from a later one.
    """

    version: Version
    step: str | None
    remade: bool
    stamp: int


Sources: TypeAlias = dict[str, Source]  # by name


@dataclass
class Thing:
    """The object(s) behind some names: who has the present state, and whether it was changed."""

    step: str | None
    stamp: int  # the statement that made or changed it last
    changed: bool = False


class Namespace:
    """Versions by name. Names that begin with `@` are hidden state and share nothing."""

    def __init__(self) -> None:
        self.current: dict[str, Version] = {}
        self.groups = Groups()
        self.things: dict[int, Thing] = {}
        self.members: dict[int, list[Version]] = {}

    def copy(self) -> Namespace:
        """Return a namespace that goes its own way from here."""
        other = Namespace()
        other.current = dict(self.current)
        other.groups.parents = list(self.groups.parents)
        other.things = {group: replace(thing) for group, thing in self.things.items()}
        other.members = {group: list(found) for group, found in self.members.items()}
        return other

    def names(self) -> list[str]:
        """Return the names that are set, without hidden state."""
        return [n for n, v in self.current.items() if v.kind != "deleted" and n[0] != "@"]

    def set(self, version: Version, stamp: int, *, changed: bool = False) -> None:
        """Let the name have *version*, whose group is new."""
        version.group = self.groups.new()
        self.things[version.group] = Thing(version.step, stamp, changed)
        self.members[version.group] = [] if version.kind == "deleted" else [version]
        self.current[version.name] = version

    def owners(self) -> dict[str, tuple[str, ...]]:
        """Return for each name the steps that may have it now, the likeliest first."""
        return {name: tuple(self._owners(v)) for name, v in self.current.items() if name[0] != "@"}

    def _owners(self, version: Version) -> Iterator[str]:
        thing = self.thing(version)
        if thing.changed and thing.step is not None:
            yield thing.step
        elif version.alternatives:
            yield from (other.step for other in version.alternatives if other.step is not None)
        elif version.step is not None:
            yield version.step
        if version.otherwise is not None:
            yield from self._owners(version.otherwise.version)

    def thing(self, version: Version) -> Thing:
        """Return the object behind a version."""
        return self.things[self.groups.find(version.group)]

    def source(self, version: Version) -> Source:
        """Return the version as it is now."""
        thing = self.thing(version)
        remade = (version.remade or version.kind == "parameter") and not thing.changed
        return Source(version, thing.step, remade, thing.stamp)

    def sources(self, names: Iterable[str]) -> Sources:
        """Return the versions of those names that are set, as they are now."""
        return {n: self.source(self.current[n]) for n in names if n in self.current}

    def together(self, version: Version) -> list[Version]:
        """Return the versions that were made with a shared object, *version* among them."""
        return self.members.get(self.groups.find(version.group), [])

    def sharing(self, version: Version) -> list[str]:
        """Return the names that have an object of this version's group now."""
        return [
            other.name
            for other in self.together(version)
            if self.current.get(other.name) is other and other.kind not in ("import", "deleted")
        ]

    def join(self, first: Version, second: Version, step: str | None, stamp: int) -> bool:
        """Make one group of two; return whether both can still be made again together."""
        both = (first, second)
        remade = all(v.remade and not self.thing(v).changed for v in both)
        members = list({id(m): m for v in both for m in self.together(v)}.values())
        owner = self.thing(first).step if remade else step
        joined = self.groups.join(first.group, second.group)
        self.members[joined] = members
        self.things[joined] = Thing(owner, stamp, changed=not remade)
        return remade


@dataclass(frozen=True, slots=True)
class Outcome:
    """The namespace after one branch, which is the step *step*."""

    step: str
    namespace: Namespace


def merge(before: Namespace, outcomes: Sequence[Outcome], *, has_else: bool, stamp: int) -> None:
    """Let *before* be the namespace after all branches, one of which (or none) has run.

    A name that a branch bound or changed has the branch's version if that branch ran, else that of
    another branch, else the one from before.
    """
    names = dict.fromkeys(n for o in outcomes for n in o.namespace.current)
    old = {n: before.source(v) for n, v in before.current.items()}
    found = {n: [o for o in outcomes if _differs(o.namespace, old, n)] for n in names}
    chosen = {n: makers for n, makers in found.items() if makers}
    links = [
        (name, other)
        for name, makers in chosen.items()
        for maker in makers
        for other in maker.namespace.sharing(maker.namespace.current[name])
    ]
    always = {n for n, makers in chosen.items() if has_else and len(makers) == len(outcomes)}
    for name in list(chosen):
        if name in old and name not in always:
            beside = before.sharing(before.current[name])  # of what it has if it is not set
            links += [(name, other) for other in beside]
            chosen = {**{other: list[Outcome]() for other in beside}, **chosen}
    for name, makers in chosen.items():
        alternatives = [_as_made_by(maker, name) for maker in makers]
        if name in old and name not in always:
            alternatives.append(old[name])
        version = Version(name, None, None, "data", 0, alternatives=tuple(_flat(alternatives)))
        version.captured = tuple(
            dict.fromkeys(c for a in alternatives for c in _captured(a.version))
        )
        before.set(version, stamp, changed=True)
    for first, second in links:
        if first != second and first in chosen and second in chosen:
            before.join(before.current[first], before.current[second], None, stamp)


def _differs(namespace: Namespace, old: Sources, name: str) -> bool:
    version = namespace.current.get(name)
    if version is None:
        return False
    source = namespace.source(version)
    before = old.get(name)
    return before is None or before.version is not version or before.stamp != source.stamp


def _as_made_by(outcome: Outcome, name: str) -> Source:
    version = outcome.namespace.current[name]
    return Source(version, outcome.step, remade=False, stamp=outcome.namespace.thing(version).stamp)


def _flat(alternatives: Iterable[Source]) -> list[Source]:
    """Put the alternatives of what is a choice itself in its place."""
    found: list[Source] = []
    for source in alternatives:
        inner = source.version.alternatives if source.step is None and not source.remade else ()
        found += inner or (source,)
    return found


def _captured(version: Version) -> tuple[str, ...]:
    if version.kind == "definition" and version.placed is not None:
        return (*version.captured, *version.placed.statement.late)
    return version.captured
