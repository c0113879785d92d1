"""Headings above cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nbdag_converters.notebook import Cell

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
HTML_HEADING = re.compile(r"<h([1-6])[^>]*>(.*?)</h\1>", re.IGNORECASE)
FENCE = re.compile(r" {0,3}(```|~~~)")


def headings(markdown: str) -> tuple[tuple[int, str], ...]:
    """Return the headings of a Markdown text: their levels, and their texts as plain text."""
    found: list[tuple[int, str]] = []
    fence = ""
    above = ""
    for line in markdown.split("\n"):
        if match := FENCE.match(line):
            fence = "" if fence == match[1] else fence or match[1]
        elif not fence:
            if match := HEADING.match(line):
                found.append((len(match[1]), plain(match[2])))
            elif match := HTML_HEADING.search(line):
                found.append((int(match[1]), plain(match[2])))
            elif above.strip() and re.fullmatch(r" {0,3}(=+|-{2,})[ \t]*", line):
                found.append((1 if "=" in line else 2, plain(above)))
        above = line
    return tuple((level, text) for level, text in found if text)


def plain(text: str) -> str:
    """Return Markdown's inline text without its marks."""
    text = re.sub(r"<[^<>]*>", "", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    return " ".join(text.split())


def titles_of(cells: Sequence[Cell], first: Mapping[str, Cell]) -> dict[str, str]:
    """Return the title of each step, *first* being its first cell: the last heading above it.

    No code cell stands between a title and its step.
    """
    steps = {cell.number: name for name, cell in first.items()}
    titles: dict[str, str] = {}
    title = ""
    for cell in cells:
        if cell.kind == "markdown":
            found = headings(cell.source)
            title = found[-1][1] if found else title
        elif cell.kind == "code" and cell.source.strip():
            if title and cell.number in steps:
                titles[steps[cell.number]] = title
            title = ""
    return titles
