"""Special methods of the notebook's classes, which syntax calls.

`o["a"]` is `o.__getitem__("a")`, and may change `o`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import calls
from .facts import KNOWN
from .names import root

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
            visitor.change(root(node).name, summary.change_of("self", method=True))
            if visitor.is_top:
                calls.apply(visitor, summary)


def expression(visitor: Visitor, node: ast.AST) -> None:
    """Note what evaluating *node*, its parts left out, may call."""
    match node:
        case ast.Attribute(value=value, attr=attr, ctx=ast.Load()):
            use(visitor, value, attr, "__getattr__", "__getattribute__")
        case ast.Subscript(value=value, ctx=ast.Load()):
            use(visitor, value, "__getitem__", "__missing__")
            if visitor.kind(value) == "defaultdict":  # asking for what is missing sets it
                visitor.change(root(value).name, KNOWN)
        case ast.BinOp(left=left, op=op, right=right):
            name = _OPERATORS[type(op)]
            use(visitor, left, f"__{name}__")
            use(visitor, right, f"__r{name}__")
        case ast.UnaryOp(op=op, operand=operand):
            use(visitor, operand, f"__{_OPERATORS[type(op)]}__")
        case ast.Compare(left=left, ops=ops, comparators=others):
            for compared, other in zip(ops, others, strict=True):
                name = f"__{_OPERATORS.get(type(compared), 'eq')}__"
                use(visitor, left, name)
                use(visitor, other, name)
        case ast.FormattedValue(value=value):
            use(visitor, value, "__format__", "__str__", "__repr__")
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if (
            visitor.dotted(node.func) == name
        ):
            use(
                visitor, first, f"__{name}__", *(("__str__", "__repr__") if name == "print" else ())
            )
        case _:
            pass
