"""Assignment: what a target binds, changes, and shares with the value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from . import captures, kinds, state
from .facts import CERTAIN, KNOWN
from .knowledge import functions, hidden, methods
from .names import held, nodes_of, root, root_name
from .paths import constant_text

if TYPE_CHECKING:
    from .visitor import Visitor


def stored_names(target: ast.AST) -> Iterator[str]:
    """Yield the names that a target stores to."""
    for node in nodes_of(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def target(
    visitor: Visitor, node: ast.expr, value: ast.expr | None, kind: str | None = None
) -> None:
    """Visit the target of an assignment from *value* (None: of an unknown value of *kind*)."""
    match node:
        case ast.Name(id=name):
            _name(visitor, name, node, value, kind)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            _unpack(visitor, node, items, value, kind)
        case ast.Starred(value=inner):
            target(visitor, inner, value, "list")
        case ast.Attribute() | ast.Subscript():
            _into(visitor, node, value)
        case _:
            visitor.expression(node)


def _name(
    visitor: Visitor, name: str, node: ast.Name, value: ast.expr | None, kind: str | None
) -> None:
    visitor.bind(name, node)
    if value is not None:
        kind = visitor.kind(value)
        share_value(visitor, name, value)
        captures.capture(visitor, value)
    if visitor.is_top and visitor.is_outer(name):
        world = visitor.world
        world.kinds[name] = kind
        world.constants[name] = None
        if isinstance(value, ast.Call) and visitor.dotted(value.func) in hidden.PROCESS_WIDE:
            world.process_wide.add(name)


def _unpack(
    visitor: Visitor,
    node: ast.Tuple | ast.List,
    items: list[ast.expr],
    value: ast.expr | None,
    kind: str | None,
) -> None:
    if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(items):
        for item, part in zip(items, value.elts, strict=True):
            target(visitor, item, part)
        return
    whole = visitor.kind(value) if value is not None else kind
    part_kind = whole if whole in ("plot", "numpy") else None
    if isinstance(value, ast.Attribute) and value.attr == "shape":
        part_kind = "number"
    for item in items:
        target(visitor, item, None, part_kind)
        inner = item.value if isinstance(item, ast.Starred) else item
        if isinstance(inner, ast.Name) and value is not None and part_kind not in kinds.IMMUTABLE:
            share_value(visitor, inner.id, value)
    if value is not None:
        captures.capture(visitor, value)
    closures = isinstance(value, ast.Call) and visitor.world.callables_keep_state
    if whole in ("plot", "iterator") or closures:  # a figure and its axes are one object
        names = list(stored_names(node))
        for first, second in pairwise(names):
            visitor.share(first, second)


def _into(visitor: Visitor, node: ast.Attribute | ast.Subscript, value: ast.expr | None) -> None:
    """Visit an attribute or item that is set or deleted: the object at its root changes."""
    name, called, _ = root(node.value)
    visitor.base(node.value)
    if isinstance(node, ast.Subscript):
        visitor.expression(node.slice)
    if isinstance(node.value, ast.Call):  # vars(c)["a"] = 1 changes c
        for source in call_sources(visitor, node.value):
            visitor.change(source, KNOWN)
    if name is None:
        return
    if called and name in ("globals", "locals", "vars") and visitor.is_outer(name):
        state.store_in_globals(visitor, node)
        return
    if _is_setting(visitor, node, value, name):
        return
    visitor.change(name, KNOWN if called else CERTAIN)
    if value is not None:
        captures.capture(visitor, value)
        for source in _roots_in(visitor, value):
            visitor.share(name, source)


def _is_setting(
    visitor: Visitor, node: ast.Attribute | ast.Subscript, value: ast.expr | None, name: str
) -> bool:
    """Note what is set on a module, a logger or a class; return False for anything else."""
    if visitor.world.is_module(name):
        call = next((n for n in nodes_of(node.value) if isinstance(n, ast.Call)), None)
        if call is None or visitor.dotted(call.func) in hidden.PROCESS_WIDE:
            visitor.effects.setup.append(hidden.state_of(visitor.dotted(node.value) or name))
        for argument in call.args if call else ():  # ET.SubElement(root, "c").text = "t"
            visitor.change(root_name(argument), KNOWN)
        return True
    if name in visitor.world.process_wide and visitor.is_outer(name):
        visitor.effects.setup.append("logging")
        return True
    if _patches_a_class(visitor, node, value):
        visitor.effects.setup.append("class")
        return True
    return False


def _patches_a_class(
    visitor: Visitor, node: ast.Attribute | ast.Subscript, value: ast.expr | None
) -> bool:
    """Return whether a class of the notebook gets an attribute that can be set again anywhere."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and value):
        return False
    functions = visitor.world.summaries.functions
    if not visitor.is_top or not any(s.is_class for s in functions.get(node.value.id, ())):
        return False
    is_function = isinstance(value, ast.Lambda) or (
        isinstance(value, ast.Name) and value.id in functions
    )
    return is_function or isinstance(value, ast.Constant)


def _roots_in(visitor: Visitor, value: ast.expr) -> Iterator[str | None]:
    """Yield the names whose objects are kept when *value* is put into a container or a call."""
    for part in held(value):
        if visitor.kind(part) in kinds.UNSHARED:
            continue
        match part:
            case ast.Name() | ast.Attribute() | ast.Subscript():
                name, called, _ = root(part)
                yield None if called else name
            case ast.Call():
                yield from call_sources(visitor, part)
            case ast.GeneratorExp() | ast.ListComp():
                for generator in part.generators:
                    yield from iterated(visitor, generator.iter)
            case _:
                pass


def share_value(visitor: Visitor, name: str, value: ast.expr) -> None:
    """Note which names share an object with *name* after `name = value`."""
    for part in held(value):
        if visitor.kind(part) in kinds.UNSHARED:
            continue
        match part:
            case ast.Name() | ast.Attribute() | ast.Subscript():
                source, _, way = root(part)
                if not _is_copy(visitor, part, source, way):
                    visitor.share(name, source)
            case ast.ListComp(elt=result) | ast.SetComp(elt=result) | ast.GeneratorExp(elt=result):
                _share_comprehension(visitor, name, part.generators, result)
            case ast.DictComp(value=result):
                _share_comprehension(visitor, name, part.generators, result)
            case ast.Call():
                for source in call_sources(visitor, part):
                    visitor.share(name, source)
            case ast.BinOp(left=left, right=right) if visitor.kind(part) in _COLLECTIONS:
                share_value(visitor, name, left)
                share_value(visitor, name, right)
            case _:
                pass


_COLLECTIONS = ("list", "tuple", "set", "dict")


def _is_copy(visitor: Visitor, value: ast.expr, source: str | None, way: list[str]) -> bool:
    """Return whether `value` is a new object though it is written as a part of *source*."""
    if way and way[-1] in ("shape", "ndim", "size", "dtype", "columns", "index", "name"):
        return True
    # since pandas 3 every derived frame behaves as a copy; the guard sees it where it doesn't
    derived = not isinstance(value, ast.Name) and source is not None
    return derived and visitor.kind_of_name(source or "") == "pandas" and "values" not in way


def _share_comprehension(
    visitor: Visitor, name: str, generators: list[ast.comprehension], result: ast.expr
) -> None:
    origins: dict[str, set[str]] = {}
    for generator in generators:
        found = iterated(visitor, generator.iter)
        for variable in stored_names(generator.target):
            origins[variable] = found
    for part in held(result):
        source = root_name(part)
        if source in origins:
            for origin in origins[source]:
                visitor.share(name, origin)
        elif isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)):
            visitor.share(name, source)


#: Functions whose result holds their arguments, or parts of them.
_HOLDING = functions.ITERATOR_MAKERS | frozenset(
    """
    list tuple set dict sorted frozenset min max next getattr staticmethod super vars memoryview
    collections.deque collections.OrderedDict collections.defaultdict collections.ChainMap
    contextlib.closing contextlib.nullcontext copy.copy functools.partial numpy.asarray
    numpy.atleast_1d numpy.broadcast_to numpy.ravel numpy.reshape numpy.squeeze numpy.transpose
    operator.getitem operator.iadd types.MappingProxyType types.SimpleNamespace weakref.proxy
    weakref.ref
    """.split()  # noqa: SIM905
)


def call_sources(visitor: Visitor, value: ast.Call) -> Iterator[str | None]:
    """Yield the names with whose objects the result of a call may share something."""
    called = visitor.dotted(value.func) or ""
    arguments = [*value.args, *(k.value for k in value.keywords)]
    if _holds(called):
        for argument in arguments:
            yield from _roots_in(visitor, argument)
        return
    name = value.func.id if isinstance(value.func, ast.Name) else None
    if name in visitor.world.summaries.functions:
        yield from _from_function(visitor, name, value)
        return
    if isinstance(value.func, ast.Attribute):
        yield from _from_method(visitor, value.func, value)
    as_objects = any(k.arg == "dtype" and "object" in ast.unparse(k.value) for k in value.keywords)
    if _is_constructor(called) or as_objects:
        for argument in arguments:
            yield from _roots_in(visitor, argument)


def _holds(called: str) -> bool:
    return called in _HOLDING or called.startswith("itertools.")


def _is_constructor(called: str) -> bool:
    """Objects keep what they are made of: `Pipeline([("m", model)])`; frames copy it."""
    last = called.rsplit(".", maxsplit=1)[-1]
    copies = called.startswith(("pandas.", "numpy.", "decimal.", "fractions.", "pathlib."))
    return (last[:1].isupper() and not copies) or last in (
        "make_pipeline",
        "make_column_transformer",
    )


def _from_function(visitor: Visitor, name: str, value: ast.Call) -> Iterator[str | None]:
    for summary in visitor.world.summaries.functions[name]:
        yield from sorted(summary.returns_globals)
        if summary.own_changes and summary.is_class:
            yield name  # its instances share what the class holds
        offset = 1 if summary.is_class else 0
        plain = [p for p in summary.parameters if p not in (summary.star, summary.keywords)]
        for index, argument in enumerate(value.args):
            position = index + offset
            kept = plain[position] if position < len(plain) else summary.star
            if isinstance(argument, ast.Starred) or kept in summary.returns or summary.escapes:
                yield from _roots_in(visitor, argument)
        for keyword in value.keywords:
            kept = keyword.arg if keyword.arg in summary.parameters else summary.keywords
            if keyword.arg is None or kept in summary.returns or summary.escapes:
                yield from _roots_in(visitor, keyword.value)


def _from_method(visitor: Visitor, func: ast.Attribute, value: ast.Call) -> Iterator[str | None]:
    name, called, _ = root(func.value)
    if name is None or visitor.world.is_module(name):
        return
    kind = visitor.kind_of_name(name)
    if kind in ("pandas", "path", "str", "number"):
        return
    summaries = visitor.world.summaries.methods.get(func.attr)
    if summaries:
        for summary in summaries:
            if summary.returns or summary.escapes:
                yield name
                for argument in value.args:
                    yield from _roots_in(visitor, argument)
    elif func.attr in methods.GIVING_PARTS and not (called and func.attr == "get"):
        yield name
    elif func.attr in ("pop", "popitem", "popleft", "__getitem__", "copy", "next", "send"):
        yield name  # shallow: the parts are the same objects


def iterated(visitor: Visitor, node: ast.expr) -> set[str]:
    """Return the names whose parts a loop over *node* runs through."""
    match node:
        case ast.Call(func=func, args=arguments):
            called = visitor.dotted(func) or ""
            if called in ("range", "numpy.arange", "len", "str"):
                return set()
            if _holds(called):
                return set[str]().union(*(iterated(visitor, a) for a in arguments))
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return set[str]().union(*(iterated(visitor, item) for item in items))
        case ast.Constant() | ast.JoinedStr():
            return set()
        case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
            return set[str]().union(*(iterated(visitor, g.iter) for g in node.generators))
        case _:
            pass
    name = root_name(node)
    if name is None or visitor.world.is_module(name) or visitor.kind(node) in kinds.IMMUTABLE:
        return set()
    if name in functions.PURE_BUILTINS and name not in visitor.world.assigned:
        return set()
    return {name}


def consume(visitor: Visitor, node: ast.expr) -> None:
    """Looping over an iterator, or handing it on, uses it up."""
    if isinstance(node, (ast.Name, ast.Call)):
        for name in iterated(visitor, node):
            if visitor.kind_of_name(name) == "iterator":
                visitor.change(name, KNOWN)


def loop_target(visitor: Visitor, node: ast.expr, source: ast.expr) -> None:
    """Visit the target of a `for`, whose items are parts of *source*."""
    called = visitor.dotted(source.func) if isinstance(source, ast.Call) else None
    target(visitor, node, None, "number" if called in ("range", "numpy.arange") else None)
    first = node.elts[0] if isinstance(node, ast.Tuple) and node.elts else None
    if called == "enumerate" and isinstance(first, ast.Name) and visitor.is_top:
        visitor.world.kinds[first.id] = "number"
    origins = iterated(visitor, source)
    for name in stored_names(node):
        if visitor.kind_of_name(name) not in kinds.IMMUTABLE:
            for origin in sorted(origins):
                visitor.share(name, origin)


def remember_constant(visitor: Visitor, node: ast.Assign) -> None:
    """Keep the text of `path = "data/x.csv"`, which may be a file's name."""
    for item in node.targets:
        if isinstance(item, ast.Name):
            visitor.world.constants[item.id] = constant_text(visitor, node.value)
