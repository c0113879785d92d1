"""Kinds: a coarse guess at the type of an expression, enough to tell what a method does.

`number str bool none module function` can't change in place; `fresh` is a new object that shares
nothing; `immutable` a tuple of such; others name a type or a library.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .knowledge import drawing, functions, hidden
from .names import children

if TYPE_CHECKING:
    from .visitor import Visitor

IMMUTABLE = frozenset({"number", "str", "bool", "none", "module", "function", "immutable"})
UNSHARED = IMMUTABLE | {"fresh", "comparison"}

_NUMBERS = frozenset(["len", "int", "float", "round", "sum", "abs", "hash", "id", "ord", "bool"])
_TEXTS = frozenset(["str", "repr", "format", "chr", "ascii"])
_PLOTS = re.compile(r"^matplotlib\.(pyplot|figure|axes|gridspec|animation)\b")
_LITERALS: dict[type[ast.AST], str] = {
    ast.JoinedStr: "str",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.GeneratorExp: "iterator",
    ast.Lambda: "function",
    ast.Compare: "comparison",
}


def kind_of(node: ast.expr, visitor: Visitor) -> str | None:
    """Return the kind of *node* as seen from *visitor*'s place; None where it is not known."""
    infer = _INFERENCES.get(type(node))
    return infer(node, visitor) if infer is not None else _LITERALS.get(type(node))


def _constant(node: ast.Constant, visitor: Visitor) -> str:
    del visitor
    if isinstance(node.value, (int, float, complex)):
        return "number"
    return "str" if isinstance(node.value, (str, bytes)) else "none"


def _tuple(node: ast.Tuple, visitor: Visitor) -> str:
    fixed = all(kind_of(item, visitor) in IMMUTABLE for item in node.elts)
    return "immutable" if fixed else "tuple"


def _unary(node: ast.UnaryOp, visitor: Visitor) -> str:
    return "number" if kind_of(node.operand, visitor) == "number" else "fresh"


def _name(node: ast.Name, visitor: Visitor) -> str | None:
    return visitor.kind_of_name(node.id)


def _subscript(node: ast.Subscript, visitor: Visitor) -> str | None:
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        return "number"
    kind = kind_of(node.value, visitor)
    return kind if kind in ("pandas", "numpy", "plot", "str") else None


def _either(node: ast.IfExp, visitor: Visitor) -> str | None:
    kind = kind_of(node.body, visitor)
    return kind if kind == kind_of(node.orelse, visitor) else None


def _inner(node: ast.NamedExpr | ast.Await, visitor: Visitor) -> str | None:
    return kind_of(node.value, visitor)


def _operation(node: ast.BinOp, visitor: Visitor) -> str:
    left, right = kind_of(node.left, visitor), kind_of(node.right, visitor)
    if left == right == "number":
        return "number"
    if "path" in (left, right):
        return "path"
    if "str" in (left, right):
        return "str"
    if left == right and left in ("list", "set"):
        # the elements of both lists are in the new one
        return left
    if left in ("list", "tuple") or right in ("list", "tuple"):
        return "list"
    return left if left in ("pandas", "numpy") and right in (left, "number") else "fresh"


def _attribute(node: ast.Attribute, visitor: Visitor) -> str | None:
    if node.attr in ("shape", "ndim", "size", "dtype", "__name__", "nbytes"):
        return "immutable"
    kind = kind_of(node.value, visitor)
    if kind == "pandas":
        return "numpy" if node.attr == "values" else "pandas"
    if kind == "path":
        return "path" if node.attr in ("parent",) else "str"
    return kind if kind in ("numpy", "plot") else None


_BY_PREFIX = (
    (re.compile(r"^(pathlib\.\w*Path)$"), "path"),
    (re.compile(r"^collections\.defaultdict$"), "defaultdict"),
    (re.compile(r"^(itertools\.)"), "iterator"),
    (hidden.MAKES_GENERATOR, "generator"),
    (re.compile(r"^(seaborn\.load_dataset|pandas\.)"), "pandas"),
    (_PLOTS, "plot"),
    (re.compile(r"^(seaborn|mpl_toolkits)\."), "plot"),
    (re.compile(r"^(numpy|scipy)\."), "numpy"),
    (re.compile(r"^re\.compile$"), "immutable"),
    (re.compile(r"^(itertools\.|contextlib\.ExitStack)"), "iterator"),
)


@lru_cache(maxsize=1 << 12)
def _function_result(name: str) -> str | None:
    if name in functions.FRESH:
        return "number" if name in _NUMBERS else "str" if name in _TEXTS else "immutable"
    if name in functions.ITERATOR_MAKERS or name == "open":
        return "iterator"
    if name in ("list", "sorted", "dict", "set"):
        return "list" if name == "sorted" else name
    return next((kind for pattern, kind in _BY_PREFIX if pattern.match(name)), None)


def _call(node: ast.Call, visitor: Visitor) -> str | None:
    name = visitor.dotted(node.func)
    if name:
        kind = _function_result(name)
        if kind:
            return kind
        last = name.split(".")[-1]
        if name.startswith("sklearn.") and last in _HOLDING_ESTIMATORS:
            parts = (*node.args, *(k.value for k in node.keywords))
            return _drawing(any(_may_draw(part, visitor) for part in parts))
        if name.startswith("sklearn.") and last[:1].isupper():
            return _drawing(last in drawing.DRAWING and not _is_seeded(node))
    if isinstance(node.func, ast.Attribute) and not name:
        return _method_result(node.func, visitor)
    return None


#: Estimators that draw where one that they hold does.
_HOLDING_ESTIMATORS = frozenset({"Pipeline", "GridSearchCV", "make_pipeline"})


def _drawing(draws: bool) -> str:  # noqa: FBT001 - it is the only thing said
    return "drawing-estimator" if draws else "estimator"


def _is_seeded(node: ast.Call) -> bool:
    return any(
        k.arg == "random_state"
        and not (isinstance(k.value, ast.Constant) and k.value.value is None)
        for k in node.keywords
    )


def _may_draw(node: ast.expr, visitor: Visitor) -> bool:
    """Return whether an argument of an estimator may hold one that draws."""
    match node:
        case ast.Constant():
            return False
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
            return any(_may_draw(part, visitor) for part in parts)
        case _:
            return kind_of(node, visitor) in (None, "drawing-estimator", "generator")


_SAME_KIND = {"plot": "plot", "generator": "numpy", "numpy": "numpy"}


def _method_result(func: ast.Attribute, visitor: Visitor) -> str | None:
    kind, method = kind_of(func.value, visitor), func.attr
    if kind == "str":
        return "list" if method in ("split", "rsplit", "splitlines", "partition") else "str"
    if kind == "path":
        return "path" if method in ("joinpath", "resolve", "absolute", "with_suffix") else None
    if method in ("to_numpy", "tolist", "to_list"):
        return "numpy" if method == "to_numpy" else "list"
    if kind == "pandas":
        return "plot" if method in ("plot", "hist", "boxplot") else "pandas"
    if kind in ("estimator", "drawing-estimator"):
        return kind if method in ("fit", "set_params") else "numpy"
    if kind in _SAME_KIND:
        return _SAME_KIND[kind]
    return "fresh" if method in ("copy", "deepcopy") and kind not in ("list", "dict") else None


_INFERENCES: dict[type[ast.expr], Callable[[Any, Visitor], str | None]] = {
    ast.Constant: _constant,
    ast.Tuple: _tuple,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Name: _name,
    ast.Call: _call,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.IfExp: _either,
    ast.NamedExpr: _inner,
    ast.Await: _inner,
}

_LITERAL_NODES = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.UnaryOp,
    ast.BinOp,
    ast.JoinedStr,
    ast.FormattedValue,
)


def is_literal(node: ast.expr, names: set[str] | None = None) -> bool:
    """Return whether *node* is made of literals only.

    With *names* given, plain names and attributes of names are allowed and gathered there.
    """
    if names is not None and isinstance(node, ast.Name):
        names.add(node.id)
        return True
    if names is not None and isinstance(node, ast.Attribute):
        return not isinstance(node.value, ast.Subscript) and is_literal(node.value, names)
    if not isinstance(node, _LITERAL_NODES):
        return False
    parts = [child for child in children(node) if isinstance(child, ast.expr)]
    return all(is_literal(part, names) for part in parts)
