"""IPython's transformation of a cell, made to keep every line at its place."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from .transformer import transformer_manager

if TYPE_CHECKING:
    from IPython.core.inputtransformer2 import TransformerManager

MOST_TRANSFORMS = 500  # IPython's own bound


@dataclass(frozen=True, slots=True)
class Transformed:
    """The text of a cell that has only calls of `get_ipython()` for IPython's syntax.

    `extra` says for the first line of a call how many more lines of the cell it took.
    """

    text: str
    extra: Mapping[int, int] = field(default_factory=dict[int, int])


def transform(source: str) -> Transformed:
    """Return *source*, which has no cell magic, with IPython's line syntax as calls.

    Raises
    ------
    SyntaxError
        If IPython refuses it.
    """
    manager = transformer_manager()
    lines, dropped = cleaned(source, manager)
    extra: dict[int, int] = {}
    for _ in range(MOST_TRANSFORMS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # IPython warns of lines without an end
            changed, after = cast("tuple[bool, list[str]]", manager.do_one_token_transform(lines))
        if not changed:
            break
        start = first_difference(lines, after)
        taken = newlines(lines) - newlines(after)
        if taken > 0:
            extra[dropped + 1 + newlines(lines[:start])] = taken
        lines = [*after[: start + 1], *["\n"] * taken, *after[start + 1 :]]
    return Transformed("\n" * dropped + "".join(lines), extra)


def cleaned(source: str, manager: TransformerManager) -> tuple[list[str], int]:
    """Return the lines without indentation and prompts, and how many empty ones were before."""
    lines = (source if source.endswith("\n") else source + "\n").splitlines(keepends=True)
    dropped = 0
    while dropped < len(lines) - 1 and not lines[dropped].strip():
        dropped += 1
    empty = newlines(lines[:dropped])
    lines = lines[dropped:]
    for clean in cast("list[Callable[[list[str]], list[str]]]", manager.cleanup_transforms):
        lines = clean(lines) or ["\n"]
    return lines, empty


def first_difference(before: list[str], after: list[str]) -> int:
    """Return the index of the first line that differs."""
    for index, (old, new) in enumerate(zip(before, after, strict=False)):
        if old != new:
            return index
    return min(len(before), len(after))


def newlines(lines: list[str]) -> int:
    """Return how many lines these are for Python: fewer than for IPython, which splits at more."""
    return sum(line.count("\n") for line in lines)
