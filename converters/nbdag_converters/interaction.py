"""Code that waits for somebody: `input()`, debuggers, callbacks of widgets."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

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


def interactions(
    trees: Mapping[int, ast.Module], cells: Mapping[int, Cell]
) -> tuple[Diagnostic, ...]:
    """Return the findings about code that waits for somebody, by cell.

    A name that the notebook itself binds otherwise, such as `input = [1, 2]`, isn't meant.
    """
    own = {name for tree in trees.values() for name in bound_otherwise(tree)}
    widgets = any(imports_widgets(tree) for tree in trees.values())
    found: list[Diagnostic] = []
    for number, tree in trees.items():
        for node, name, rule in waiting_calls(tree, own, widgets=widgets):
            found.append(rule.at(place_of(cells[number], node), name=f"{name}()"))
    return tuple(found)


def waiting_calls(
    tree: ast.Module, own: set[str], *, widgets: bool
) -> Iterator[tuple[ast.expr, str, Rule]]:
    """Yield the expressions that wait, their names, and the rules that say so."""
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
                yield function, ast.unparse(function), rule


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
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] in {"getpass", WIDGET_MODULE, *DEBUGGER_MODULES}
        for alias in node.names
    }
    modules = {"getpass"} if "getpass" not in imported else set[str]()
    return set(names_bound(tree)) - imported - modules


def imports_widgets(tree: ast.Module) -> bool:
    """Return whether a cell imports ipywidgets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        if any(name.partition(".")[0] == WIDGET_MODULE for name in names):
            return True
    return False


def place_of(cell: Cell, node: ast.expr) -> Place:
    """Return the place of a node in its cell."""
    place = cell.place(node.lineno)
    same_line = node.end_lineno == node.lineno
    column = len(place.source.encode()[: node.col_offset].decode(errors="ignore")) + 1
    end = len(place.source.encode()[: node.end_col_offset].decode(errors="ignore")) + 1
    return Place(cell.number, node.lineno, column, end if same_line else None, place.source)
