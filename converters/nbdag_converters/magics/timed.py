"""Code that `%timeit` runs: in a function of its own, so that it sets no variable."""

from __future__ import annotations

import ast

MARK = "_timeit_"


def with_own_names(text: str) -> str:
    """Return *text* with other names for the variables that it sets.

    Where that can't be done, or it declares them `global`, *text* stays as it is.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    if any(isinstance(node, ast.Global) for node in ast.walk(tree)):
        return text
    lines = [line.encode() for line in text.split("\n")]
    places = {(node.lineno, node.col_offset, node.id) for node in names if node.id in bound}
    for number, column, name in sorted(places, reverse=True):
        line = lines[number - 1]
        # Python before 3.12 gives wrong places within f-strings.
        if line[column:].startswith(name.encode()):
            lines[number - 1] = line[:column] + MARK.encode() + line[column:]
        else:
            return text
    return b"\n".join(lines).decode()
