"""Calls: what a function or method does to its arguments, its object, files and hidden state."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from . import assign, captures, kinds, paths, special, state
from .facts import CERTAIN, KNOWN, LIKELY, POSSIBLE, FileUse
from .knowledge import files, functions, methods
from .names import BUILTINS, root, root_name
from .summaries import PARAMETER, Call, Summary, function_summary

if TYPE_CHECKING:
    from .visitor import Visitor


#: The position or keyword of an argument (`*` for `**more`), and the argument.
Given: TypeAlias = "tuple[int | str, ast.expr]"


class Argument(NamedTuple):
    """A name that goes into a call: where, and the expression whose root it is."""

    position: int | str
    name: str
    node: ast.expr


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
    if isinstance(func, ast.Attribute):
        _method(visitor, func, node, arguments, discarded=discarded)
    elif isinstance(func, ast.Name):
        _function(visitor, func.id, node, arguments, discarded=discarded)
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
            summaries.append(function_summary(value, "<lambda>", visitor.world))
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


# Functions ------------------------------------------------------------------------------


def apply(visitor: Visitor, summary: Summary) -> None:
    """Take over what calling a function of the notebook does, whatever its arguments."""
    effects = visitor.effects
    effects.random += sorted(summary.random, key=str)
    effects.setup += sorted(summary.setup)
    effects.files += sorted(
        (FileUse(u.mode, "*") if u.path.startswith(PARAMETER) else u for u in summary.files),
        key=str,
    )
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


def _note_call(
    visitor: Visitor, callee: str, arguments: list[Argument], *, method: str | None = None
) -> None:
    """Inside a function: remember the call until all functions are known."""
    if visitor.summary is None:
        return

    def seen(name: str) -> str:
        own = name in visitor.summary.parameters if visitor.summary else False
        return name if own or not visitor.is_outer(name) else "global " + name

    pairs = [(seen(a.name), a.position) for a in arguments]
    for name, position in list(pairs):  # what is known by another name inside the function
        pairs += [(seen(o), position) for o in visitor.local_origins(name) - {name}]
    if method is not None:
        pairs += [(seen(origin), "self") for origin in visitor.local_origins(method)]
    visitor.summary.calls.append(Call(callee, tuple(pairs), method is not None or "." in callee))


def _function(
    visitor: Visitor, name: str, node: ast.Call, arguments: list[Argument], *, discarded: bool
) -> None:
    world = visitor.world
    _note_call(visitor, name, arguments)
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
            _keep_arguments(visitor, summary, Call(name, _pairs(arguments), method=False))
        return
    dotted = visitor.dotted(node.func) or ""
    changed = functions.CHANGING.get(dotted)
    if changed is not None:
        _change_at(visitor, arguments, changed)
    elif dotted in functions.PURE_BUILTINS or _is_pure(dotted):
        _change_at(visitor, arguments, functions.KEYWORDS)
    elif name not in BUILTINS or name in world.assigned:
        _unknown_function(visitor, node.func, arguments, discarded=discarded)


def _pairs(arguments: list[Argument]) -> tuple[tuple[str, int | str], ...]:
    return tuple((argument.name, argument.position) for argument in arguments)


def _keep_arguments(visitor: Visitor, summary: Summary, call: Call) -> None:
    """Share what the function puts into a global or into another of its arguments."""
    for target, source in sorted(summary.keeps):
        for kept in summary.given(target, call):
            for given in summary.given(source, call):
                visitor.share(kept, given)


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
    known = {u for u in summary.files if not u.path.startswith(PARAMETER)}
    plain = Summary(
        summary.name,
        summary.parameters,
        free=summary.free,
        binds=summary.binds,
        deletes=summary.deletes,
        global_changes=summary.global_changes,
        random=summary.random,
        setup=summary.setup,
        files=known,
        flags=summary.flags,
    )
    apply(visitor, plain)
    offset = 1 if summary.is_class else 0
    for item in sorted(summary.files - known, key=str):
        parameter = item.path.removeprefix(PARAMETER)
        given = next((k.value for k in node.keywords if k.arg == parameter), None)
        if given is None and parameter in summary.parameters:
            index = summary.parameters.index(parameter) - offset
            given = node.args[index] if 0 <= index < len(node.args) else None
        paths.use(visitor, item.mode, given)


def _lambda_called(visitor: Visitor, func: ast.Lambda, arguments: list[Argument]) -> None:
    summary = function_summary(func, "<lambda>", visitor.world)
    for argument in arguments:
        visitor.change(argument.name, summary.change_of(argument.position))


def _is_pure(dotted: str) -> bool:
    return dotted.split(".", maxsplit=1)[0].lstrip(".") in functions.PURE_MODULES


def _change_at(
    visitor: Visitor, arguments: list[Argument], positions: Container[int | str]
) -> None:
    for argument in arguments:
        if argument.position in positions:
            visitor.change(argument.name, KNOWN)


# Methods --------------------------------------------------------------------------------


def _method(
    visitor: Visitor,
    func: ast.Attribute,
    node: ast.Call,
    arguments: list[Argument],
    *,
    discarded: bool,
) -> None:
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
    _note_call(visitor, func.attr, arguments, method=None if name is None else name)
    level = max(
        _inplace(node),
        _user_method(visitor, func.attr, name, arguments),
        _library_method(visitor, func, arguments, kind, discarded=discarded),
    )
    _change_at(visitor, arguments, functions.KEYWORDS)
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
        _change_at(visitor, arguments, functions.CHANGING.get(dotted, (0,)))
    elif not _is_pure(dotted):
        for argument in arguments:
            visitor.change(argument.name, LIKELY if discarded else POSSIBLE)
    _change_at(visitor, arguments, functions.KEYWORDS)
    _note_call(visitor, func.attr, arguments)


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
        pairs = (*_pairs(arguments), *(((name, "self"),) if name else ()))
        _keep_arguments(visitor, summary, Call(method, pairs, method=True))
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
            _change_at(visitor, arguments, (0, "x"))
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
