"""Summaries of the notebook's own functions and classes: what calling them does.

A first pass visits each body once; then what callees do is added to their callers until nothing
changes. Functions are known by name, methods by their name in any class: the union of all that
have it, which is safe.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from .facts import KNOWN, FileUse, Flag, RandomUse
from .knowledge.methods import CHANGING
from .names import (
    BUILTINS,
    FUNCTIONS,
    Function,
    held,
    local_names,
    nodes_of,
    root,
    root_name,
    root_words,
    target_names,
    walk_scope,
)

if TYPE_CHECKING:
    from .visitor import Visitor, World

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
        if root(part).way[:1] and root(part).way[0] in held_by_class:
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
    declared = {
        n for inner in walk_scope(body) if isinstance(inner, ast.Global) for n in inner.names
    }
    local = (local_names(body) | set(summary.parameters)) - declared
    visitor = Visitor(world, local=local, summary=summary)
    for statement in body:
        visitor.statement(statement)
    _gather(summary, visitor, local, declared)
    summary.keeps_state = bool(local & (visitor.closed_changes | _nonlocals(node)))
    _returns(summary, node, body, visitor)
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


def _returns(summary: Summary, node: Function, body: list[ast.stmt], visitor: Visitor) -> None:
    results = [node.body] if isinstance(node, ast.Lambda) else []
    for inner in walk_scope(body):
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


def told_caches(nodes: Iterable[ast.AST], summaries: Summaries) -> set[str]:
    """Return the functions that remember results and show it: asked for it, or with effects.

    A call of one that only computes is the same with and without what it remembers.
    """
    asked = {
        root_name(node)
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr in _TELLING
    }
    found: set[str] = set()
    for node in nodes:
        if not isinstance(node, ast.FunctionDef) or not _is_cached(node):
            continue
        effects = any(
            s.global_changes or s.binds or s.random or s.files or s.parameter_changes
            for s in summaries.functions.get(node.name, ())
        )
        if effects or node.name in asked:
            found.add(node.name)
    return found


def _is_cached(node: ast.FunctionDef) -> bool:
    return any(root_words(decorator) & _CACHES for decorator in node.decorator_list)
