"""Calls of methods: of the notebook's classes, of libraries' objects, and of modules' functions."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from . import assign, captures, kinds, paths, state
from .applied import Argument, apply, change_at, is_pure, keep_arguments, note_call, pairs
from .facts import CERTAIN, KNOWN, LIKELY, POSSIBLE
from .knowledge import functions, methods
from .names import BUILTINS, root, root_name
from .summary import Call

if TYPE_CHECKING:
    from .visitor import Visitor


def call_method(
    visitor: Visitor,
    func: ast.Attribute,
    node: ast.Call,
    arguments: list[Argument],
    *,
    discarded: bool,
) -> None:
    """Visit the call of *func*, its arguments seen already."""
    name, called, way = root(func.value)
    if _is_module(visitor, name):
        if not called:
            _module_function(visitor, func, arguments, discarded=discarded)
            return
        name = None  # what a function of the module returned: `pd.DataFrame(…).to_csv(…)`
    if _is_setup(visitor, func.attr, name):
        return
    kind = visitor.kind(func.value)
    paths.method_use(visitor, func, node, kind)
    state.method_draws(visitor, func.attr, node, kind)
    note_call(visitor, func.attr, arguments, method=None if name is None else name)
    level = max(
        _inplace(node),
        _user_method(visitor, func.attr, name, arguments),
        _library_method(visitor, func, arguments, kind, discarded=discarded),
    )
    change_at(visitor, arguments, functions.KEYWORDS)
    if func.attr in methods.KEEPING_ARGUMENT:
        _keep(visitor, name if not called else None, arguments, node)
    if isinstance(func.value, ast.Call):  # vars(c).update(…) changes c
        for source in assign.call_sources(visitor, func.value):
            visitor.change(source, level)
    if name is None or not level:
        return
    if called:  # a change to what a method returned changes its object if that was a part of it
        parts = any(step in methods.GIVING_PARTS for step in way) or kind == "plot"
        level = min(level, KNOWN) if parts else POSSIBLE if level >= KNOWN else 0
    visitor.change(name, level)


def _is_module(visitor: Visitor, name: str | None) -> bool:
    world = visitor.world
    builtin = name in BUILTINS and name not in world.assigned
    return name is not None and (world.is_module(name) or builtin) and visitor.is_outer(name)


def _is_setup(visitor: Visitor, method: str, name: str | None) -> bool:
    """Note a method of a logger or context, or `Base.register(…)`: these are process-wide."""
    if method == "register" and _is_class(visitor, name):
        visitor.effects.setup.append("abc")
        return True
    if name not in visitor.world.process_wide or not visitor.is_outer(name or ""):
        return False
    if method in methods.CHANGING or methods.CHANGING_PREFIX.match(method):
        visitor.effects.setup.append("logging")
    return True


def _is_class(visitor: Visitor, name: str | None) -> bool:
    return any(s.is_class for s in visitor.world.summaries.functions.get(name or "", ()))


def _module_function(
    visitor: Visitor,
    func: ast.Attribute,
    arguments: list[Argument],
    *,
    discarded: bool,
) -> None:
    dotted = visitor.dotted(func) or ""
    if dotted in functions.CHANGING or func.attr == "shuffle":
        change_at(visitor, arguments, functions.CHANGING.get(dotted, (0,)))
    elif not is_pure(dotted):
        for argument in arguments:
            visitor.change(argument.name, LIKELY if discarded else POSSIBLE)
    change_at(visitor, arguments, functions.KEYWORDS)
    note_call(visitor, func.attr, arguments)


def _inplace(node: ast.Call) -> int:
    given = next((k.value for k in node.keywords if k.arg == "inplace"), None)
    if given is None or (isinstance(given, ast.Constant) and given.value is False):
        return 0
    return CERTAIN


def _user_method(visitor: Visitor, method: str, name: str | None, arguments: list[Argument]) -> int:
    """Apply all methods of that name that the notebook defines; return how it changes `self`."""
    level = 0
    for summary in visitor.world.summaries.methods.get(method, ()):
        level = max(level, summary.change_of("self", method=True))
        if visitor.is_top:
            apply(visitor, summary)
        for argument in arguments:
            visitor.change(argument.name, summary.change_of(argument.position, method=True))
        given = (*pairs(arguments), *(((name, "self"),) if name else ()))
        keep_arguments(visitor, summary, Call(method, given, method=True))
    return level


_LEAVES_ARRAYS = frozenset(
    [
        "set",
        "update",
        "add",
        "remove",
        "seed",
        "read",
        "text",
        "grid",
        "table",
        "plot",
        "count",
        "index",
        "compile",
        "transform",
        "pie",
        "bar",
        "sample",
        "pop",
        "append",
    ]
)
_AXES_NAMES = re.compile(r"^(ax|axes|axs|fig|subplot|p\d|g$)")
_GENERATOR_NAMES = re.compile(r"^(rng|rs|rnd|random_state|rand_state|generator|gen)$")


def _library_method(
    visitor: Visitor,
    func: ast.Attribute,
    arguments: list[Argument],
    kind: str | None,
    *,
    discarded: bool,
) -> int:
    """Return how sure it is that a library's method changes its object."""
    method, name = func.attr, root_name(func.value) or ""
    if kind == "generator" or (
        method in methods.DRAWING_RANDOM and method != "f" and _GENERATOR_NAMES.match(name)
    ):
        if method == "shuffle":
            change_at(visitor, arguments, (0, "x"))
        return KNOWN
    if kind in _BY_KIND:
        return _BY_KIND[kind](method)
    if method in methods.PLOTTING:
        return KNOWN if _AXES_NAMES.match(name) else 0
    if method in methods.CHANGING or methods.CHANGING_PREFIX.match(method):
        return 0 if method in _LEAVES_ARRAYS and kind in ("numpy", "fresh") else KNOWN
    if method in methods.PURE or method in visitor.world.summaries.methods:
        return 0
    level = LIKELY if discarded else POSSIBLE
    for argument in arguments:
        if argument.name != name:
            visitor.change(argument.name, level)
    return level


def _on_plot(method: str) -> int:
    return 0 if method.startswith("get_") or method in ("savefig", "show") else KNOWN


def _on_frame(method: str) -> int:
    return KNOWN if method in ("pop", "insert", "update", "setflags") else 0


def _on_value(method: str) -> int:
    del method
    return 0


_BY_KIND = {
    "plot": _on_plot,
    "pandas": _on_frame,
    "str": _on_value,
    "number": _on_value,
    "path": _on_value,
}


def _keep(visitor: Visitor, name: str | None, arguments: list[Argument], node: ast.Call) -> None:
    """`l.append(x)`: from now on l holds x itself."""
    for value in node.args:
        captures.capture(visitor, value)
    if name is None:
        return
    for argument in arguments:
        if visitor.kind(argument.node) not in kinds.UNSHARED:
            visitor.share(name, argument.name)
    for value in node.args:
        if isinstance(value, (ast.Call, ast.Dict, ast.List, ast.Tuple)):
            assign.share_value(visitor, name, value)
