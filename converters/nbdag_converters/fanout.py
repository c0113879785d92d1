"""Steps tagged `fan-out`: whether there is one loop, and its iterations may run at once."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .analysis import Statement
from .analysis.loops import Carried, Parallel
from .dataflow import Flow, Placed
from .diagnostics import Diagnostic
from .model import Loop
from .rules import control
from .steps import Draft


def loops_of(
    draft: Draft, placed: Sequence[Placed], flow: Flow
) -> tuple[dict[str, Loop], tuple[Diagnostic, ...]]:
    """Return the loops whose iterations run at once, by step, and what keeps the others in one."""
    loops: dict[str, Loop] = {}
    told: list[Diagnostic] = []
    cells = {cell.number: cell for cell in draft.notebook.cells}
    for step in draft.steps:
        if step.config.fan_out is None:
            continue
        own = [item.statement for item in placed if item.step == step.name]
        found = [s for s in own if isinstance(s.node, ast.For)]
        if len(found) != 1:
            place = step.cells[0].place()
            told.append(control.NO_LOOP.at(place, step=step.name, count=len(found) or "no"))
            continue
        statement = found[0]
        seen = _seen(statement, flow, cells[statement.cell].source)
        if isinstance(seen, Carried):
            place = cells[statement.cell].place(seen.line)
            told.append(control.FAN_OUT_INSIDE.at(place, step=step.name, why=seen.why))
            continue
        loops[step.name] = Loop(
            statement.cell, statement.line, step.config.fan_out, seen.gathers, seen.binds
        )
    return loops, tuple(told)


def _seen(statement: Statement, flow: Flow, source: str) -> Parallel | Carried:
    if source.lstrip().startswith("%%"):
        return Carried(1, "", "it stands below a cell magic")
    found = statement.loop
    if found is None or isinstance(found, Carried):
        return found or Carried(statement.line, "", "it is not a plain `for`")
    for name, why in flow.seen.get(statement.index, {}).items():
        return Carried(statement.line, name, why)
    seeded = {name.removeprefix("@random.") for name in flow.seeded}
    for use in statement.random:
        if use.generator in seeded:
            why = f"its random numbers come from the seeded generator of {use.generator}"
            return Carried(statement.line, use.generator, why)
    for alias in statement.aliases:
        if alias.target in found.binds or (statement.index, alias) not in flow.matters:
            continue
        for outer in sorted(_origins(statement, alias.source) - set(found.binds)):
            if outer != alias.target:
                why = f"'{alias.target}' and '{outer}' share an object that is changed later"
                return Carried(statement.line, outer, why)
    return found


def _origins(statement: Statement, name: str) -> set[str]:
    """Return the names whose objects *name* may hold, itself among them."""
    seen, todo = {name}, [name]
    while todo:
        at = todo.pop()
        fresh = {a.source for a in statement.aliases if a.target == at} - seen
        seen |= fresh
        todo += fresh
    return seen
