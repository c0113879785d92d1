"""An `if` whose branches are looked at one by one, since they are to be steps of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .facts import LIKELY, Statement
from .names import nodes_of


@dataclass(frozen=True, slots=True)
class OpenBranch:
    """The statements of one branch; `index` is that of its test, -1 for the last `else`."""

    index: int
    text: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class OpenIf:
    """An `if` with its `elif`s. `test` has the facts of all tests together."""

    cell: int
    test: Statement
    tests: tuple[str, ...]
    branches: tuple[OpenBranch, ...]

    @property
    def has_else(self) -> bool:
        """Return whether one branch runs in any case."""
        return self.branches[-1].index == -1


def branches_of(node: ast.If) -> Iterator[tuple[ast.expr | None, list[ast.stmt]]]:
    """Yield the test and the body of each branch; the test of `else` is None."""
    while True:
        yield node.test, node.body
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If) and _is_elif(node):
            node = node.orelse[0]
            continue
        if node.orelse:
            yield None, node.orelse
        return


def _is_elif(node: ast.If) -> bool:
    """Return whether the inner `if` is written as `elif`, not as `else:` and an `if` in it."""
    return node.orelse[0].col_offset == node.col_offset


def why_not_opened(statement: Statement, test: Statement) -> str | None:
    """Return why the branches of an `if` can't be steps of their own; None where they can."""
    if statement.setup:
        return "it sets up a library or the process"
    if statement.deletes or any(isinstance(n, ast.Delete) for n in nodes_of(statement.node)):
        return "it deletes a name"
    if statement.flags & {"reads-all", "binds-any", "unknown-magic", "history"}:
        return "it can't be seen which names it uses"
    if any(isinstance(node, ast.Await) for node in nodes_of(test.node)):
        return "its test waits for something"
    changed = [name for name, level in test.changes.items() if level >= LIKELY]
    if test.binds or test.may_bind or test.random or changed:
        return "its test does more than test"
    return None
