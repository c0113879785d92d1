"""Files whose names are given to functions that nbdag doesn't know: `im.save("a.png")`.

Whether they are read or written can only be guessed by what the function is called. Where that says
nothing it may be both, so that steps which use one file keep the notebook's order.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import paths
from .knowledge import files, functions
from .names import BUILTINS

if TYPE_CHECKING:
    from .visitor import Visitor


def use(visitor: Visitor, node: ast.Call, name: str | None) -> None:
    """Note the arguments of a call that are names of files; *name*: the function's dotted name."""
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    names = [value for value in given if _may_be(value) and _is_file_name(visitor, value)]
    if not names:
        return
    func = node.func
    last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if not _is_known(visitor, func, last, name):
        for value in names:
            paths.use(visitor, "r" if files.READING.match(last) else "rw", value)


def _may_be(node: ast.expr) -> bool:
    """Return whether it may be the name of a file, which has a dot; most arguments are told so."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and "." in node.value
    return isinstance(node, (ast.Name, ast.BinOp, ast.Call, ast.JoinedStr))


def _is_known(visitor: Visitor, func: ast.expr, last: str, name: str | None) -> bool:
    """Return whether it is known what the function does to files."""
    if name in files.FUNCTIONS or last in files.METHODS:
        return True
    if files.NAMING.match(name or last) or files.NAMING.match(last):
        return True
    if name is not None and (name in functions.PURE_BUILTINS or name in BUILTINS):
        return True
    world = visitor.world.summaries
    own = world.functions if isinstance(func, ast.Name) else world.methods
    return any(summary.files for summary in own.get(last, ()))


def _is_file_name(visitor: Visitor, node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):  # f"part-{i}.png"
        last = node.values[-1] if node.values else None
        text = last.value if isinstance(last, ast.Constant) else ""
        return isinstance(text, str) and files.FILE_NAME.fullmatch("x" + text) is not None
    text = paths.fold(visitor, node)
    return "." in text and len(text) < LONGEST and files.FILE_NAME.fullmatch(text) is not None


LONGEST = 300
"""A longer text is no name of a file."""
