"""Which role each code cell has, and which step it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.notebook import Cell
from nbdag_converters.rules import Place, structure
from nbdag_converters.tags import Tag, parse_tag

from .draft import DraftCell, Role

ONLY_STEP = "notebook"
METRICS_STEP = "metrics"


@dataclass(frozen=True, slots=True)
class TaggedCell:
    """A cell with its tags of nbdag's that are right. `role` and `step` are what they say."""

    cell: Cell
    tags: tuple[Tag, ...]
    role: Role | None
    step: str | None

    def of_kind(self, kind: str) -> tuple[Tag, ...]:
        """Return the tags of that kind."""
        return tuple(tag for tag in self.tags if tag.directive.kind == kind)

    @property
    def place(self) -> Place:
        """Return the cell's place."""
        return Place(cell=self.cell.number)


def read_tags(cell: Cell, diagnostics: list[Diagnostic]) -> TaggedCell:
    """Return a cell with its tags read; findings are added to *diagnostics*."""
    place = Place(cell=cell.number)
    tags: list[Tag] = []
    for text in cell.tags:
        tag = parse_tag(text, place=place)
        if isinstance(tag, Diagnostic):
            diagnostics.append(tag)
        elif tag is not None:
            tags.append(tag)
    if cell.kind != "code":
        diagnostics += [
            structure.TAG_ON_TEXT.at(place, tag=tag.text, kind=cell.kind) for tag in tags
        ]
        return TaggedCell(cell, (), None, None)
    return TaggedCell(cell, tuple(tags), *role_of(tags, place, diagnostics))


def role_of(
    tags: list[Tag], place: Place, diagnostics: list[Diagnostic]
) -> tuple[Role | None, str | None]:
    """Return the role and the step that a cell's tags say."""
    steps = [tag for tag in tags if tag.directive.kind == "step"]
    roles = [tag for tag in tags if tag.directive.kind == "role"]
    step: str | None = steps[0].values["name"] if steps else None
    for other in steps[1:]:
        if other.values["name"] != step:
            diagnostics.append(
                structure.TWO_STEPS.at(place, first=step, second=other.values["name"])
            )
            break
    if any(tag.directive.role == "skip" for tag in roles):
        return "skip", step
    role = roles[0].directive.role if roles else None
    for other in roles[1:]:
        if other.directive.role != role:
            diagnostics.append(
                structure.TWO_ROLES.at(place, first=roles[0].text, second=other.text)
            )
            break
    if step is not None and role not in (None, "metrics"):
        diagnostics.append(structure.TWO_ROLES.at(place, first=steps[0].text, second=roles[0].text))
    if role is not None:
        return role, step if role == "metrics" else None
    return ("step" if step is not None else None), step


def assign_roles(cells: tuple[TaggedCell, ...]) -> tuple[tuple[TaggedCell, DraftCell], ...]:
    """Return each code cell with its role and step.

    A cell without a role belongs to the step above it; above the first step it is preamble.
    Without any step in the notebook all such cells are one step.
    """
    code = [tagged for tagged in cells if tagged.cell.kind == "code"]
    above: str | None = None if any(tagged.step for tagged in code) else ONLY_STEP
    parts: list[tuple[TaggedCell, DraftCell]] = []
    for tagged in code:
        above = tagged.step or above
        parts.append((tagged, part_of(tagged, above)))
    return tuple(parts)


def part_of(tagged: TaggedCell, above: str | None) -> DraftCell:
    """Return a cell's role and step; *above* is the step of the cells above it."""
    match tagged.role:
        case "step":
            return DraftCell(tagged.cell, "step", tagged.step)
        case "metrics":
            return DraftCell(tagged.cell, "metrics", tagged.step or METRICS_STEP)
        case None:
            role: Role = "preamble" if above is None else "step"
            return DraftCell(tagged.cell, role, above)
        case role:
            return DraftCell(tagged.cell, role)
