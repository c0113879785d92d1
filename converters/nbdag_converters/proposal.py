"""Tags for a notebook that has none: a step for each heading, or for each code cell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from .errors import NotebookError
from .magics import to_python
from .notebook import Cell, Notebook
from .rules import Place, structure
from .steps.titles import headings
from .tags import Tag, parse_tag, step_slug
from .tags.fields import LONGEST_NAME

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
By: TypeAlias = Literal["heading", "cell"]


def propose(notebook: Notebook, by: By) -> tuple[tuple[str, ...], ...]:
    """Return the tags of all cells, those that they have and `step:` tags.

    Cells at the top that only import and define stay without, so that they are replicated. By
    heading, steps begin at headings of the first level that gives two steps or more.

    Raises
    ------
    NotebookError
        If it has steps already, or no headings.
    """
    for cell in notebook.cells:
        if any(tag.directive.kind == "step" for tag in tags_of(cell)):
            finding = structure.ALREADY_TAGGED.at(Place(cell=cell.number))
            raise NotebookError((finding,))
    code = tuple(below_definitions(tuple(cell for cell in notebook.cells if takes_part(cell))))
    if by == "cell":
        names = {cell.number: f"cell_{index}" for index, cell in enumerate(code, start=1)}
    else:
        names = names_by_heading(notebook, code)
    return tuple(
        (f"step:{names[cell.number]}", *cell.tags) if cell.number in names else cell.tags
        for cell in notebook.cells
    )


def tags_of(cell: Cell) -> tuple[Tag, ...]:
    """Return the tags of a cell that are nbdag's and right."""
    return tuple(tag for tag in map(parse_tag, cell.tags) if isinstance(tag, Tag))


def takes_part(cell: Cell) -> bool:
    """Return whether a cell may become part of a step."""
    roles = {tag.directive.role for tag in tags_of(cell)} - {None, "metrics"}
    return cell.kind == "code" and bool(cell.source.strip()) and not roles


def below_definitions(cells: tuple[Cell, ...]) -> Iterator[Cell]:
    """Yield the cells from the first one that does more than import and define."""
    above = True
    for cell in cells:
        above = above and only_defines(cell)
        if not above:
            yield cell


def only_defines(cell: Cell) -> bool:
    """Return whether a cell has imports, definitions, constants and IPython's setup only."""
    source = to_python(cell.source)
    setup = {magic.line for magic in source.magics if magic.setup}
    return not source.diagnostics and all(
        isinstance(statement, DEFINITIONS)
        or statement.lineno in setup
        or (
            isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign)
            and isinstance(statement.value, ast.Constant)
        )
        for statement in source.tree.body
    )


def names_by_heading(notebook: Notebook, code: tuple[Cell, ...]) -> dict[int, str]:
    """Return the names of steps by the number of their first cell."""
    numbers = {cell.number for cell in code}
    found = [
        (cell.number, level, text)
        for cell in notebook.cells
        if cell.kind == "markdown"
        for level, text in headings(cell.source)
    ]
    best: dict[int, str] = {}
    for depth in sorted({level for _, level, _ in found}):
        starts = {
            first: text
            for start, level, text in found
            if level <= depth and (first := first_below(start, numbers)) is not None
        }
        best = starts if len(starts) > len(best) else best
        if len(best) >= 2:
            break
    if not best:
        raise NotebookError((structure.NO_HEADINGS.at(name=notebook.name),))
    # Code above the first heading stays without a step: it is replicated, or becomes `setup`.
    return unique_names(best)


def first_below(start: int, numbers: set[int]) -> int | None:
    """Return the number of the first code cell below the cell *start*."""
    return min((number for number in numbers if number > start), default=None)


def unique_names(titles: dict[int, str]) -> dict[int, str]:
    """Return a legal and unique name for each title."""
    names: dict[int, str] = {}
    for number, title in sorted(titles.items()):
        slug = step_slug(re.sub(r"^[\d.]+[.):]?\s+", "", title)) or f"step_{len(names) + 1}"
        name, count = slug, 1
        while name in names.values():
            count += 1
            name = f"{slug[: LONGEST_NAME - len(str(count)) - 1]}_{count}"
        names[number] = name
    return names
