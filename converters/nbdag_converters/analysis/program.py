"""The whole notebook: cells in, statements with their facts out, in notebook order."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import TypeVar

from .classify import classify, is_silent
from .facts import Effects, Statement
from .imports import imported_names, star_modules
from .loops import Carried, Parallel, looked_at
from .names import by_class, certain_names, nodes_of, target_names
from .opened import OpenBranch, OpenIf, branches_of, why_not_opened
from .visitor import Visitor, World

T = TypeVar("T")


@dataclass(frozen=True)
class SourceCell:
    """A code cell: as written (`raw`), and line by line the same as Python, with its tree.

    *opened*: its one statement is an `if` whose branches are to be looked at one by one.
    *fanned*: its step is to fan out, so it has to be known whether iterations may run at once.
    """

    number: int
    raw: str
    text: str
    tree: ast.Module = field(repr=False)
    opened: bool = False
    fanned: bool = False

    @cached_property
    def lines(self) -> list[str]:
        """The lines of `text`."""
        return self.text.split("\n")

    @cached_property
    def written(self) -> list[str]:
        """The lines as written, or those of `text` where they are not as many."""
        raw = self.raw.split("\n")
        return raw if self.raw == self.text or len(raw) == len(self.lines) else self.lines

    @property
    def silenced(self) -> bool:
        """Whether a last `;` keeps the last value from being displayed."""
        return self.text.rstrip().endswith(";")


@dataclass(frozen=True, slots=True)
class Program:
    """The statements of a notebook.

    `assigned` are all names that code other than imports binds; `imports` maps imported names to
    dotted ones; `definitions` are the names of functions and classes. `opened` are the `if`s of
    opened cells, whose statements are not among `statements`; `unopened` are those that run inside
    their step, and why.
    """

    statements: tuple[Statement, ...]
    assigned: frozenset[str]
    imports: MappingProxyType[str, str]
    definitions: frozenset[str]
    opened: tuple[OpenIf, ...] = ()
    unopened: tuple[tuple[Statement, str], ...] = ()

    @property
    def everything(self) -> Iterator[Statement]:
        """The statements, and those of opened `if`s."""
        yield from self.statements
        for found in self.opened:
            yield found.test
            for branch in found.branches:
                yield from branch.body


def analyse(cells: Sequence[SourceCell]) -> Program:
    """Return the facts of all statements."""
    world = _world([cell.tree for cell in cells])
    statements: list[Statement] = []
    opened: list[OpenIf] = []
    unopened: list[tuple[Statement, str]] = []
    count = 0
    for cell in cells:
        if cell.opened and isinstance(cell.tree.body[0], ast.If):
            found = _open_or_not(cell, cell.tree.body[0], world, count)
            if isinstance(found, OpenIf):
                opened.append(found)
                count += 1 + sum(len(branch.body) for branch in found.branches)
            else:
                unopened.append(found)
                statements.append(found[0])
                count += 1
            continue
        for node in cell.tree.body:
            last = node is cell.tree.body[-1]
            statements.append(_statement(cell, node, world, count, last=last))
            count += 1
    return Program(
        tuple(statements),
        frozenset(world.assigned),
        MappingProxyType(world.imports),
        frozenset(world.summaries.functions),
        tuple(opened),
        tuple(unopened),
    )


def _test_facts(cell: SourceCell, node: ast.If, world: World, index: int) -> Statement:
    """Return the facts of the tests of an `if` and its `elif`s together."""
    tests = [test for test, _ in branches_of(node) if test is not None]
    together = ast.copy_location(ast.Expr(ast.Tuple(tests, ast.Load())), node)
    visitor = Visitor(world)
    visitor.expressions(tests)
    text = " | ".join(ast.unparse(test) for test in tests)
    return _facts(cell, together, visitor.effects, index, source=text)


def _open_or_not(
    cell: SourceCell, node: ast.If, world: World, index: int
) -> OpenIf | tuple[Statement, str]:
    """Return the opened `if`, or the statement as a whole and why it can't be opened."""
    beliefs = (world.kinds, world.constants)
    for known in beliefs:
        known.fork()
    whole = _statement(cell, node, world, index, last=False)
    for known in beliefs:
        known.back()
    test = _test_facts(cell, node, world, index)
    why = why_not_opened(whole, test)
    for known in beliefs:
        known.enter() if why is not None else known.drop()
    return _open(cell, node, world, index) if why is None else (whole, why)


def _open(cell: SourceCell, node: ast.If, world: World, index: int) -> OpenIf:
    test = _test_facts(cell, node, world, index)
    bodies: list[list[Statement]] = []
    visits: list[Callable[[], None]] = []
    parts = list(branches_of(node))
    first = index + 1
    for _, body in parts:
        bodies.append([])
        visits.append(partial(_gather, cell, body, world, (first, bodies[-1])))
        first += len(body)
    Visitor(world).uncertain(*visits)
    tests = [t for t, _ in parts if t is not None]
    return OpenIf(
        cell.number,
        test,
        tuple(ast.unparse(t) for t in tests),
        tuple(
            OpenBranch(
                -1 if t is None else number, "else" if t is None else ast.unparse(t), tuple(body)
            )
            for number, ((t, _), body) in enumerate(zip(parts, bodies, strict=True))
        ),
    )


def _gather(
    cell: SourceCell, body: list[ast.stmt], world: World, out: tuple[int, list[Statement]]
) -> None:
    first, found = out
    for offset, node in enumerate(body):
        found.append(_statement(cell, node, world, first + offset, last=False))


def _world(trees: Sequence[ast.Module]) -> World:
    nodes = nodes_of(*trees)
    found = by_class(nodes)
    stored = {node.id for node in found[ast.Name] if isinstance(node.ctx, ast.Store)}
    statements = [node for node in nodes if isinstance(node, ast.stmt)]
    stars = star_modules(statements)
    world = World(imports=imported_names(statements), star=stars[0] if len(stars) == 1 else "")
    world.stored |= stored
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    world.assigned |= stored | {node.name for node in statements if isinstance(node, definitions)}
    world.stable_kinds = _stable_kinds(trees, world)
    world.summarise(statements, found)
    return world


_STABLE = frozenset({"generator", "iterator", "plot", "estimator", "drawing-estimator"})


def _stable_kinds(trees: Iterable[ast.Module], world: World) -> dict[str, str]:
    """Return the kinds of globals that have one kind all along, for use inside functions."""
    found: dict[str, set[str | None]] = {}
    visitor = Visitor(world)
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.Assign):
                kind = visitor.kind(node.value)
                for target in node.targets:
                    names = [target] if isinstance(target, ast.Name) else []
                    if isinstance(target, (ast.Tuple, ast.List)) and kind in ("plot", "numpy"):
                        names = [n for n in target.elts if isinstance(n, ast.Name)]
                    for name in names:
                        found.setdefault(name.id, set()).add(kind)
    wanted = _STABLE | {"pandas", "numpy"}
    return {
        name: kind
        for name, kinds in found.items()
        if len(kinds) == 1 and (kind := next(iter(kinds))) in wanted
    }


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(node.lineno, *(d.lineno for d in decorators)) if decorators else node.lineno


def source_of(cell: SourceCell, node: ast.stmt, others: Sequence[ast.stmt]) -> str:
    """Return the statement's text: as written where it has its lines for itself."""
    first, last = _first_line(node), node.end_lineno or node.lineno
    shares = len(others) > 1 and any(
        other is not node
        and _first_line(other) <= last
        and first <= (other.end_lineno or other.lineno)
        for other in others
    )
    if shares:
        return ast.get_source_segment(cell.text, node) or ast.unparse(node)
    return "\n".join(cell.written[first - 1 : last])


def _statement(
    cell: SourceCell, node: ast.stmt, world: World, index: int, *, last: bool
) -> Statement:
    visitor = Visitor(world)
    visitor.statement(node)
    displays = last and not cell.silenced and not is_silent(node)
    others = cell.tree.body if _crowded(cell, node) else [node]
    source = source_of(cell, node, others)
    found = _facts(cell, node, visitor.effects, index, source=source, displays=displays)
    if cell.fanned and isinstance(node, ast.For):
        return replace(found, loop=_loop(node, world))
    if isinstance(node, ast.FunctionDef) and node.name in world.told_caches:
        return replace(found, kind="data")
    return found


def _loop(node: ast.For, world: World) -> Parallel | Carried:
    """Look at the body of a loop on its own, what is known of kinds left as it was."""
    visitor = Visitor(world)
    visitor.effects.bound |= target_names(node.target)
    beliefs = (world.kinds, world.constants)
    for known in beliefs:
        known.fork()
    visitor.body(node.body)
    items = Visitor(world)
    items.expression(node.iter)
    for known in beliefs:
        known.back()
        known.drop()
    return looked_at(node, visitor.effects, items.effects)


def _crowded(cell: SourceCell, node: ast.stmt) -> bool:
    """Return whether the statement may share a line with another one."""
    if ";" not in cell.text:
        return False
    return any(";" in line for line in cell.lines[_first_line(node) - 1 : node.end_lineno])


def _facts(
    cell: SourceCell,
    node: ast.stmt,
    effects: Effects,
    index: int,
    *,
    source: str,
    displays: bool = False,
) -> Statement:
    binds = effects.binds.keys()
    certain = certain_names(node, binds) & binds if binds else set[str]()
    deleted = effects.deletes if isinstance(node, ast.Delete) else ()
    bound = dict.fromkeys((*effects.binds, *effects.deletes))
    return Statement(
        index=index,
        cell=cell.number,
        line=_first_line(node),
        end_line=node.end_lineno or node.lineno,
        source=source,
        node=node,
        kind=classify(node, effects, displays=displays),
        reads=MappingProxyType({n: _place(where) for n, where in effects.reads.items()}),
        late=tuple(effects.late),
        binds=tuple([n for n in effects.binds if n in certain]),
        may_bind=tuple([n for n in bound if not (n in certain or n in deleted)]),
        deletes=tuple(sorted(deleted)),
        changes=MappingProxyType(_all_changes(effects)),
        aliases=_once(effects.aliases),
        random=_once(effects.random),
        setup=_once(effects.setup),
        files=_once(effects.files),
        captured=tuple(effects.captured),
        flags=frozenset(effects.flags),
        displays=displays,
    )


def _once(found: list[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def _place(node: ast.expr) -> tuple[int, int, int]:
    column = node.col_offset + 1
    end = node.end_col_offset if node.end_lineno == node.lineno else None
    return node.lineno, column, column + 1 if end is None else end + 1


def _all_changes(effects: Effects) -> dict[str, int]:
    """Return the changes, with those of what a name that the statement itself bound is a part of.

    `for q in ls: q.append(0)` changes `ls`.
    """
    if not (effects.changes or effects.inner_changes):
        return {}
    if not effects.aliases:
        return dict(sorted(effects.changes.items()))
    links: dict[str, set[str]] = {}
    for alias in effects.aliases:
        links.setdefault(alias.target, set()).add(alias.source)
    found = dict(effects.changes)
    for name, level in [*effects.inner_changes.items(), *effects.changes.items()]:
        for origin in _origins(name, links) - {name}:
            if origin not in effects.bound or origin in effects.reads:
                found[origin] = max(level, found.get(origin, 0))
    return dict(sorted(found.items()))  # they were found by way of sets, which have no order


def _origins(name: str, links: dict[str, set[str]]) -> set[str]:
    seen, todo = {name}, [name]
    while todo:
        for other in links.get(todo.pop(), set()) - seen:
            seen.add(other)
            todo.append(other)
    return seen
