"""Cells of which only a part runs: one branch of an `if`, one iteration of a `for`.

Works on the cell's tree, so that lines, tracebacks and displays stay the cell's own.
"""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterable, List, Tuple

ITEM, ITEMS, RECORD, GIVEN, GATHER = (
    "__nbdag_%s__" % word for word in ("item", "items", "record", "given", "gather")
)


def take_branch(tree: Any, line: int, branch: int) -> Any:
    """Let the `if` at *line* run its *branch* (-1: the last `else`) whatever its tests say."""
    node = next(item for item in tree.body if isinstance(item, ast.If) and item.lineno == line)
    number = 0
    while True:
        node.test = ast.copy_location(ast.Constant(number == branch), node.test)
        inner = node.orelse[0] if len(node.orelse) == 1 else None
        if not isinstance(inner, ast.If) or inner.col_offset != node.col_offset:
            return tree
        node, number = inner, number + 1


class Loop:
    """The `for` of a cell, at *line*; `gathers` are the names that its iterations add to."""

    def __init__(self, line: int, gathers: Iterable[str]) -> None:
        self.line, self.gathers = line, frozenset(gathers)
        self.codes: List[Any] = []

    def split(self, tree: Any) -> Tuple[List[Any], Any, List[Any]]:
        """Return the statements above the loop, the loop, and those below."""
        at = next(
            place
            for place, item in enumerate(tree.body)
            if isinstance(item, ast.For) and item.lineno == self.line
        )
        return tree.body[:at], tree.body[at], tree.body[at + 1 :]

    def items(self, tree: Any) -> Any:
        """Let the cell run to the loop and list its items."""
        above, loop, _ = self.split(tree)
        listed = ast.Call(ast.Name("list", ast.Load()), [loop.iter], [])
        made = ast.Assign([ast.Name(ITEMS, ast.Store())], listed)
        tree.body = [*above, _at(made, loop)]
        return tree

    def iteration(self, tree: Any) -> Any:
        """Let the cell run the loop's body for one item, its additions recorded."""
        _, loop, _ = self.split(tree)
        loop.iter = _at(ast.List([ast.Name(ITEM, ast.Load())], ast.Load()), loop.iter)
        _Recording(self.gathers).visit_body(loop.body)
        tree.body = [loop]
        return tree

    def gather(self, tree: Any, file: str) -> Any:
        """Let the cell add what iterations recorded, and run what stands below the loop."""
        _, loop, below = self.split(tree)
        recording = _Recording(self.gathers)
        recording.visit_body(loop.body)
        modules = [ast.Module([statement], []) for statement in recording.again]
        self.codes = [compile(module, file, "exec") for module in modules]
        call = ast.Expr(ast.Call(ast.Name(GATHER, ast.Load()), [], []))
        tree.body = [_at(call, loop), *below]
        return tree

    def add(self, namespace: Any, records: Iterable[Tuple[int, Any]]) -> None:
        """Do what an iteration recorded."""
        for number, given in records:
            dict.__setitem__(namespace, GIVEN, given)
            exec(self.codes[number], namespace)


def _at(node: Any, place: Any) -> Any:
    return ast.fix_missing_locations(ast.copy_location(node, place))


class _Recording(ast.NodeTransformer):
    """Replaces statements that add to a gathered name by calls that record their other parts."""

    def __init__(self, gathers: Iterable[str]) -> None:
        self.gathers = frozenset(gathers)
        self.again: List[Any] = []

    def visit_body(self, body: List[Any]) -> None:
        """Replace in a loop's body."""
        body[:] = [self.visit(statement) for statement in body]

    def visit(self, node: Any) -> Any:
        """Replace a statement, or those in it; expressions and definitions stay."""
        if isinstance(node, (ast.expr, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return node
        if self._root(node) not in self.gathers:
            return self.generic_visit(node)
        holes = _Holes(self.gathers)
        if isinstance(node, ast.Assign):  # the value comes first
            node.value = holes.visit(node.value)
        self.again.append(_at(holes.visit(node), node))
        number: Any = ast.Constant(len(self.again) - 1)
        call = ast.Call(ast.Name(RECORD, ast.Load()), [number, *holes.parts], [])
        return _at(ast.Expr(call), node)

    @staticmethod
    def _root(node: Any) -> Any:
        target: Any = None
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            target = node.value.func if isinstance(node.value.func, ast.Attribute) else None
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = None if isinstance(node.targets[0], ast.Name) else node.targets[0]
        elif isinstance(node, ast.AugAssign):
            target = node.target
        while isinstance(target, (ast.Attribute, ast.Subscript, ast.Call)):
            target = target.func if isinstance(target, ast.Call) else target.value
        return target.id if isinstance(target, ast.Name) else None


class _Holes(ast.NodeTransformer):
    """Puts holes where a statement doesn't speak of the gathered names; `parts` go into these."""

    def __init__(self, gathers: Iterable[str]) -> None:
        self.gathers = frozenset(gathers)
        self.parts: List[Any] = []

    def visit(self, node: Any) -> Any:
        """Replace an expression, or the parts of it."""
        whole = isinstance(node, ast.expr) and not isinstance(node, (ast.Starred, ast.Constant))
        if not whole or any(self._stays(inner) for inner in ast.walk(node)):
            return self.generic_visit(node)
        self.parts.append(node)
        place: Any = ast.Constant(len(self.parts) - 1)
        return _at(ast.Subscript(ast.Name(GIVEN, ast.Load()), place, ast.Load()), node)

    def _stays(self, node: Any) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.gathers or node.id == GIVEN
        return type(node).__name__ in ("Slice", "ExtSlice", "Index")


def words(trees: Iterable[Any]) -> Dict[str, None]:
    """Return all names that the code mentions."""
    found: Dict[str, None] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                found[node.id] = None
    return found
