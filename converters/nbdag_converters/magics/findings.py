"""What is to be said about the magics of a cell."""

from __future__ import annotations

import difflib
import re

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.rules import Place, did_you_mean, environment, travel

from .known import CELL_MAGICS, known_magic
from .magic import Magic

KERNEL_SCRIPT = re.compile(r"((?:Jupyter|IPython)\.notebook|kernel\.execute)")
SCRIPTS = frozenset({"javascript", "js", "HTML", "html"})


def findings_of(
    magics: tuple[Magic, ...], *, source: str, cell: int | None
) -> tuple[Diagnostic, ...]:
    """Return the findings about a cell's magics, in order."""
    lines = source.split("\n")
    found: list[Diagnostic] = []
    for magic in magics:
        text = lines[magic.line - 1] if magic.line <= len(lines) else ""
        found.extend(findings_of_magic(magic, Place(cell=cell, line=magic.line, source=text)))
    return tuple(found)


def findings_of_magic(magic: Magic, place: Place) -> list[Diagnostic]:
    """Return the findings about one magic."""
    found: list[Diagnostic] = []
    if magic.packages is not None:
        what = ", ".join(magic.packages) or "packages"
        found.append(environment.INSTALL.at(place, packages=what))
    rule = known_magic(magic.name, cell_magic=magic.cell_magic).rule
    if rule is not None and rule is travel.UNKNOWN_CELL_MAGIC:
        close = difflib.get_close_matches(magic.name, CELL_MAGICS, 1)
        advice = did_you_mean(
            f"%%{close[0]}" if close else None,
            otherwise="Do the same in Python, or tag the cell `skip`.",
        )
        found.append(rule.at(place, name=magic.name, advice=advice))
    elif rule:
        found.append(
            rule.at(place, name="%" + magic.name if rule is travel.DEBUGGER else magic.name)
        )
    elif magic.name.startswith("%"):
        found.append(travel.MISPLACED_CELL_MAGIC.at(place, name=magic.name.lstrip("%")))
    elif magic.effect == "unknown":
        found.append(travel.UNKNOWN_LINE_MAGIC.at(place, name=magic.name))
    if magic.name in SCRIPTS and (match := KERNEL_SCRIPT.search(magic.body or "")):
        found.append(travel.KERNEL_SCRIPT.at(place, name=match[1]))
    return found
