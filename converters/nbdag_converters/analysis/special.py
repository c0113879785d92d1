"""Special methods of the notebook's classes, which syntax calls.

`o["a"]` is `o.__getitem__("a")`, and may change `o`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .applied import apply
from .facts import KNOWN
from .names import root_name

if TYPE_CHECKING:
    from .visitor import Visitor

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.In: "contains",
    ast.NotIn: "contains",
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Invert: "invert",
    ast.Not: "bool",
}


def use(visitor: Visitor, node: ast.expr | None, *methods: str) -> None:
    """Let *node*'s object be used by syntax that calls these methods, where a class has them."""
    known = visitor.world.summaries.methods
    if node is None or not known:
        return
    for method in methods:
        for summary in known.get(method, ()):
            visitor.change(root_name(node), summary.change_of("self", method=True))
            if visitor.is_top:
                apply(visitor, summary)


def _attribute(visitor: Visitor, node: ast.Attribute) -> None:
    if isinstance(node.ctx, ast.Load):
        use(visitor, node.value, node.attr, "__getattr__", "__getattribute__")


def _subscript(visitor: Visitor, node: ast.Subscript) -> None:
    if isinstance(node.ctx, ast.Load):
        use(visitor, node.value, "__getitem__", "__missing__")
        if visitor.kind(node.value) == "defaultdict":  # asking for what is missing sets it
            visitor.change(root_name(node.value), KNOWN)


def _operation(visitor: Visitor, node: ast.BinOp) -> None:
    name = _OPERATORS[type(node.op)]
    use(visitor, node.left, f"__{name}__")
    use(visitor, node.right, f"__r{name}__")


def _unary(visitor: Visitor, node: ast.UnaryOp) -> None:
    use(visitor, node.operand, f"__{_OPERATORS[type(node.op)]}__")


def _comparison(visitor: Visitor, node: ast.Compare) -> None:
    for compared, other in zip(node.ops, node.comparators, strict=True):
        name = f"__{_OPERATORS.get(type(compared), 'eq')}__"
        use(visitor, node.left, name)
        use(visitor, other, name)


def _formatted(visitor: Visitor, node: ast.FormattedValue) -> None:
    use(visitor, node.value, "__format__", "__str__", "__repr__")


def _builtin(visitor: Visitor, node: ast.Call) -> None:
    """`len(o)` calls `o.__len__`."""
    if visitor.world.summaries.methods and isinstance(node.func, ast.Name) and node.args:
        name = node.func.id
        if visitor.dotted(node.func) == name:
            shown = ("__str__", "__repr__") if name == "print" else ()
            use(visitor, node.args[0], f"__{name}__", *shown)


#: What evaluating a node, its parts left out, may call.
NOTES: dict[type[ast.AST], Callable[[Visitor, Any], None]] = {
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _comparison,
    ast.FormattedValue: _formatted,
    ast.Call: _builtin,
}
