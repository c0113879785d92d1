"""Names the code of cells, so that tracebacks show the cell's line, and finds an error's place."""

from __future__ import annotations

import ast
import linecache
import re
from typing import Any, List, Tuple

_NAME = re.compile(r"<?cell (\d+)>?")


def file_name(cell: int) -> str:
    """Return the name under which the code of *cell* is compiled."""
    return "cell %d" % cell


def show(cell: int, source: str, line: int = 1) -> str:
    """Let tracebacks find *source*, which starts at *line* of *cell*; return its file name."""
    name = file_name(cell)
    known: List[str] = linecache.cache[name][2] if name in linecache.cache else []  # type: ignore[misc]
    lines = [text + "\n" for text in source.split("\n")]
    merged = known + ["\n"] * (line - 1 + len(lines) - len(known))
    merged[line - 1 : line - 1 + len(lines)] = lines
    linecache.cache[name] = (sum(map(len, merged)), None, merged, name)
    return name


def cell_of(name: str) -> int | None:
    """Return the number of the cell whose code has that file name."""
    match = _NAME.fullmatch(name)
    return int(match.group(1)) if match else None


def is_cell(trace: Any) -> bool:
    """Return whether the code of a cell is at that place of a traceback."""
    return cell_of(trace.tb_frame.f_code.co_filename) is not None


def place(error: BaseException) -> Tuple[int | None, int | None]:
    """Return the cell and line where *error* was raised: the innermost that is a cell's."""
    if isinstance(error, SyntaxError) and error.filename:
        cell = cell_of(error.filename)
        if cell is not None:
            return cell, error.lineno
    found: Tuple[int | None, int | None] = (None, None)
    trace: Any = error.__traceback__
    while trace is not None:
        cell = cell_of(trace.tb_frame.f_code.co_filename)
        if cell is not None:
            found = cell, trace.tb_lineno
        trace = trace.tb_next
    return found


def last_binding(cells: Any, name: str) -> Tuple[int | None, int | None]:
    """Return the cell and line where *cells* set or delete *name* last.

    Where they don't, it is where they use it last, else (None, None).
    """
    return _last(cells, name, (ast.Store, ast.Del)) or _last(cells, name, ast.Load) or (None, None)


def _last(cells: Any, name: str, context: Any) -> Tuple[int, int] | None:
    found: Tuple[int, int] | None = None
    for cell in cells:
        try:
            tree = ast.parse(
                re.sub(
                    r"(?m)=\s*[!%].*", "= 0", re.sub(r"(?m)^(\s*)[%!].*", r"\1pass", cell.source)
                )
            )
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            line = _binds(node, name, context)
            if line and (found is None or (cell.number, line) >= found):
                found = cell.number, line
    return found


def _binds(node: Any, name: str, context: Any) -> int:
    """Return the line where *node* is about *name* in that *context*, 0 if it isn't."""
    if isinstance(node, ast.alias):
        bound = (node.asname or node.name).partition(".")[0]
        return getattr(node, "lineno", 1) if bound == name else 0
    if isinstance(node, ast.Name):
        return node.lineno if node.id == name and isinstance(node.ctx, context) else 0
    return node.lineno if getattr(node, "name", None) == name else 0
