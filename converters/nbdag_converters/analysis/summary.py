"""What calling one function, or making an instance of one class, of the notebook does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from .facts import FileUse, Flag, RandomUse

#: Marks a path that is a parameter of the function: `\0name`.
PARAMETER = "\0"


class Call(NamedTuple):
    """A call inside a function: which names go in at which positions."""

    callee: str
    arguments: tuple[tuple[str, int | str], ...]  # (name here, position or keyword there)
    method: bool


@dataclass
class Summary:
    """What calling a function, or making an instance of a class, does.

    `keeps` are pairs (name, parameter): the object of a global or parameter holds the argument from
    then on. `own_changes`: it changes what it has itself: a list that is a default value, or that a
    class holds for all its instances.
    """

    name: str
    parameters: list[str]
    free: set[str] = field(default_factory=set[str])
    binds: set[str] = field(default_factory=set[str])
    deletes: set[str] = field(default_factory=set[str])
    global_changes: dict[str, int] = field(default_factory=dict[str, int])
    parameter_changes: dict[str, int] = field(default_factory=dict[str, int])
    calls: list[Call] = field(default_factory=list[Call])
    random: set[RandomUse] = field(default_factory=set[RandomUse])
    setup: set[str] = field(default_factory=set[str])
    files: set[FileUse] = field(default_factory=set[FileUse])
    flags: set[Flag] = field(default_factory=set[Flag])
    returns: set[str] = field(default_factory=set[str])
    returns_globals: set[str] = field(default_factory=set[str])
    keeps: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    values: set[str] = field(default_factory=set[str])  # names used other than by calling
    own_changes: int = 0
    decorated: bool = False
    escapes: bool = False  # makes functions or classes that outlive the call
    star: str = ""  # the name of *args
    keywords: str = ""  # the name of **kwargs
    keeps_state: bool = False  # returns functions that change what they close over
    is_class: bool = False
    methods: list[Summary] = field(default_factory=list["Summary"])
    bases: list[str] = field(default_factory=list[str])

    def change_of(self, position: int | str, *, method: bool = False) -> int:
        """Return how sure it is that the argument at *position* (or keyword) is changed."""
        offset = 1 if method or self.is_class else 0
        changes = self.parameter_changes
        if position == "self":
            return changes.get(self.parameters[0], 0) if self.parameters else 0
        if isinstance(position, int):
            index = position + offset
            plain = [p for p in self.parameters if p not in (self.star, self.keywords)]
            if index < len(plain):
                return changes.get(plain[index], 0)
            return changes.get(self.star, 0)
        if position == "*":
            return max((changes.get(p, 0) for p in self.parameters), default=0)
        if position in self.parameters:
            return changes.get(position, 0)
        return changes.get(self.keywords, 0)

    def _outlives(self, name: str) -> bool:
        """Return whether a name that a callee gave is a parameter here or a global."""
        known = name in self.parameters or name.startswith("global ")
        return known or name not in {n for c in self.calls for n, _ in c.arguments}

    def given(self, name: str, call: Call) -> list[str]:
        """Return what *call* gives for the parameter *name*; a global is itself."""
        if name not in self.parameters:
            return [name]
        offset = 1 if call.method or self.is_class else 0
        index = self.parameters.index(name)
        wanted = {name, index - offset} if index >= offset else {"self"}
        if name in (self.star, self.keywords):
            return [n for n, p in call.arguments if p not in self.parameters and p != "self"]
        return [n for n, p in call.arguments if p in wanted]

    def _size(self) -> tuple[int, ...]:
        sizes = [len(self.free), len(self.binds), len(self.deletes), len(self.random)]
        sizes += [len(self.setup), len(self.files), len(self.flags), len(self.keeps)]
        levels = sum(self.global_changes.values()) + sum(self.parameter_changes.values())
        return (*sizes, levels, self.escapes)

    def absorb(self, callee: Summary, call: Call) -> bool:
        """Add what calling *callee* does; return whether that was news."""
        before = self._size()
        self.free |= callee.free
        self.binds |= callee.binds
        self.deletes |= callee.deletes
        self.random |= callee.random
        self.setup |= callee.setup
        self.flags |= callee.flags
        self.escapes |= callee.escapes and not callee.is_class
        for target, source in callee.keeps:
            self.keeps |= {
                (kept.removeprefix("global "), given.removeprefix("global "))
                for kept in callee.given(target, call)
                for given in callee.given(source, call)
                if self._outlives(kept) and self._outlives(given)
            }
        # a path that was the callee's parameter is not followed further
        self.files |= {
            FileUse(use.mode, "*") if use.path.startswith(PARAMETER) else use
            for use in callee.files
        }
        for name, level in callee.global_changes.items():
            self.global_changes[name] = max(level, self.global_changes.get(name, 0))
        for name, position in call.arguments:
            self._change(name, callee.change_of(position, method=call.method))
        return before != self._size()

    def _change(self, name: str, level: int) -> None:
        if not level:
            return
        if name in self.parameters:
            self.parameter_changes[name] = max(level, self.parameter_changes.get(name, 0))
        elif name.startswith("global "):
            name = name.removeprefix("global ")
            self.global_changes[name] = max(level, self.global_changes.get(name, 0))


@dataclass
class Summaries:
    """All functions and classes of a notebook, by name, and methods by theirs."""

    functions: dict[str, list[Summary]] = field(default_factory=dict[str, list[Summary]])
    methods: dict[str, list[Summary]] = field(default_factory=dict[str, list[Summary]])

    def everything(self) -> list[Summary]:
        """Return functions, classes and methods."""
        found = [s for group in self.functions.values() for s in group]
        return found + [m for group in self.methods.values() for m in group]
