"""Code that waits for somebody: `input()`, debuggers, callbacks of widgets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from .diagnostics import Diagnostic
from .notebook import Cell
from .python import names_bound
from .rules import Place, Rule, travel

DIALOGUE = frozenset({"input", "raw_input", "getpass"})
DEBUGGERS = frozenset({"breakpoint", "set_trace", "post_mortem", "embed"})
DEBUGGER_MODULES = frozenset({"pdb", "ipdb", "pudb", "IPython"})
WIDGET_MODULE = "ipywidgets"
CALLBACKS = frozenset(
    {"interact", "interactive", "interact_manual", "interactive_output", "observe", "on_click"}
)
# Most cells have none of these words, and need not be looked at.
WORDS = tuple(sorted(DIALOGUE | DEBUGGERS | CALLBACKS))
WHOLE_WORDS = re.compile(rf"\b({'|'.join(WORDS)})\b")


def interactions(cells: Sequence[tuple[Cell, ast.Module]]) -> tuple[Diagnostic, ...]:
    """Return the findings about code that waits for somebody, in the cells' order.

    A name that the notebook itself binds otherwise, such as `input = [1, 2]`, isn't meant.
    """
    suspects = [(cell, tree) for cell, tree in cells if is_suspect(cell.source)]
    if not suspects:
        return ()
    own = {name for _, tree in suspects for name in bound_otherwise(tree)}
    widgets = any(WIDGET_MODULE in cell.source for cell, _ in cells)
    return tuple(
        rule.at(place_of(cell, function), name=f"{ast.unparse(function)}()")
        for cell, tree in suspects
        for function, rule in waiting_calls(tree, own, widgets=widgets)
    )


def is_suspect(source: str) -> bool:
    """Return whether a cell has one of the words."""
    return any(word in source for word in WORDS) and bool(WHOLE_WORDS.search(source))


def waiting_calls(
    tree: ast.Module, own: set[str], *, widgets: bool
) -> Iterator[tuple[ast.expr, Rule]]:
    """Yield the functions whose calls, or use as decorators, wait; and the rules that say so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            uses = [node.func]
        elif isinstance(node, ast.FunctionDef):
            uses = [one for one in node.decorator_list if not isinstance(one, ast.Call)]
        else:
            continue
        for function in uses:
            rule = rule_of(function, own, widgets=widgets)
            if rule is not None:
                yield function, rule


def rule_of(function: ast.expr, own: set[str], *, widgets: bool) -> Rule | None:
    """Return the rule for a call of *function*."""
    if isinstance(function, ast.Name):
        name, module = function.id, ""
        if name in own:
            return None
    elif isinstance(function, ast.Attribute):
        name = function.attr
        module = function.value.id if isinstance(function.value, ast.Name) else "."
    else:
        return None
    if name in DIALOGUE and module in ("", "getpass", "builtins"):
        return travel.DIALOGUE
    if name in DEBUGGERS and (module in DEBUGGER_MODULES or name in ("breakpoint", "set_trace")):
        return travel.DEBUGGER
    return travel.WIDGET_CALLBACK if widgets and name in CALLBACKS else None


def bound_otherwise(tree: ast.Module) -> set[str]:
    """Return the names that *tree* binds, without those it imports from the modules themselves."""
    modules = DEBUGGER_MODULES | {"getpass", WIDGET_MODULE}
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in modules
        for alias in node.names
    }
    return set(names_bound(tree)) - imported - modules


def place_of(cell: Cell, node: ast.expr) -> Place:
    """Return the place of a node in its cell."""
    place = cell.place(node.lineno)
    same_line = node.end_lineno == node.lineno
    column = len(place.source.encode()[: node.col_offset].decode(errors="ignore")) + 1
    end = len(place.source.encode()[: node.end_col_offset].decode(errors="ignore")) + 1
    return Place(cell.number, node.lineno, column, end if same_line else None, place.source)
