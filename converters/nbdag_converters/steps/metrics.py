"""The metrics that a cell tagged `metrics` names."""

from __future__ import annotations

import ast

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.magics import to_python
from nbdag_converters.rules import settings

from .roles import TaggedCell


def metrics_of(cells: tuple[TaggedCell, ...]) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """Return the metrics of a step's cells, in order, and what is wrong."""
    names: dict[str, None] = {}
    diagnostics: list[Diagnostic] = []
    for tagged in cells:
        if tagged.role == "metrics" and tagged.cell.source.strip():
            source = to_python(tagged.cell.source, cell=tagged.cell.number)
            found = metrics_in(source.tree)
            names.update(dict.fromkeys(found))
            if not found and not source.diagnostics:
                tag = next(t.text for t in tagged.tags if t.directive.role == "metrics")
                diagnostics.append(settings.NO_METRIC.at(tagged.place, tag=tag))
    return tuple(names), diagnostics


def metrics_in(tree: ast.Module) -> tuple[str, ...]:
    """Return the names in top-level lines `print(name)` and `name`."""
    found: list[str] = []
    for statement in tree.body:
        if not isinstance(statement, ast.Expr):
            continue
        value = statement.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            shown = value.args if value.func.id in ("print", "display") else []
        else:
            shown = [value]
        found.extend(name.id for name in shown if isinstance(name, ast.Name))
    return tuple(dict.fromkeys(found))
