"""Calls: what a function or method does to its arguments, its object, files and hidden state."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from . import assign, guessed, paths, state
from .applied import Argument
from .facts import KNOWN, LIKELY, POSSIBLE
from .function_calls import call_function
from .knowledge import files, functions
from .method_calls import call_method
from .names import root, root_name
from .summary import Summary

if TYPE_CHECKING:
    from .visitor import Visitor


#: The position or keyword of an argument (`*` for `**more`), and the argument.
Given: TypeAlias = "tuple[int | str, ast.expr]"


def call(visitor: Visitor, node: ast.Call, *, discarded: bool) -> None:
    """Visit a call; *discarded*: nobody takes its result."""
    func = node.func
    name = visitor.dotted(func)
    if isinstance(func, ast.Name):
        visitor.read(func.id, func, called=True)
    else:
        visitor.expression(func.value if isinstance(func, ast.Attribute) else func)
    given: list[Given] = [*enumerate(node.args), *[(k.arg or "*", k.value) for k in node.keywords]]
    for _, value in given:
        visitor.expression(value)
    arguments = _arguments(visitor, given) if given else []
    _use_up(visitor, name, arguments)
    _hand_to_functions(visitor, given, arguments)
    _names_in_text(visitor, node, name, given)
    if name:
        state.use(visitor, name, node)
        if name in files.FUNCTIONS:
            paths.function_use(visitor, name, node)
    guessed.use(visitor, node, name)
    if isinstance(func, ast.Attribute):
        call_method(visitor, func, node, arguments, discarded=discarded)
    elif isinstance(func, ast.Name):
        call_function(visitor, func.id, node, arguments, discarded=discarded)
    elif not isinstance(func, ast.Lambda):
        level = KNOWN if visitor.world.callables_keep_state else POSSIBLE
        visitor.change(root_name(func), level)  # `handlers["x"]()`
        for source in assign.call_sources(visitor, func) if isinstance(func, ast.Call) else ():
            visitor.change(source, LIKELY)  # `getattr(rows, how)(2)`
        for argument in arguments:
            visitor.change(argument.name, POSSIBLE)
    else:
        _lambda_called(visitor, func, arguments)


def _arguments(visitor: Visitor, given: Sequence[Given]) -> list[Argument]:
    found: list[Argument] = []
    starred = False
    for position, value in given:
        if isinstance(value, ast.Constant):
            continue
        starred |= isinstance(value, ast.Starred)
        inner = value.value if isinstance(value, ast.Starred) else value
        parts = inner.elts if isinstance(inner, (ast.Tuple, ast.List, ast.Set)) else [inner]
        for part in parts:
            name, called, _ = root(part)
            if name and not called and not visitor.world.is_module(name):
                found.append(Argument("*" if starred else position, name, part))
    return found


def _use_up(visitor: Visitor, name: str | None, arguments: list[Argument]) -> None:
    """Handing on an iterator or a generator of random numbers advances it."""
    if name in functions.NOT_CONSUMING:
        return
    for argument in arguments:
        if isinstance(argument.node, ast.Attribute) and visitor.world.changes_self(argument.node):
            visitor.change(argument.name, KNOWN)  # `map(rows.append, …)`
        kind = visitor.kind_of_name(argument.name)
        if kind == "iterator" or (kind == "generator" and isinstance(argument.node, ast.Name)):
            visitor.change(argument.name, KNOWN)


def _hand_to_functions(visitor: Visitor, given: Sequence[Given], arguments: list[Argument]) -> None:
    """Let what `reduce(f, rows, into)` hands to `f` change as `f` changes its parameters."""
    known = visitor.world.summaries.functions
    summaries: list[Summary] = []
    for _, value in given:
        if isinstance(value, ast.Name):
            if value.id in known and visitor.is_outer(value.id):
                summaries += known[value.id]
        elif isinstance(value, ast.Lambda):
            summaries.append(visitor.lambda_summary(value))
    if not summaries:
        return
    level = max(max(s.parameter_changes.values(), default=0) for s in summaries)
    for argument in arguments:
        if argument.name not in known:
            visitor.change(argument.name, level)


def _names_in_text(
    visitor: Visitor, node: ast.Call, name: str | None, given: Sequence[Given]
) -> None:
    """Formulas and queries name variables inside of strings: `df.query("a > @t")`."""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    for position, value in given:
        if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
            if method in ("query", "eval") and position == 0:
                visitor.flag("reads-all")  # a computed query may name any variable
            continue
        text = value.value
        found: list[str] = []
        if "~" in text and (position in (0, "formula") or method == "from_formula"):
            found = re.findall(r"[^\W\d]\w*", text)
        elif method in ("query", "eval") or name == "pandas.eval":
            found = re.findall(r"@([^\W\d]\w*)", text)
            if name == "pandas.eval":
                found = re.findall(r"[^\W\d]\w*", text)
        elif name == "numexpr.evaluate":
            found = re.findall(r"[^\W\d]\w*", text)
        world = visitor.world
        for word in found:
            if word in world.assigned or word in world.imports or word in world.summaries.functions:
                visitor.read(word, value)


def _lambda_called(visitor: Visitor, func: ast.Lambda, arguments: list[Argument]) -> None:
    summary = visitor.lambda_summary(func)
    for argument in arguments:
        visitor.change(argument.name, summary.change_of(argument.position))
