"""The settings of a step, put together from the tags of all its cells."""

from __future__ import annotations

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import StepConfig
from nbdag_converters.rules import structure
from nbdag_converters.tags import Tag, step_config

from .draft import DraftCell
from .roles import TaggedCell


def settings_of_step(
    name: str, cells: tuple[TaggedCell, ...]
) -> tuple[StepConfig, list[Diagnostic]]:
    """Return the settings that a step's cells say, and which of them contradict each other."""
    said: dict[tuple[str, object], tuple[Tag, TaggedCell]] = {}
    diagnostics: list[Diagnostic] = []
    for tagged in cells:
        for tag in tagged.of_kind("setting"):
            directive = tag.directive
            key = (directive.sets, directive.identity(tag.setting) if directive.many else None)
            other = said.setdefault(key, (tag, tagged))
            if other[0].setting != tag.setting:
                diagnostics.append(
                    structure.CONTRADICTION.at(
                        tagged.place,
                        tag=tag.text,
                        other=other[0].text,
                        other_cell=other[1].cell.number,
                        step=name,
                    )
                )
    return step_config(tuple(tag for tag, _ in said.values())), diagnostics


def settings_without_step(
    assigned: tuple[tuple[TaggedCell, DraftCell], ...],
) -> list[Diagnostic]:
    """Return the findings about settings and edges on cells that belong to no step."""
    return [
        structure.SETTING_WITHOUT_STEP.at(tagged.place, tag=tag.text)
        for tagged, part in assigned
        if part.step is None and part.role != "skip"
        for tag in (*tagged.of_kind("setting"), *tagged.of_kind("order"))
    ]
