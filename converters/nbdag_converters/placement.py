"""Which statements belong to which step, and which to none and are made again where needed."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from .analysis import Program, Statement
from .analysis.names import BUILTINS
from .dataflow import Placed
from .steps import Draft, DraftCell

SETUP_STEP = "setup"
_REMADE = frozenset({"import", "star", "definition", "constant", "setup", "nothing"})
#: Setup magics that display something when their cell runs.
_SPEAKING = frozenset({"cd", "env", "set_env", "pushd", "popd"})


def place(draft: Draft, program: Program) -> tuple[Placed, ...]:
    """Return all statements with their steps, in notebook order.

    Cells above the first step and cells tagged `imports` or `functions` belong to no step as long
    as all in them can be made again; the others form the step `setup`.
    """
    by_cell = _by_cell(program.statements)
    parameters = {(p.cell, p.name) for p in draft.parameters}
    everywhere = _imports_for_their_effect(program)
    floating: set[str] = set()
    placed: list[Placed] = []
    for cell in draft.cells:
        statements = by_cell.get(cell.cell.number, ())
        if cell.role == "skip":
            continue
        step = cell.step
        if step is None:
            movable = _all_remade(statements, floating, parameters)
            step = None if movable else SETUP_STEP
        for statement in statements:
            is_parameter = bool(parameters) and any(
                (statement.cell, n) in parameters for n in statement.binds
            )
            owner = None if is_parameter and cell.role == "parameters" else step
            names = {*statement.binds, *statement.may_bind}
            if owner is None:
                floating |= names
            else:
                floating -= names
            placed.append(
                Placed(
                    statement,
                    owner,
                    parameter=is_parameter and cell.role == "parameters",
                    everywhere=statement.kind == "import"
                    and (
                        cell.role == "imports" or bool(names & everywhere) or _is_future(statement)
                    ),
                )
            )
    return tuple(placed)


def _is_future(statement: Statement) -> bool:
    """Return whether the statement changes what Python itself means, in all cells below."""
    return isinstance(statement.node, ast.ImportFrom) and statement.node.module == "__future__"


def _by_cell(statements: Iterable[Statement]) -> Mapping[int, Sequence[Statement]]:
    found: dict[int, list[Statement]] = {}
    for statement in statements:
        found.setdefault(statement.cell, []).append(statement)
    return found


def _all_remade(
    statements: Iterable[Statement], floating: set[str], parameters: set[tuple[int, str]]
) -> bool:
    known = set(floating)
    for statement in statements:
        if statement.kind not in _REMADE or _speaks(statement):
            return False
        own = {*statement.binds, *statement.may_bind}
        is_parameter = any((statement.cell, n) in parameters for n in own)
        reads = set(statement.reads)
        if statement.kind == "setup":
            reads |= set(statement.late)
        itself = own if statement.kind == "definition" else set[str]()
        if not is_parameter and not reads <= known | itself | BUILTINS:
            return False
        known |= own
    return True


def _speaks(statement: Statement) -> bool:
    """Return whether the statement shows something, which a slice would not."""
    if statement.displays:
        return True
    return any(
        isinstance(node, ast.Constant) and node.value in _SPEAKING
        for call in ast.walk(statement.node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "run_line_magic"
        for node in call.args[:1]
    )


def _imports_for_their_effect(program: Program) -> frozenset[str]:
    """Return names that are imported and never used: the import itself may do something."""
    used = {name for s in program.everything for name in (*s.reads, *s.late)}
    return frozenset(
        name
        for name, dotted in program.imports.items()
        if name not in used and dotted.split(".")[0] not in sys.stdlib_module_names
    )


def steps_in_order(
    draft: Draft, placed: Sequence[Placed], branches: Callable[[str], tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the steps' names in the order of their first cell; `setup` is where its code is.

    *branches* gives the steps that a step of the user has become.
    """
    numbers: dict[str, int] = {}
    for cell in draft.cells:
        if cell.step is not None and cell.role != "skip":
            numbers.setdefault(cell.step, cell.cell.number)
    for item in placed:
        if item.step == SETUP_STEP:
            first = numbers.get(SETUP_STEP, item.statement.cell)
            numbers[SETUP_STEP] = min(first, item.statement.cell)
    order = sorted(numbers, key=lambda name: numbers[name])
    return tuple(branch for name in order for branch in branches(name))


def cells_of(draft: Draft, placed: Sequence[Placed]) -> Mapping[str, tuple[DraftCell, ...]]:
    """Return each step's cells in notebook order."""
    setup = {item.statement.cell for item in placed if item.step == SETUP_STEP}
    found: dict[str, list[DraftCell]] = {}
    for cell in draft.cells:
        step = cell.step
        if step is None and cell.cell.number in setup:
            step = SETUP_STEP
        if step is not None and cell.role != "skip":
            found.setdefault(step, []).append(cell)
    return {step: tuple(cells) for step, cells in found.items()}
