"""Calls of `get_ipython()` in a text: which magics they are, and Python in their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .arguments import after_options
from .known import known_magic
from .magic import Magic, cell_magic, line_magic

SHELL = {"system": "!", "getoutput": "!!"}
STAR_IMPORT = "from pylab import *"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a method of `get_ipython()` with constant texts; `targets` if it is assigned."""

    node: ast.Call
    method: str
    arguments: tuple[str, ...]
    targets: tuple[str, ...]
    statement: bool


def calls_of_ipython(tree: ast.Module) -> Iterator[Call]:
    """Yield the calls in the order of the text."""
    targets: dict[ast.expr, tuple[str, ...]] = {}
    statements: set[ast.expr] = set()
    found: list[tuple[ast.Call, str, tuple[str, ...]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = [n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            targets[node.value] = tuple(names)
        elif isinstance(node, ast.Expr):
            statements.add(node.value)
        elif isinstance(node, ast.Call) and (method := method_of_ipython(node.func)):
            texts = tuple(
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )
            if texts and len(texts) == len(node.args):
                found.append((node, method, texts))
    for node, method, texts in sorted(found, key=lambda item: (item[0].lineno, item[0].col_offset)):
        yield Call(node, method, texts, targets.get(node, ()), node in statements)


def method_of_ipython(function: ast.expr) -> str | None:
    """Return `x` of `get_ipython().x`."""
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id == "get_ipython"
    ):
        return function.attr
    return None


def magic_of(call: Call, extra: Mapping[int, int]) -> Magic | None:
    """Return the magic that a call is; *extra* as in `Transformed`."""
    start = call.node.lineno
    lines = (start, (call.node.end_lineno or start) + extra.get(start, 0))
    texts = call.arguments
    if call.method in SHELL:
        return line_magic(SHELL[call.method], texts[0], lines, assigns=call.targets)
    if call.method == "run_cell_magic" and len(texts) == 3:
        return cell_magic(texts[0], texts[1], texts[2], lines)
    if call.method == "run_line_magic" and len(texts) == 2:
        return line_magic(texts[0], texts[1], lines, assigns=call.targets)
    if call.method == "magic":
        name, _, argument = texts[0].lstrip("%").partition(" ")
        return line_magic(name, argument, lines, assigns=call.targets)
    return None


def python_of(call: Call, magic: Magic) -> str:
    """Return the statement that a magic like `%time` runs, "" where it runs none."""
    if magic.cell_magic or not (call.statement or call.targets):
        return ""
    if magic.effect == "pylab":
        return STAR_IMPORT if "--no-import-all" not in magic.argument else ""
    if magic.effect not in ("python", "timed"):
        return ""
    options = known_magic(magic.name, cell_magic=False).options
    return after_options(magic.argument, options).strip()


def replaced(text: str, edits: list[tuple[ast.Call, str]]) -> str:
    """Return *text* with each call, which stands on one line, replaced."""
    lines = text.split("\n")
    for node, new in sorted(edits, key=lambda edit: -edit[0].col_offset):
        line = lines[node.lineno - 1].encode()
        end = node.end_col_offset or len(line)
        lines[node.lineno - 1] = (line[: node.col_offset] + new.encode() + line[end:]).decode()
    return "\n".join(lines)
