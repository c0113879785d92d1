"""What a loop whose iterations may run at once may see of what other iterations do."""

from __future__ import annotations

import ast

from nbdag_converters.analysis import Statement
from nbdag_converters.analysis.loops import Parallel

from .namespace import Namespace, Version


def seen_by(statement: Statement, loop: Parallel, space: Namespace) -> dict[str, str]:
    """Return names by which an iteration may see another one, and why; *space* is above the loop.

    They are other names for what the loop adds to, what functions read that it calls or is given,
    and the names of handlers, which are unset where one has run.
    """
    there = [space.current[name] for name in loop.gathers if name in space.current]
    shared = {name for version in there for name in space.sharing(version)}
    others = (shared - {*loop.gathers}) & {*statement.reads}
    held = shared & _late(statement, space)
    why = "may be or hold what other iterations add to"
    found = {name: f"'{name}' {why}" for name in sorted(others | held)}
    for name in sorted(_handlers(statement.node)):
        if _is_set(space.current.get(name)):
            found[name] = f"an iteration may unset '{name}'"
    return found


def _late(statement: Statement, space: Namespace) -> set[str]:
    """Return the globals of all functions that the statement calls, or may find in values."""
    late, todo = set(statement.late), [*statement.reads, *statement.late]
    while todo:
        version = space.current.get(todo.pop())
        if version is None:
            continue
        carried = set(version.captured)
        if version.kind == "definition" and version.placed is not None:
            carried |= set(version.placed.statement.late)
        todo += carried - late
        late |= carried
    return late


def _handlers(node: ast.AST) -> set[str]:
    handlers = (inner for inner in ast.walk(node) if isinstance(inner, ast.ExceptHandler))
    return {handler.name for handler in handlers if handler.name}


def _is_set(version: Version | None) -> bool:
    """Return whether some statement has set the name for sure, not only handlers."""
    while version is not None and version.placed is not None:
        if version.name in version.placed.statement.binds:
            return True
        version = version.otherwise.version if version.otherwise else None
    return bool(version and version.alternatives)
