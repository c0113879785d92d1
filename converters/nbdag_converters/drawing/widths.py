"""How wide a text is, in pixels of a proportional font or in columns of a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

# Widths in thousandths of the font's size, a little above those of the usual sans-serif fonts:
# what is drawn must not overflow, whichever of them is there.
_NARROW = frozenset("iljI.,:;'|!()[]{}`ft/\\r ")
_WIDE = frozenset("mwMW@%—…")


def pixels(text: str, size: float) -> float:
    """Return about how wide *text* is in a sans-serif font of *size* pixels."""
    return sum(map(_thousandths, text)) * size / 1000


def _thousandths(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    if unicodedata.east_asian_width(char) in "WF":
        return 1050
    if char in _NARROW:
        return 360
    if char in _WIDE:
        return 930
    return 700 if char.isupper() else 590


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    return sum(
        0
        if unicodedata.combining(char) or unicodedata.category(char) in {"Cc", "Cf"}
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def shorten(text: str, limit: float, width: Callable[[str], float]) -> str:
    """Return *text*, cut with an ellipsis if its *width* is more than *limit*."""
    if width(text) <= limit:
        return text
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        if width(text[:middle].rstrip() + "…") <= limit:
            least = middle
        else:
            most = middle - 1
    return text[:least].rstrip() + "…" if width("…") <= limit else ""
