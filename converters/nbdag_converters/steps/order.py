"""Edges that tags declare: `prev:NAME`, `depends:NAME`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.rules import did_you_mean, structure
from nbdag_converters.tags import Tag

from .draft import DraftCell
from .roles import TaggedCell

SETUP = "setup"


@dataclass(frozen=True, slots=True)
class DeclaredOrder:
    """For each step the steps that its tags name, and what is wrong with the tags."""

    after: Mapping[str, tuple[str, ...]]
    diagnostics: tuple[Diagnostic, ...]


def declared_order(
    assigned: tuple[tuple[TaggedCell, DraftCell], ...],
    *,
    members: Mapping[str, list[tuple[TaggedCell, DraftCell]]],
    with_code: tuple[str, ...],
    named: set[str],
) -> DeclaredOrder:
    """Return the declared edges between the steps *with_code*.

    *members* are the cells of all steps, *named* all names in `step:` tags.
    """
    position = {name: parts[0][1].cell.number for name, parts in members.items()}
    has_preamble = any(part.role == "preamble" for _, part in assigned)
    after: dict[str, dict[str, None]] = {}
    diagnostics: list[Diagnostic] = []
    for tagged, part in assigned:
        for tag in tagged.of_kind("order") if part.step is not None else ():
            step, other = part.step or "", str(tag.values["name"])
            if other == SETUP and has_preamble and step != SETUP:
                after.setdefault(step, {})[other] = None
            elif other in position:
                finding = wrong_order(tagged, tag, step, position)
                if finding:
                    diagnostics.append(finding)
                elif other in with_code:
                    after.setdefault(step, {})[other] = None
            elif other not in named:
                diagnostics.append(unknown_step(tagged, tag, tuple(position)))
    return DeclaredOrder({name: tuple(found) for name, found in after.items()}, tuple(diagnostics))


def wrong_order(
    tagged: TaggedCell, tag: Tag, step: str, position: Mapping[str, int]
) -> Diagnostic | None:
    """Return the finding that a step waits for itself or for a later one."""
    other = tag.values["name"]
    if other == step:
        return structure.SELF_EDGE.at(tagged.place, tag=tag.text, step=step)
    if position[other] > position[step]:
        return structure.LATER_STEP.at(
            tagged.place, tag=tag.text, step=step, other=other, other_cell=position[other]
        )
    return None


def unknown_step(tagged: TaggedCell, tag: Tag, names: tuple[str, ...]) -> Diagnostic:
    """Return the finding that there is no such step."""
    close = difflib.get_close_matches(tag.values["name"], names, 1)
    advice = did_you_mean(
        f"{tag.directive.name}:{close[0]}" if close else None,
        otherwise="Steps of this notebook: " + (", ".join(names) or "none") + ".",
    )
    return structure.UNKNOWN_STEP.at(tagged.place, tag=tag.text, advice=advice)
