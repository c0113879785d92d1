"""Literals of Python that are JSON values."""

from __future__ import annotations

import ast
import math

from nbdag_converters.model import Value

MOVE = "Move it to the cell below, or write the value itself."


class NotLiteralError(ValueError):
    """An expression is no literal: the reason, and what to do."""

    def __init__(self, node: ast.AST, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.node, self.problem, self.advice = node, problem, advice


def literal(node: ast.expr) -> Value:
    """Return the JSON value of a literal.

    Raises
    ------
    NotLiteralError
        If it is computed, or isn't exactly what JSON can hold.
    """
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        number = literal(node.operand)
        if isinstance(number, int | float) and not isinstance(number, bool):
            return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.Constant):
        return constant(node)
    if isinstance(node, ast.List):
        return [literal(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return dict(item_of(key, value) for key, value in zip(node.keys, node.values, strict=True))
    if isinstance(node, ast.Tuple):
        raise NotLiteralError(
            node,
            f"the tuple `{ast.unparse(node)}` stands",
            "Write a list, since the value of a parameter is JSON, which has no tuples.",
        )
    raise NotLiteralError(node, f"`{shortened(ast.unparse(node))}` is computed", MOVE)


def constant(node: ast.Constant) -> Value:
    """Return the JSON value of a constant."""
    value = node.value
    if isinstance(value, float) and not math.isfinite(value):
        raise NotLiteralError(
            node, "an infinite number stands", "Write the largest number you mean."
        )
    if value is None or isinstance(value, bool | int | float | str):
        return value
    kind = type(value).__name__
    raise NotLiteralError(
        node,
        f"`{shortened(ast.unparse(node))}` is of type {kind}",
        "A parameter's value is JSON. " + MOVE,
    )


def item_of(key: ast.expr | None, value: ast.expr) -> tuple[str, Value]:
    """Return one item of a dict."""
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key.value, literal(value)
    raise NotLiteralError(
        key or value, "a dict has a key that is no text", "A parameter's value is JSON. " + MOVE
    )


def shortened(text: str) -> str:
    """Return *text* with at most 60 characters."""
    return text if len(text) <= 60 else text[:57] + "..."
