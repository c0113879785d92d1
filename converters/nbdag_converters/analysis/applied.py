"""What a function of the notebook does where it is called, and what a call does to arguments."""

from __future__ import annotations

import ast
from collections.abc import Container
from typing import TYPE_CHECKING, NamedTuple

from .facts import KNOWN, FileUse
from .knowledge import functions
from .names import BUILTINS
from .summary import PARAMETER, Call, Summary

if TYPE_CHECKING:
    from .visitor import Visitor


class Argument(NamedTuple):
    """A name that goes into a call: where, and the expression whose root it is."""

    position: int | str
    name: str
    node: ast.expr


def apply(visitor: Visitor, summary: Summary) -> None:
    """Take over what calling a function of the notebook does, whatever its arguments."""
    apply_but_files(visitor, summary)
    unknown = (FileUse(u.mode, "*") if u.path.startswith(PARAMETER) else u for u in summary.files)
    visitor.effects.files += sorted(unknown, key=str)


def apply_but_files(visitor: Visitor, summary: Summary) -> None:
    """Take over what calling a function does to all else than files."""
    effects = visitor.effects
    effects.random += sorted(summary.random, key=str)
    effects.setup += sorted(summary.setup)
    effects.flags |= summary.flags
    for name in sorted(summary.free):
        if visitor.is_outer(name):
            effects.late.setdefault(name)
    for name in sorted(summary.binds | summary.deletes):
        was_bound = name in effects.bound
        visitor.bind(name, None)
        if not was_bound:
            effects.bound.discard(name)
    for name, level in summary.global_changes.items():
        if name not in BUILTINS or name in visitor.world.assigned:
            visitor.change(name, level)


def note_call(
    visitor: Visitor, callee: str, arguments: list[Argument], *, method: str | None = None
) -> None:
    """Inside a function: remember the call until all functions are known."""
    if visitor.summary is None:
        return

    def seen(name: str) -> str:
        own = name in visitor.summary.parameters if visitor.summary else False
        return name if own or not visitor.is_outer(name) else "global " + name

    found = [(seen(a.name), a.position) for a in arguments]
    for name, position in list(found):  # what is known by another name inside the function
        found += [(seen(o), position) for o in visitor.local_origins(name) - {name}]
    if method is not None:
        found += [(seen(origin), "self") for origin in visitor.local_origins(method)]
    visitor.summary.calls.append(Call(callee, tuple(found), method is not None or "." in callee))


def pairs(arguments: list[Argument]) -> tuple[tuple[str, int | str], ...]:
    """Return the names that go into a call, and where."""
    return tuple((argument.name, argument.position) for argument in arguments)


def keep_arguments(visitor: Visitor, summary: Summary, call: Call) -> None:
    """Share what the function puts into a global or into another of its arguments."""
    for target, source in sorted(summary.keeps):
        for kept in summary.given(target, call):
            for given in summary.given(source, call):
                visitor.share(kept, given)


def is_pure(dotted: str) -> bool:
    """Return whether it belongs to a module whose functions leave their arguments alone."""
    return dotted.split(".", maxsplit=1)[0].lstrip(".") in functions.PURE_MODULES


def change_at(visitor: Visitor, arguments: list[Argument], positions: Container[int | str]) -> None:
    """Note that the arguments at these positions are changed."""
    for argument in arguments:
        if argument.position in positions:
            visitor.change(argument.name, KNOWN)
