"""Makes Python source small: no comments, docstrings, annotations and blank lines.

The result is the same on each version of Python, since nothing but whole tokens is removed.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator
from typing import TypeAlias

Place: TypeAlias = tuple[int, int]


def minify(source: str) -> str:
    """Return *source* without what only readers need, indented by one space a level.

    The fields of a NamedTuple and of a dataclass keep their annotations, which make them fields;
    those of a Record are annotated by `0`.
    """
    removed = sorted(_removed(ast.parse(source), source.splitlines()))
    starts = [first for first, _, _ in removed]
    lines: list[str] = []
    line, level = "", 0
    for kind, text, start, _, _ in tokenize.generate_tokens(io.StringIO(source).readline):
        if kind in {tokenize.INDENT, tokenize.DEDENT}:
            level += 1 if kind == tokenize.INDENT else -1
        elif kind == tokenize.NEWLINE:
            lines.append(line)
            line = ""
        elif kind not in {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER}:
            word = text
            at = bisect_right(starts, start) - 1
            if at >= 0 and start < removed[at][1]:
                word = removed[at][2] if starts[at] == start else ""
            gap = " " if line and word and _would_join(line, word) else ""
            line = line + gap + word if line or not word else " " * level + word
    return _without_typing("\n".join(text for text in lines if text.strip()) + "\n")


def _would_join(before: str, after: str) -> bool:
    """Return whether two tokens would become one without a space."""
    return bool(re.fullmatch(r"[\w\"'][\w\"']", before[-1:] + after[:1])) or (
        before[-1:] == after[:1] and after[:1] in "=*<>/-+."
    )


def _removed(tree: ast.AST, lines: list[str]) -> Iterator[tuple[Place, Place, str]]:
    """Yield where the source is cut, and what stands there instead."""
    fields = _statements(tree, "NamedTuple", "dataclass")
    records = _statements(tree, "Record")
    for node in ast.walk(tree):
        yield from _docstring(node)
        if isinstance(node, ast.arg) and node.annotation is not None:
            column = _character(lines, node.lineno, node.col_offset) + len(node.arg)
            yield (node.lineno, column), _end(lines, node.annotation), ""
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            column = _character(lines, node.returns.lineno, node.returns.col_offset)
            arrow = lines[node.returns.lineno - 1].rindex("->", 0, column)
            yield (node.returns.lineno, arrow), _end(lines, node.returns), ""
        elif isinstance(node, ast.AnnAssign) and node in records:
            column = _character(lines, node.annotation.lineno, node.annotation.col_offset)
            yield (node.annotation.lineno, column), _end(lines, node.annotation), "0"
        elif isinstance(node, ast.AnnAssign) and node not in fields:
            start = (
                _end(lines, node.target)
                if node.value is not None
                else (node.lineno, node.col_offset)
            )
            yield start, _end(lines, node.annotation), ""


def _statements(tree: ast.AST, *kinds: str) -> set[ast.stmt]:
    """Return the statements in the bodies of classes of those kinds."""
    return {
        statement
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and _is_a(node, *kinds)
        for statement in node.body
    }


def _is_a(node: ast.ClassDef, *kinds: str) -> bool:
    """Return whether a base or decorator of the class is one of *kinds*."""
    marks = [*node.bases, *node.decorator_list]
    names = {
        name.id
        for mark in marks
        if isinstance(name := mark.func if isinstance(mark, ast.Call) else mark, ast.Name)
    }
    return not names.isdisjoint(kinds)


def _docstring(node: ast.AST) -> Iterator[tuple[Place, Place, str]]:
    if (
        isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
    ):
        first = node.body[0]
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and first.end_lineno
        ):
            alone = len(node.body) == 1
            yield (
                (first.lineno, first.col_offset),
                (first.end_lineno, first.end_col_offset or 0),
                "pass" if alone else "",
            )


def _character(lines: list[str], line: int, offset: int) -> int:
    """Return the column in characters of an *offset* in bytes."""
    return len(lines[line - 1].encode()[:offset].decode())


def _end(lines: list[str], node: ast.expr) -> Place:
    line = node.end_lineno or node.lineno
    return line, _character(lines, line, node.end_col_offset or 0)


def _without_typing(source: str) -> str:
    """Remove the imports that only annotations needed."""
    kept: list[str] = []
    for line in source.splitlines():
        found = re.fullmatch(r"from typing import (.*)", line)
        if found:
            names = [
                name for name in found[1].split(",") if len(re.findall(rf"\b{name}\b", source)) > 1
            ]
            line = f"from typing import {','.join(names)}" if names else ""  # noqa: PLW2901
        kept.append(line)
    text = "\n".join(line for line in kept if line) + "\n"
    return (
        text
        if re.search(r"^ +\w+:", text, re.MULTILINE) and re.search("NamedTuple|@dataclass", text)
        else text.replace("from __future__ import annotations\n", "")
    )
