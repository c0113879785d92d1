"""Steps whose code is one `if`: their branches become steps of their own, conditions of the DAG."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .analysis import Program, SourceCell
from .analysis.opened import OpenIf
from .dataflow import Branch, Choice, Placed
from .model import Condition, Decision
from .steps import Draft, StepDraft


def candidates(draft: Draft, cells: Sequence[SourceCell]) -> dict[int, str]:
    """Return the cells that are all the code of a step and one `if`, and their steps."""
    found: dict[int, str] = {}
    # what stands below a cell magic is no statement of the cell's own
    trees = {c.number: c.tree for c in cells if not c.raw.lstrip().startswith("%%")}
    cells_of: dict[str, list[int]] = {}
    for item in draft.cells:
        if item.step is not None and item.role != "skip":
            cells_of.setdefault(item.step, []).append(item.cell.number)
    for step in draft.steps:
        numbers = cells_of.get(step.name, [])
        trees_of_step = [trees[n] for n in numbers if n in trees]
        if len(trees_of_step) == 1 and _is_one_if(trees_of_step[0]):
            found[numbers[0]] = step.name
    return found


def _is_one_if(tree: ast.Module) -> bool:
    return len(tree.body) == 1 and isinstance(tree.body[0], ast.If)


def opened(cells: Sequence[SourceCell], numbers: dict[int, str]) -> list[SourceCell]:
    """Return the cells, those of *numbers* to be opened."""
    return [replace(cell, opened=True) if cell.number in numbers else cell for cell in cells]


@dataclass(frozen=True, slots=True)
class Branching:
    """The choices of a notebook, and the steps that their branches are, by the user's step."""

    choices: tuple[Choice, ...]
    drafts: tuple[StepDraft, ...]

    def names(self, step: str) -> tuple[str, ...]:
        """Return the steps that *step* has become, in order; itself where it has no branches."""
        for choice in self.choices:
            if choice.name == step:
                branches = tuple(branch.step for branch in choice.branches)
                return (choice.own_step, *branches)
        return (step,)


def branching(draft: Draft, program: Program, numbers: dict[int, str]) -> Branching:
    """Return the choices that *program* has opened."""
    taken = {step.name for step in draft.steps}
    choices: list[Choice] = []
    drafts: list[StepDraft] = []
    for found in program.opened:
        name = numbers[found.cell]
        base = next(step for step in draft.steps if step.name == name)
        branches: list[Branch] = []
        for branch in found.branches:
            own = _name(name, branch.index, taken)
            taken.add(own)
            placed = tuple(Placed(statement, own) for statement in branch.body)
            branches.append(Branch(own, branch.index, branch.text, placed))
            title = base.title if branch.index == 0 else f"{base.title} ({branch.text})"
            drafts.append(replace(base, name=own, title=title))
        decides = _free(f"{name}_if", taken)
        taken.add(decides)
        drafts.append(StepDraft(decides, f"if {found.tests[0]}", ()))
        choices.append(
            Choice(name, found.test, found.tests, tuple(branches), found.has_else, decides)
        )
    return Branching(tuple(choices), tuple(drafts))


def _name(step: str, index: int, taken: set[str]) -> str:
    if index == 0:
        return step
    return _free(f"{step}_else" if index == -1 else f"{step}_elif_{index}", taken)


def _free(name: str, taken: set[str]) -> str:
    number = 2
    found = name
    while found in taken:
        found = f"{name}_{number}"
        number += 1
    return found


def decision_of(choice: Choice) -> Decision:
    """Return the Decision of the step that decides."""
    return Decision(choice.name, choice.tests, choice.test.cell, choice.test.line)


def condition_of(source: str, choice: Choice, branch: Branch) -> Condition:
    """Return the Condition of one branch's step."""
    return Condition(source, choice.name, branch.index, branch.text, choice.test.line)


def in_order(placed: Sequence[Placed], choices: Sequence[Choice]) -> list[Placed | Choice]:
    """Return statements and choices in notebook order."""
    items: list[tuple[int, Placed | Choice]] = [(p.statement.index, p) for p in placed]
    items += [(choice.test.index, choice) for choice in choices]
    return [item for _, item in sorted(items, key=lambda pair: pair[0])]


__all__ = [
    "Branching",
    "OpenIf",
    "branching",
    "candidates",
    "condition_of",
    "decision_of",
    "in_order",
    "opened",
]
