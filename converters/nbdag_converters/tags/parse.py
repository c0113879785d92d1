"""A tag's text → what it says, or what is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.rules import NOWHERE, Place, Rule, did_you_mean, structure

from .directive import PLACEHOLDER, Directive
from .fields import STEP_NAME, FieldType
from .language import BARE, BY_NAME, FOREIGN, SYNONYMS

NEAR_HEAD, NEAR_WORD = 0.74, 0.84


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of the language: its directive, and the value of each field of its form."""

    text: str
    directive: Directive
    values: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    @property
    def setting(self) -> object:
        """Return the value for the attribute `directive.sets` of a StepConfig."""
        return self.directive.make(self.values)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a text leaves a form: how many fields fit, which one didn't, and its text."""

    form: str
    fitted: int
    kind: FieldType | None
    wrong: str
    repaired: str | None = None


def parse_tag(text: str, *, place: Place = NOWHERE) -> Tag | Diagnostic | None:
    """Return what a tag says, a finding if it is wrong, or None if it is another tool's."""
    head = text.partition(":")[0]
    directive = BY_NAME.get(head)
    if directive is None or (":" not in text and not directive.bare):
        return unknown_tag(text, place)
    for form in directive.forms:
        pattern, names = _form(head, form)
        if match := pattern.fullmatch(text):
            texts = dict(zip(names, match.groups(), strict=True))
            values = {name: directive.fields[name].convert(texts[name]) for name in names}
            return Tag(text, directive, values)
    return wrong_tag(text, directive, place)


@cache
def _form(name: str, form: str) -> tuple[re.Pattern[str], list[str]]:
    """Return what a form of that directive matches, and the names of its fields."""
    return re.compile(BY_NAME[name].pattern(form), re.DOTALL), PLACEHOLDER.findall(form)


def wrong_tag(text: str, directive: Directive, place: Place) -> Diagnostic:
    """Return the finding about a tag of ours that has none of its forms."""
    mismatches = [mismatch(text, directive, form) for form in directive.forms]
    best = max(mismatches, key=lambda found: (found.fitted, found.kind is not None))
    rule: Rule = structure.WRONG_TAG
    if best.kind is None:
        problem = f"`{best.wrong}` is too much" if best.wrong else "it is not complete"
    elif not best.wrong:
        problem = f"{best.kind.hint} is missing"
    else:
        problem = f"`{best.wrong}` is not {best.kind.hint}"
        rule = structure.STEP_NAME if best.kind is STEP_NAME else rule
    forms = " or ".join(f"`{directive.shown(form)}`" for form in directive.forms)
    repaired = best.repaired if best.repaired and is_right(best.repaired) else None
    advice = did_you_mean(
        repaired, otherwise=f"Write it as {forms}, for example `{directive.example}`."
    )
    return rule.at(place, tag=text, problem=problem, advice=advice, suggestion=repaired)


def mismatch(text: str, directive: Directive, form: str) -> Mismatch:
    """Return where *text* leaves *form*."""
    parts = PLACEHOLDER.split(form)
    rest, repaired, fitted = text, "", 0
    for index, part in enumerate(parts):
        if index % 2 == 0:
            if not rest.startswith(part):
                return Mismatch(form, fitted, None, rest)
            rest, repaired = rest[len(part) :], repaired + part
            continue
        kind = directive.fields[part]
        separator = parts[index + 1] or None
        value, found, after = rest.partition(separator) if separator else (rest, "", "")
        if not kind.accepts(value):
            proposal = kind.repair(value) if value else None
            whole = repaired + proposal + found + after if proposal else None
            return Mismatch(form, fitted, kind, value, whole)
        fitted += 1
        rest, repaired = found + after, repaired + value
    return Mismatch(form, fitted, None, rest, text[: -len(rest)] or None)


def unknown_tag(text: str, place: Place) -> Diagnostic | None:
    """Return the finding about a tag that is near to one of ours."""
    if text in FOREIGN:
        return None
    head, separator, rest = re.fullmatch(r"([^:=]*)([:=]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    word = re.sub(r"[\s_]+", "-", head.strip().lower())
    if not separator:
        near = nearest(word, (*BARE, *BY_NAME), NEAR_WORD)
        if near is None or (text == near and text not in BY_NAME):
            return None
        suggestion = near if near in BARE else BY_NAME[near].example
        return structure.ODD_TAG.at(place, tag=text, suggestion=suggestion)
    near = SYNONYMS.get(word) or nearest(word, tuple(BY_NAME), NEAR_HEAD)
    if near is None:
        return None
    suggestion = suggested(f"{near}:{rest.strip()}", BY_NAME[near])
    # `note:x` may be a word of its own; `stpe:x` is a slip.
    replaced = len(word) == len(near) <= 4 and sorted(word) != sorted(near)
    rule = structure.ODD_TAG if replaced or separator == "=" else structure.MISSPELT_TAG
    return rule.at(place, tag=text, suggestion=suggestion)


def suggested(text: str, directive: Directive) -> str:
    """Return *text* if it is right, or else the directive's example."""
    if is_right(text):
        return text
    return directive.name if directive.bare else directive.example


def nearest(word: str, names: tuple[str, ...], cutoff: float) -> str | None:
    """Return the name that is most like *word*."""
    close = difflib.get_close_matches(word, names, 1, cutoff)
    return close[0] if close else None


def is_right(text: str) -> bool:
    """Return whether *text* is a right tag of ours."""
    directive = BY_NAME.get(text.partition(":")[0])
    return directive is not None and any(
        re.fullmatch(directive.pattern(form), text, re.DOTALL) for form in directive.forms
    )
