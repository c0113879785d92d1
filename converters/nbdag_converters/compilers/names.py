"""Names of steps, variables and volumes as Argo and Kubernetes allow them, without a clash.

Task and template names have letters, digits and `-`. They stand in `depends` expressions, where
some words mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_OPERATORS = ("not", "in", "and", "or", "matches", "contains", "startswith", "endswith")
WORDS = frozenset((*_OPERATORS, "true", "false", "nil", "let", "if", "else"))
"""Words of the expression language, in lower case as all our names."""
LONGEST = 63


def legal(text: str, *, longest: int = LONGEST) -> str:
    """Return the legal name nearest to *text*, which may hold anything."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest].rstrip("-")
    if not slug or slug[0].isdigit():
        slug = f"n-{slug}"[:longest].rstrip("-")
    return f"{slug}-step" if slug in WORDS else slug


class Names:
    """Gives names away, each once; the order in which they are asked for decides."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def take(self, wanted: str, *, longest: int = LONGEST) -> str:
        """Return the legal name nearest to *wanted* that nobody has, and give it away."""
        base = name = legal(wanted, longest=longest)
        number = 2
        while name in self._taken:
            end = f"-{number}"
            name, number = base[: longest - len(end)].rstrip("-") + end, number + 1
        self._taken.add(name)
        return name


def name_map(texts: Iterable[str]) -> dict[str, str]:
    """Return the legal name of each text; texts that are legal as they are come first."""
    ordered = list(dict.fromkeys(texts))
    names = Names()
    exact = {text: names.take(text) for text in ordered if legal(text) == text}
    return {text: exact.get(text) or names.take(text) for text in ordered}


def parameter_names(texts: Iterable[str]) -> dict[str, str]:
    """Return for Python names the names of workflow parameters, which are ASCII."""
    ordered = list(dict.fromkeys(texts))
    named = {text: text for text in ordered if re.fullmatch(r"[A-Za-z0-9_]+", text)}
    for text in ordered:
        if text not in named:
            ascii_name = re.sub(r"[^A-Za-z0-9_]", lambda found: f"u{ord(found[0]):x}", text)
            while ascii_name in named.values():
                ascii_name += "_"
            named[text] = ascii_name
    return {text: named[text] for text in ordered}
