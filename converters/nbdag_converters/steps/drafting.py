"""From a notebook to its Draft."""

from __future__ import annotations

from collections.abc import Collection

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.interaction import interactions
from nbdag_converters.magics import to_python
from nbdag_converters.notebook import Notebook
from nbdag_converters.parameters.read import read_parameters
from nbdag_converters.rules import structure
from nbdag_converters.settings import read_settings

from .draft import Draft, DraftCell, StepDraft
from .metrics import metrics_of
from .order import declared_order
from .roles import TaggedCell, assign_roles, read_tags
from .step_settings import settings_of_step, settings_without_step
from .titles import titles_of


def draft(notebook: Notebook) -> Draft:
    """Return the steps of a notebook as its tags say; whatever is wrong is a diagnostic."""
    diagnostics: list[Diagnostic] = []
    config, found = read_settings(notebook.metadata)
    diagnostics += found
    tagged = tuple(read_tags(cell, diagnostics) for cell in notebook.cells)
    assigned = assign_roles(tagged)
    cells = tuple(part for _, part in assigned if part.cell.source.strip())
    sources = [
        (part.cell, to_python(part.cell.source, cell=part.cell.number))
        for part in cells
        if part.role != "skip"
    ]
    for _, source in sources:
        diagnostics += source.diagnostics
    diagnostics += interactions([(cell, source.tree) for cell, source in sources])
    parameters, found = read_parameters(
        tuple(part.cell for part in cells if part.role == "parameters")
    )
    diagnostics += found
    steps = draft_steps(notebook, assigned, diagnostics)
    diagnostics += settings_without_step(assigned)
    if not any(part.role != "skip" for part in cells):
        diagnostics.append(structure.EMPTY.at(name=notebook.name))
    return Draft(
        notebook=notebook,
        cells=cells,
        steps=steps,
        parameters=parameters,
        config=config,
        diagnostics=in_order(diagnostics),
    )


def draft_steps(
    notebook: Notebook,
    assigned: tuple[tuple[TaggedCell, DraftCell], ...],
    diagnostics: list[Diagnostic],
) -> tuple[StepDraft, ...]:
    """Return the steps by first appearance; findings are added to *diagnostics*."""
    members: dict[str, list[tuple[TaggedCell, DraftCell]]] = {}
    for tagged, part in assigned:
        if part.step is not None:
            members.setdefault(part.step, []).append((tagged, part))
    with_code = {
        name: cells
        for name, parts in members.items()
        if (cells := tuple(part.cell for _, part in parts if part.cell.source.strip()))
    }
    named = {tag.values["name"] for tagged, _ in assigned for tag in tagged.of_kind("step")}
    diagnostics += steps_without_code(assigned, with_code=with_code.keys())
    titles = titles_of(notebook.cells, {name: cells[0] for name, cells in with_code.items()})
    order = declared_order(assigned, members=members, with_code=tuple(with_code), named=named)
    diagnostics += order.diagnostics
    steps: list[StepDraft] = []
    for name, cells in with_code.items():
        parts = tuple(tagged for tagged, _ in members[name])
        config, found = settings_of_step(name, parts)
        diagnostics += found
        metrics, found = metrics_of(parts)
        diagnostics += found
        after = order.after.get(name, ())
        steps.append(StepDraft(name, titles.get(name, name), cells, config, after, metrics))
    return tuple(steps)


def steps_without_code(
    assigned: tuple[tuple[TaggedCell, DraftCell], ...], *, with_code: Collection[str]
) -> list[Diagnostic]:
    """Return the findings about steps whose cells are all empty or skipped, at their first cell."""
    first: dict[str, TaggedCell] = {}
    for tagged, part in assigned:
        if tagged.step and (part.step == tagged.step or part.role == "skip"):
            first.setdefault(tagged.step, tagged)
    return [
        structure.STEP_WITHOUT_CODE.at(tagged.place, step=name)
        for name, tagged in first.items()
        if name not in with_code
    ]


def in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the findings by place, those about the whole notebook first."""
    return tuple(
        sorted(
            dict.fromkeys(diagnostics),
            key=lambda one: (one.cell or 0, one.line or 0, one.column or 0, one.code),
        )
    )
