"""Python's own parser, without its warnings, and small questions to its trees."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a text is not Python; line and column count from 1, where they are known."""

    message: str
    line: int | None = None
    column: int | None = None
    end_column: int | None = None


def parse_python(text: str) -> ast.Module | SyntaxProblem:
    """Return the tree of a cell's text, in which `await` may stand at the top, or what is wrong.

    It is compiled too, for errors that the parser alone doesn't see: `return` outside a function.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compile(text, "<cell>", "exec", flags=flags, dont_inherit=True)
    except SyntaxError as error:
        return SyntaxProblem(
            (error.msg or "invalid syntax").rstrip("."),
            error.lineno or None,
            error.offset or None,
            error.end_offset if error.end_lineno == error.lineno and error.end_offset else None,
        )
    except (MemoryError, RecursionError):
        return SyntaxProblem("it is nested too deep")
    except ValueError as error:  # null bytes, lone surrogates
        return SyntaxProblem(str(error))
    return tree


def names_read(tree: ast.AST) -> tuple[str, ...]:
    """Return all names that are read anywhere in *tree*, in the order of the text."""
    return tuple(
        dict.fromkeys(
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )
    )


def names_bound(tree: ast.AST) -> Iterator[str]:
    """Yield all names that are bound anywhere in *tree*, in whatever scope."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
