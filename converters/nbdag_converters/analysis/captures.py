"""What values carry inside: functions, lambdas and instances, and so the globals of these.

`d = {"f": lambda: k}` puts a function into data. Whoever reads `d` later may call it, and needs
`k` as it is then.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .names import BUILTINS, held, nodes_of

if TYPE_CHECKING:
    from .visitor import Visitor

_KEEPING = frozenset(
    ["defaultdict", "partial", "partialmethod", "make_pipeline", "deque", "dict", "list", "tuple"]
)
_METHODS_KEEPING = frozenset(
    ["append", "add", "insert", "extend", "update", "setdefault", "register", "put", "map"]
)


def capture(visitor: Visitor, value: ast.expr) -> None:
    """Note the functions and free names that *value* may carry (top-level statements only)."""
    if visitor.is_top:
        for name in sorted(_carried(visitor, value)):
            if name not in BUILTINS or name in visitor.world.assigned:
                visitor.effects.captured.setdefault(name)


def _carried(visitor: Visitor, value: ast.expr) -> set[str]:
    found: set[str] = set()
    for part in held(value):
        if not isinstance(part, ast.Constant):
            found |= _carried_by_part(visitor, part)
    return found


def _carried_by_part(visitor: Visitor, part: ast.expr) -> set[str]:
    world = visitor.world
    match part:
        case ast.Lambda():
            return visitor.lambda_summary(part).free
        case ast.Name(id=name):
            return {name} if name in world.summaries.functions else set()
        case ast.Attribute(value=inner):
            return _carried(visitor, inner)  # a bound method
        case ast.ListComp(elt=result) | ast.SetComp(elt=result) | ast.DictComp(value=result):
            return _carried(visitor, result)
        case ast.GeneratorExp():
            # it runs later, so all its names are read later
            names = {n.id for n in nodes_of(part) if isinstance(n, ast.Name)}
            return names & (world.assigned | set(world.imports))
        case ast.Call():
            return _carried_by_call(visitor, part)
        case _:
            return set()


def _carried_by_call(visitor: Visitor, value: ast.Call) -> set[str]:
    functions = visitor.world.summaries.functions
    name = value.func.id if isinstance(value.func, ast.Name) else None
    found: set[str] = set()
    if name in functions:
        for summary in functions[name]:
            if summary.is_class or summary.escapes:
                found.add(name)
            found |= {free for free in summary.free if _is_class(visitor, free)}
            found |= summary.values & set(functions)
    last = (visitor.dotted(value.func) or "").split(".")[-1]
    method = value.func.attr if isinstance(value.func, ast.Attribute) else ""
    keeps = last[:1].isupper() or last in _KEEPING or method in _METHODS_KEEPING
    if keeps or name in functions or last in ("map", "filter", "lru_cache", "cache", "wraps"):
        for argument in (*value.args, *(k.value for k in value.keywords)):
            found |= _carried(visitor, argument)
    if isinstance(value.func, ast.Attribute):
        found |= _carried(visitor, value.func.value)
        for summary in visitor.world.summaries.methods.get(method, ()):
            found |= {free for free in summary.free if _is_class(visitor, free)}
    return found


def _is_class(visitor: Visitor, name: str) -> bool:
    return any(s.is_class for s in visitor.world.summaries.functions.get(name, ()))
