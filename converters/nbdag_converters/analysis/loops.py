"""A `for` whose iterations may run at once: what they add to, and what keeps them in order.

Iterations may add to what was there before the loop, by statements whose other parts don't depend
on it::

    scores.append(evaluate(model, fold))     best[name] += 1     total += x

Such a statement is *recorded* where an iteration runs, and done when all have run, in order.
Whatever else goes from one iteration to the next keeps the loop in one step.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .facts import LIKELY, Effects
from .names import FUNCTIONS, children, nodes_of, root_name, target_names

#: Methods by which an iteration may add to a collection.
ADDING = frozenset(
    {
        "append",
        "appendleft",
        "extend",
        "extendleft",
        "add",
        "update",
        "insert",
        "setdefault",
        "subtract",
    }
)


@dataclass(frozen=True, slots=True)
class Carried:
    """Why iterations must run in order: where, which name, and what it is about."""

    line: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Parallel:
    """Iterations may run at once: they add to *gathers* and set *binds*."""

    gathers: tuple[str, ...]
    binds: tuple[str, ...]


def recorded_root(node: ast.stmt) -> str | None:
    """Return the name whose object this statement adds to; None if it has another form."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr=attr))) if attr in ADDING:
            return root_name(value)
        case ast.Assign(targets=[ast.Subscript(value=value) | ast.Attribute(value=value)]):
            return root_name(value)
        case ast.AugAssign(target=target):
            return root_name(target)
        case _:
            return None


def looked_at(node: ast.For, effects: Effects, items: Effects) -> Parallel | Carried:
    """Return whether the iterations of *node* may run at once.

    *effects* are those of its body, *items* those of what it goes over. The body was visited on
    its own, the loop's target as already bound.
    """
    own = target_names(node.target)
    changed = [name for name, level in effects.changes.items() if level >= LIKELY]
    gathers = _gathers(node, changed, effects)
    found = (
        _jump(node)
        or _unseen(node, effects)
        or _change(node, effects, own, changed, gathers)
        or _read_back(node, effects, own, gathers)
        or _use_of_gathered(node, gathers)
        or _between(node, effects, items)
    )
    if found is not None:
        return found
    binds = [n for n in (*own, *effects.binds) if n not in gathers]
    return Parallel(tuple(sorted(gathers)), tuple(dict.fromkeys(binds)))


def _gathers(node: ast.For, changed: Sequence[str], effects: Effects) -> set[str]:
    """Return the names to which the body adds in the forms that can be recorded."""
    statements = list(_statements(node.body))
    names = {recorded_root(statement) for statement in statements}
    counted = {
        s.target.id
        for s in statements
        if isinstance(s, ast.AugAssign) and isinstance(s.target, ast.Name)
    }
    return {name for name in changed if name in names} | (counted & set(effects.reads))


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            continue
        for child in children(node):
            if isinstance(child, ast.stmt):
                yield from _statements([child])
            elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                yield from _statements(child.body)


def _jump(node: ast.For) -> Carried | None:
    if node.orelse:
        return Carried(node.orelse[0].lineno, "else", "what `else` does depends on all iterations")
    for inner in _statements(node.body):
        if isinstance(inner, ast.Break) and not _in_inner_loop(node, inner):
            return Carried(inner.lineno, "break", "`break` ends the iterations that come after")
    return None


def _in_inner_loop(node: ast.For, wanted: ast.stmt) -> bool:
    loops = [s for s in _statements(node.body) if isinstance(s, (ast.For, ast.While, ast.AsyncFor))]
    return any(wanted in list(_statements(loop.body)) for loop in loops)


def _unseen(node: ast.For, effects: Effects) -> Carried | None:
    line = node.lineno
    if effects.setup:
        return Carried(line, effects.setup[0], "an iteration sets up a library or the process")
    if effects.flags & {"reads-all", "binds-any", "unknown-magic", "history"}:
        return Carried(line, "", "it can't be seen which names an iteration uses")
    written = [use.path for use in effects.files if "w" in use.mode]
    read = [use.path for use in effects.files if "r" in use.mode]
    for path in written:
        if not path.endswith("*"):
            return Carried(line, path, f"each iteration writes the file '{path}'")
        if read:
            return Carried(line, path, "iterations write files and read some")
    return None


def _change(
    node: ast.For, effects: Effects, own: set[str], changed: Sequence[str], gathers: set[str]
) -> Carried | None:
    parts = [name for name in own if effects.inner_changes.get(name, 0) >= LIKELY]
    parts += [name for name in own if name in changed]
    if parts:
        return Carried(node.lineno, parts[0], f"an iteration changes '{parts[0]}', its own item")
    iterated = {n.id for n in nodes_of(node.iter) if isinstance(n, ast.Name)}
    for name in changed:
        if name in iterated:
            return Carried(
                node.lineno, name, f"an iteration changes '{name}', which is looped over"
            )
        if name not in gathers:
            return Carried(node.lineno, name, f"an iteration changes '{name}' in place")
    for name in effects.deletes:
        return Carried(node.lineno, name, f"an iteration deletes '{name}'")
    return None


def _read_back(node: ast.For, effects: Effects, own: set[str], gathers: set[str]) -> Carried | None:
    for name, where in effects.reads.items():
        if name in effects.binds and name not in own and name not in gathers:
            line = getattr(where, "lineno", node.lineno)
            return Carried(line, name, f"'{name}' is read before this iteration sets it")
    for name in effects.late:
        if name in gathers or (name in effects.binds and name not in effects.bound):
            return Carried(node.lineno, name, f"a function that it calls reads '{name}'")
    return None


def _use_of_gathered(node: ast.For, gathers: set[str]) -> Carried | None:
    """Find a use of a gathered name other than to add to it."""
    allowed: set[int] = set()
    for inner in _statements(node.body):
        if recorded_root(inner) in gathers:
            if _in_try(node, inner):
                name = recorded_root(inner) or ""
                return Carried(inner.lineno, name, f"whether adding to '{name}' works is asked")
            allowed |= {id(part) for part in _spine(inner)}
    for part in nodes_of(*node.body):
        if isinstance(part, ast.Name) and part.id in gathers and id(part) not in allowed:
            why = f"'{part.id}' is read, to which other iterations add"
            return Carried(part.lineno, part.id, why)
    return None


def _between(node: ast.For, effects: Effects, items: Effects) -> Carried | None:
    """Find what an iteration shares with the making of the next item, as by a generator."""
    made = {name for name, level in items.changes.items() if level >= LIKELY}
    made |= {*items.binds, *items.deletes}
    used = {*effects.reads, *effects.late, *effects.binds, *effects.changes}
    own = target_names(node.target) | {*effects.binds}
    for name in sorted((made & used) | (own & {*items.late})):
        why = f"'{name}' may change between the items that it goes over"
        return Carried(node.lineno, name, why)
    if any("w" in use.mode for use in items.files):
        return Carried(node.lineno, "", "what it goes over may write files from item to item")
    if _is_lazy(node.iter):
        return Carried(node.lineno, "", "what it goes over calls functions from item to item")
    return None


_EAGER = frozenset({"list", "tuple", "sorted", "set", "dict", "reversed"})
_SILENT = frozenset({"int", "float", "str", "len", "abs", "bool", "tuple", "list", "round"})


def _is_lazy(node: ast.expr) -> bool:
    """Return whether items are made by calls between the iterations, which might print."""
    match node:
        case ast.GeneratorExp():
            calls = (inner.func for inner in nodes_of(node.elt) if isinstance(inner, ast.Call))
            return any(not _is_silent(func) for func in calls)
        case ast.Call(func=ast.Name(id="map" | "filter"), args=[func, *_]):
            return not _is_silent(func)
        case ast.Call(func=ast.Name(id=name)) if name in _EAGER:
            return False
        case ast.Call(args=args):
            return any(map(_is_lazy, args))
        case _:
            return False


def _is_silent(func: ast.expr) -> bool:
    return isinstance(func, ast.Name) and func.id in _SILENT


def _in_try(node: ast.For, wanted: ast.stmt) -> bool:
    tries = [s for s in _statements(node.body) if isinstance(s, ast.Try) and s.handlers]
    return any(wanted in list(_statements(t.body)) for t in tries)


def _spine(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes that lead to the name at the root of what a recorded statement adds to."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value))):
            at: ast.expr = value
        case ast.Assign(targets=[ast.expr() as target]) | ast.AugAssign(target=target):
            at = target
        case _:
            return
    while True:
        yield at
        if isinstance(at, (ast.Attribute, ast.Subscript)):
            at = at.value
        elif isinstance(at, ast.Call):
            at = at.func
        else:
            return
