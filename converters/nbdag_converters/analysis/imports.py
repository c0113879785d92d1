"""Names that stand for modules and their members: `np` is numpy, `root` is math.sqrt."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from .names import BUILTINS

#: What people call libraries that a magic or a star import brought in.
USUAL = {"plt": "matplotlib.pyplot", "np": "numpy", "pd": "pandas", "sns": "seaborn"}
CANONICAL = {"matplotlib.pylab": "matplotlib.pyplot", "pylab": "pylab"}


def imported_names(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Return for each name that an import binds anywhere the dotted name that it stands for."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            for alias in node.names:
                if alias.name != "*":
                    found[alias.asname or alias.name] = f"{prefix}.{alias.name}"
    return {name: CANONICAL.get(dotted, dotted) for name, dotted in found.items()}


def star_modules(nodes: Iterable[ast.AST]) -> tuple[str, ...]:
    """Return the modules from which the notebook imports `*`."""
    return tuple(
        node.module or ""
        for node in nodes
        if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names)
    )


def dotted(
    node: ast.AST, imports: Mapping[str, str], assigned: Iterable[str] = (), star: str = ""
) -> str | None:
    """Return the dotted name of an expression: `np.random.seed` is `numpy.random.seed`.

    A call in between shows as `()`. None where the root is not a module, a builtin or an imported
    name. *star* is a module whose names were imported by `*`.
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.reverse()
    if isinstance(node, ast.Call):
        base = dotted(node.func, imports, assigned, star)
        base = base and base + "()"
    elif isinstance(node, ast.Name):
        base = _base(node.id, imports, assigned, star)
    else:
        base = None
    return ".".join([base, *parts]) if base else None


def _base(name: str, imports: Mapping[str, str], assigned: Iterable[str], star: str) -> str | None:
    if name in imports:
        return imports[name]
    if name in assigned:
        return None
    if name in BUILTINS:
        return name
    return USUAL.get(name) or (f"{star}.{name}" if star else None)
