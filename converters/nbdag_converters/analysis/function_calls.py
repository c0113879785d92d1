"""Calls of functions: the notebook's own, builtins, those that modules lend, and unknown ones."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import paths, special
from .applied import Argument, apply_but_files, change_at, is_pure, keep_arguments, note_call, pairs
from .facts import KNOWN, LIKELY, POSSIBLE
from .knowledge import functions
from .names import BUILTINS, root_name
from .summary import PARAMETER, Call, Summary

if TYPE_CHECKING:
    from .visitor import Visitor


def call_function(
    visitor: Visitor, name: str, node: ast.Call, arguments: list[Argument], *, discarded: bool
) -> None:
    """Visit the call of *name*, its arguments seen already."""
    world = visitor.world
    note_call(visitor, name, arguments)
    if name in world.summaries.functions and visitor.is_outer(name):
        for summary in world.summaries.functions[name]:
            if visitor.is_top:
                _apply_with_paths(visitor, summary, node)
            for argument in arguments:
                visitor.change(argument.name, summary.change_of(argument.position))
            visitor.change(name, summary.own_changes)
            other = summary.decorated or name in world.stored
            if name in world.told_caches or (other and world.callables_keep_state):
                visitor.change(name, KNOWN)  # it is what the decorator returned
            keep_arguments(visitor, summary, Call(name, pairs(arguments), method=False))
        return
    dotted = visitor.dotted(node.func) or ""
    changed = functions.CHANGING.get(dotted)
    if changed is not None:
        change_at(visitor, arguments, changed)
    elif dotted in functions.PURE_BUILTINS or is_pure(dotted):
        change_at(visitor, arguments, functions.KEYWORDS)
    elif name not in BUILTINS or name in world.assigned:
        _unknown_function(visitor, node.func, arguments, discarded=discarded)


def _unknown_function(
    visitor: Visitor, func: ast.expr, arguments: list[Argument], *, discarded: bool
) -> None:
    world, name = visitor.world, root_name(func) or ""
    if visitor.is_outer(name) and name in world.assigned and name not in world.imports:
        special.use(visitor, func, "__call__")
        # a value that can be called: a closure or a bound method may keep state
        visitor.change(name, KNOWN if world.callables_keep_state else POSSIBLE)
    for argument in arguments:
        visitor.change(argument.name, LIKELY if discarded else POSSIBLE)


def _apply_with_paths(visitor: Visitor, summary: Summary, node: ast.Call) -> None:
    """Apply a function's effects, its path parameters replaced by what is given here."""
    apply_but_files(visitor, summary)
    known = {u for u in summary.files if not u.path.startswith(PARAMETER)}
    visitor.effects.files += sorted(known, key=str)
    offset = 1 if summary.is_class else 0
    for item in sorted(summary.files - known, key=str):
        parameter = item.path.removeprefix(PARAMETER)
        given = next((k.value for k in node.keywords if k.arg == parameter), None)
        if given is None and parameter in summary.parameters:
            index = summary.parameters.index(parameter) - offset
            given = node.args[index] if 0 <= index < len(node.args) else None
        paths.use(visitor, item.mode, given)
