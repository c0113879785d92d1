"""Summaries of the notebook's own functions and classes: what calling them does.

A first pass visits each body once; then what callees do is added to their callers until nothing
changes. Functions are known by name, methods by their name in any class: the union of all that
have it, which is safe.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .facts import KNOWN
from .knowledge.methods import CHANGING
from .names import (
    BUILTINS,
    FUNCTIONS,
    Function,
    Nodes,
    held,
    local_names,
    nodes_of,
    root,
    root_name,
    root_words,
    target_names,
    walk_scope,
)
from .summary import Call, Summaries, Summary

if TYPE_CHECKING:
    from .visitor import Visitor, World


def summarise(nodes: Iterable[ast.AST], world: World) -> None:
    """Fill `world.summaries` from the definitions among *nodes*."""
    for name, node in _definitions(nodes):
        if isinstance(node, ast.ClassDef):
            summary = _class(node, world)
        else:
            summary = function_summary(node, name, world)
            summary.decorated = bool(getattr(node, "decorator_list", ()))
        world.summaries.functions.setdefault(name, []).append(summary)
    _close(world.summaries)


def _definitions(nodes: Iterable[ast.AST]) -> Iterable[tuple[str, Function | ast.ClassDef]]:
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as value):
                yield name, value
            case _:
                pass


def _close(summaries: Summaries) -> None:
    everything = summaries.everything()
    for summary in everything:
        for base in summary.bases:
            for other in summaries.functions.get(base, ()):
                summary.own_changes = max(summary.own_changes, other.own_changes)
    changed, rounds = True, 0
    while changed and rounds < 20:
        changed = False
        rounds += 1
        for caller in everything:
            for call in list(caller.calls):
                table = summaries.methods if call.method else summaries.functions
                for callee in table.get(call.callee, ()):
                    if callee is not caller:
                        changed |= caller.absorb(callee, call)


def _class(node: ast.ClassDef, world: World) -> Summary:
    summary = Summary(node.name, ["self"], is_class=True, escapes=True)
    for item in node.body:
        if not isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        method = function_summary(item, item.name, world)
        summary.methods.append(method)
        world.summaries.methods.setdefault(item.name, []).append(method)
        summary.free |= method.free
        if item.name in ("__init__", "__new__", "__post_init__"):
            _constructor(summary, method)
    if _changes_what_the_class_holds(node):
        summary.own_changes = KNOWN
    for base in node.bases:
        if isinstance(base, ast.Name):
            summary.bases.append(base.id)
            summary.calls.append(Call(base.id, (), method=False))
            summary.free.add(base.id)
    return summary


def _changes_what_the_class_holds(node: ast.ClassDef) -> bool:
    """Return whether a method changes an object in place that the class body has made."""
    held_by_class = {
        name
        for item in node.body
        if isinstance(item, (ast.Assign, ast.AnnAssign))
        and not isinstance(item.value, ast.Constant)
        for target in (item.targets if isinstance(item, ast.Assign) else [item.target])
        for name in target_names(target)
    }
    for inner in nodes_of(node):
        match inner:
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in CHANGING:
                part = value
            case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
                part = value
            case ast.AugAssign(target=ast.Attribute() as value):
                part = value
            case _:
                continue
        _, _, way = root(part)
        if way and way[0] in held_by_class:
            return True
    return False


def _constructor(summary: Summary, method: Summary) -> None:
    """Add what making an instance does: it runs `__init__`, whose `self` is new."""
    own = method.parameters[0] if method.parameters else ""
    summary.random |= method.random
    summary.files |= method.files
    summary.setup |= method.setup
    summary.flags |= method.flags
    summary.binds |= method.binds
    for name, level in method.global_changes.items():
        summary.global_changes[name] = max(level, summary.global_changes.get(name, 0))
    if method.name == "__init__":
        summary.parameters = method.parameters
        summary.star, summary.keywords = method.star, method.keywords
        summary.parameter_changes = {
            name: level for name, level in method.parameter_changes.items() if name != own
        }
        summary.returns = set(method.parameters[1:])
    summary.calls += method.calls


def parameters_of(node: Function) -> list[str]:
    """Return all parameters' names, `*args` and `**kwargs` last."""
    arguments = node.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return names + [a.arg for a in (arguments.vararg, arguments.kwarg) if a]


def function_summary(node: Function, name: str, world: World) -> Summary:
    """Return what calling this function does, its callees left out."""
    from .visitor import Visitor

    summary = Summary(name, parameters_of(node))
    summary.star = node.args.vararg.arg if node.args.vararg else ""
    summary.keywords = node.args.kwarg.arg if node.args.kwarg else ""
    body: list[ast.stmt] = [ast.Expr(node.body)] if isinstance(node, ast.Lambda) else node.body
    scope = walk_scope(body)
    declared = {n for inner in scope if isinstance(inner, ast.Global) for n in inner.names}
    local = (local_names(scope) | set(summary.parameters)) - declared
    visitor = Visitor(world, local=local, summary=summary)
    for statement in body:
        visitor.statement(statement)
    _gather(summary, visitor, local, declared)
    summary.keeps_state = bool(local & (visitor.closed_changes | _nonlocals(node)))
    _returns(summary, node, scope, visitor)
    _keeps(summary, visitor)
    summary.own_changes = _default_changes(summary, node)
    return summary


def _nonlocals(node: Function) -> set[str]:
    return {
        name for inner in nodes_of(node) if isinstance(inner, ast.Nonlocal) for name in inner.names
    }


def _gather(summary: Summary, visitor: Visitor, local: set[str], declared: set[str]) -> None:
    effects = visitor.effects
    summary.free = set(effects.reads) | {n for n in effects.late if n not in local}
    summary.binds = {n for n in effects.binds if n in declared or n not in local}
    summary.deletes = {n for n in effects.deletes if n in declared}
    summary.random = set(effects.random)
    summary.setup = set(effects.setup)
    summary.files = set(effects.files)
    summary.flags = set(effects.flags)
    summary.values = set(effects.escaping)
    changed = dict(effects.inner_changes)
    for name, level in effects.changes.items():
        changed[name] = max(level, changed.get(name, 0))
    for name, level in changed.items():
        for origin in visitor.local_origins(name):
            if origin in summary.parameters:
                table = summary.parameter_changes
            elif origin not in local:
                table = summary.global_changes
            else:
                continue
            table[origin] = max(level, table.get(origin, 0))


def _keeps(summary: Summary, visitor: Visitor) -> None:
    """Note which globals and parameters hold a parameter after the call."""
    for target in list(visitor.origins):
        inner = target in visitor.local and target not in summary.parameters
        if inner or visitor.world.is_module(target):
            continue
        for source in visitor.local_origins(target) - {target}:
            outer = source not in visitor.local and source not in BUILTINS
            if source in summary.parameters or (outer and not visitor.world.is_module(source)):
                summary.keeps.add((target, source))


def _default_changes(summary: Summary, node: Function) -> int:
    """Return how sure it is that a call changes a default value, which lives on in the function."""
    plain = [*node.args.posonlyargs, *node.args.args]
    pairs = list(zip(reversed(plain), reversed(node.args.defaults), strict=False))
    pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d]
    changes = summary.parameter_changes
    return max(
        (changes.get(a.arg, 0) for a, d in pairs if not isinstance(d, ast.Constant)), default=0
    )


def _returns(summary: Summary, node: Function, scope: list[ast.AST], visitor: Visitor) -> None:
    results = [node.body] if isinstance(node, ast.Lambda) else []
    for inner in scope:
        if isinstance(inner, (*FUNCTIONS, ast.ClassDef)) and inner is not node:
            summary.escapes = True
        if isinstance(inner, (ast.Return, ast.Yield, ast.YieldFrom)) and inner.value is not None:
            results.append(inner.value)
    for part in [part for result in results for part in held(result)]:
        name = root_name(part)
        for origin in visitor.local_origins(name) if name else ():
            if origin in summary.parameters:
                summary.returns.add(origin)
            elif not (
                origin in visitor.local or origin in BUILTINS or visitor.world.is_module(origin)
            ):
                summary.returns_globals.add(origin)


_CACHES = frozenset({"lru_cache", "cache"})
_TELLING = frozenset({"cache_info", "cache_clear", "cache_parameters"})


def told_caches(nodes: Nodes, summaries: Summaries) -> set[str]:
    """Return the functions that remember results and show it: asked for it, or with effects.

    A call of one that only computes is the same with and without what it remembers.
    """
    cached: list[ast.FunctionDef] = [node for node in nodes[ast.FunctionDef] if _is_cached(node)]
    if not cached:
        return set()
    asked = {root_name(node) for node in nodes[ast.Attribute] if node.attr in _TELLING}
    found: set[str] = set()
    for node in cached:
        effects = any(
            s.global_changes or s.binds or s.random or s.files or s.parameter_changes
            for s in summaries.functions.get(node.name, ())
        )
        if effects or node.name in asked:
            found.add(node.name)
    return found


def _is_cached(node: ast.FunctionDef) -> bool:
    return any(root_words(decorator) & _CACHES for decorator in node.decorator_list)
