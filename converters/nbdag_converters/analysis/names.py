"""Names: which a scope binds, which a statement binds for sure, the root of an expression."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Any, TypeAlias

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*FUNCTIONS, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

#: All nodes of some trees, by their class.
Nodes: TypeAlias = Mapping[type[ast.AST], Sequence[Any]]

#: Names that are there without being set by the notebook.
BUILTINS = frozenset(dir(builtins)) | {
    "__file__",
    "__name__",
    "__doc__",
    "__builtins__",
    "get_ipython",
    "display",
    "exit",
    "quit",
}


#: The variable at the root of `a.b[c].d()`: its name, whether a call lies between, and the way.
Root: TypeAlias = "tuple[str | None, bool, list[str]]"


def root_name(node: ast.AST) -> str | None:
    """Return the name of `root` alone, which is faster."""
    while not isinstance(node, ast.Name):
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Await)):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return None
    return node.id


def root(node: ast.AST) -> Root:
    """Return the name at the root of attributes, subscripts and calls; name None where none is."""
    if isinstance(node, ast.Name):
        return node.id, False, []
    called = False
    way: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            way.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            way.append("[]")
            node = node.value
        elif isinstance(node, (ast.Starred, ast.Await)):
            node = node.value
        elif isinstance(node, ast.Call):
            called = True
            way.append("()")
            node = node.func
        else:
            way.reverse()
            return node.id if isinstance(node, ast.Name) else None, called, way


def root_words(node: ast.AST) -> set[str]:
    """Return all names in `a.b[c].d()` that lead to its value: a, b and d."""
    name, _, way = root(node)
    return {name or "", *way}


_DISPLAYS = {ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp}


def held(node: ast.expr) -> tuple[ast.expr, ...]:
    """Return the expressions whose values the value of *node* is or holds.

    For `[a, {"k": b or c}]` these are `a`, `b` and `c`.
    """
    if isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Constant)):
        return (node,)  # most are
    match node:
        case ast.Tuple(elts=inner) | ast.List(elts=inner) | ast.Set(elts=inner):
            parts = inner
        case ast.Dict(values=inner) | ast.BoolOp(values=inner):
            parts = inner
        case ast.IfExp(body=first, orelse=second):
            parts = [first, second]
        case ast.BinOp(left=first, right=second) if {type(first), type(second)} & _DISPLAYS:
            parts = [first, second]  # [a] + b holds the very items
        case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
            parts = [value]
        case _:
            return (node,)
    return tuple(inner for part in parts for inner in held(part))


def methods_as_values(nodes: Nodes) -> Iterator[ast.Attribute]:
    """Yield the attributes that are taken but not called: `rows.append` in `add = rows.append`."""
    used = {node.func for node in nodes[ast.Call]}
    used.update(node.value for kind in (ast.Attribute, ast.Subscript) for node in nodes[kind])
    for node in nodes[ast.Attribute]:
        if node not in used and isinstance(node.ctx, ast.Load):
            yield node


#: Fields that hold no nodes, or only such as tell others apart: operators and contexts.
_WORDS = frozenset(
    {
        "ctx",
        "op",
        "ops",
        "attr",
        "arg",
        "conversion",
        "kwd_attrs",
        "level",
        "simple",
        "type_comment",
    }
)
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Global, ast.Nonlocal, ast.Pass, ast.alias})


@cache
def _inner_fields(kind: type[Any]) -> tuple[str, ...]:
    return () if kind in _LEAVES else tuple(n for n in kind._fields if n not in _WORDS)


def _add_children(node: ast.AST, found: list[ast.AST]) -> None:
    kind: Any = type(node)
    for name in _inner_fields(kind):
        value: Any = getattr(node, name, None)
        if isinstance(value, list):
            if value:
                found += filter(None, value)  # `{**a}` has a key None
        elif isinstance(value, ast.AST):
            found.append(value)


def children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes right below *node* but operators and contexts.

    It takes a third of the time of `ast.iter_child_nodes`.
    """
    found: list[ast.AST] = []
    _add_children(node, found)
    return found


def nodes_of(*trees: ast.AST) -> list[ast.AST]:
    """Return all nodes of the trees but operators and contexts, from the top down."""
    found = list(trees)
    for node in found:  # it grows
        if type(node) not in _LEAVES:
            _add_children(node, found)
    return found


def by_class(nodes: Iterable[ast.AST]) -> Nodes:
    """Return the nodes of each class."""
    found: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    for node in nodes:
        found[type(node)].append(node)
    return found


def walk_scope(body: Iterable[ast.AST]) -> list[ast.AST]:
    """Return the nodes of one scope; nested functions and classes, but not what is in them."""
    found = list(body)
    for node in found:  # it grows
        if type(node) not in _LEAVES and not isinstance(node, _SCOPES):
            _add_children(node, found)
    return found


def import_names(node: ast.Import | ast.ImportFrom) -> tuple[str, ...]:
    """Return the names that an import binds, `*` left out."""
    return tuple(
        alias.asname or alias.name.split(".")[0] for alias in node.names if alias.name != "*"
    )


def names_bound_by(node: ast.AST) -> tuple[str, ...]:
    """Return the names that this one node binds in its scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.Import() | ast.ImportFrom():
            return import_names(node)
        case ast.ExceptHandler(name=str(name)):
            return (name,)
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case ast.MatchMapping(rest=str(name)):
            return (name,)
        case _:
            return ()


def local_names(scope: Iterable[ast.AST]) -> set[str]:
    """Return the names that these nodes bind (comprehension variables among them)."""
    return {name for node in scope for name in names_bound_by(node)}


def target_names(target: ast.AST) -> set[str]:
    """Return the names that an assignment target binds."""
    match target:
        case ast.Name(id=name):
            return {name}
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return set[str]().union(*map(target_names, items))
        case ast.Starred(value=value):
            return target_names(value)
        case _:
            return set()


def _certain_in(body: Iterable[ast.stmt]) -> set[str]:
    return set[str]().union(*map(certain_names, body))


def _leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Raise, ast.Return, ast.Continue, ast.Break))


def _certain_in_try(node: ast.Try) -> set[str]:
    found = _certain_in([*node.body, *node.orelse])
    for handler in node.handlers:
        if not (handler.body and isinstance(handler.body[-1], ast.Raise)):
            found &= _certain_in(handler.body)
    return found | _certain_in(node.finalbody)


def _always_evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below an expression that run whenever it does."""
    yield node
    match node:
        case ast.BoolOp(values=values):
            yield from _always_evaluated(values[0])
        case ast.IfExp(test=test):
            yield from _always_evaluated(test)
        case ast.Lambda():
            return
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield from _always_evaluated(node.generators[0].iter)
        case _:
            for child in children(node):
                yield from _always_evaluated(child)


def certain_names(node: ast.stmt, among: Set[str] | None = None) -> set[str]:
    """Return the names that are bound for sure when the statement has run without an error.

    With *among* given others are of no interest.
    """
    bound = _BOUND.get(type(node))
    found = bound(node) if bound is not None else set[str]()
    if among is not None and among <= found:
        return found  # there is nothing left that a walrus could bind
    for part in _tested(node):
        if any(isinstance(inner, ast.NamedExpr) for inner in nodes_of(part)):
            found |= _walrus_names(part)
    return found


def _walrus_names(node: ast.expr) -> set[str]:
    walruses = (inner for inner in _always_evaluated(node) if isinstance(inner, ast.NamedExpr))
    return set[str]().union(*(target_names(walrus.target) for walrus in walruses))


def _certain_in_assignment(node: ast.Assign) -> set[str]:
    if len(node.targets) == 1:
        return target_names(node.targets[0])
    return set[str]().union(*map(target_names, node.targets))


def _certain_in_annotated(node: ast.AnnAssign) -> set[str]:
    return target_names(node.target) if node.value is not None else set()


def _certain_in_if(node: ast.If) -> set[str]:
    otherwise = _certain_in(node.orelse)
    return otherwise if _leaves(node.body) else _certain_in(node.body) & otherwise


def _certain_in_with(node: ast.With | ast.AsyncWith) -> set[str]:
    found: set[str] = set()
    for item in node.items:
        found |= target_names(item.optional_vars) if item.optional_vars else set()
    # a context manager may swallow an error of its body
    return found if _may_swallow(node) else found | _certain_in(node.body)


_SWALLOWING = frozenset({"suppress", "raises", "assertRaises"})


def _may_swallow(node: ast.With | ast.AsyncWith) -> bool:
    return any(root_words(item.context_expr) & _SWALLOWING for item in node.items)


_BOUND: dict[type[ast.stmt], Callable[[Any], set[str]]] = {
    ast.If: _certain_in_if,
    ast.Try: _certain_in_try,
    ast.With: _certain_in_with,
    ast.AsyncWith: _certain_in_with,
    ast.Assign: _certain_in_assignment,
    ast.AnnAssign: _certain_in_annotated,
    ast.AugAssign: lambda node: target_names(node.target),
    **dict.fromkeys(
        (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef), lambda node: {node.name}
    ),
    **dict.fromkeys((ast.Import, ast.ImportFrom), lambda node: set(import_names(node))),
}


def _tested(node: ast.stmt) -> tuple[ast.expr, ...]:
    """Return the expressions that a statement evaluates first, in any case."""
    match node:
        case ast.Expr(value=value) | ast.Assign(value=value) | ast.AugAssign(value=value):
            return (value,)
        case ast.AnnAssign(value=ast.expr() as value):
            return (value,)
        case ast.If(test=test) | ast.While(test=test):
            return (test,)
        case ast.For(iter=iterated):
            return (iterated,)
        case ast.Match(subject=subject):
            return (subject,)
        case ast.Assert(test=test):
            return (test,)
        case _:
            return ()
