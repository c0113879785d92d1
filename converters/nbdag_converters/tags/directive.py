"""Directive: one tag of the language, with all its forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .fields import FieldType

Kind: TypeAlias = Literal["step", "role", "order", "setting"]
Role: TypeAlias = Literal["imports", "functions", "parameters", "metrics", "skip"]
Make: TypeAlias = Callable[[Mapping[str, Any]], object]
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Directive:
    """A tag, by the word before its first colon.

    `forms` are templates such as `retry:{limit}:{delay}`, whose fields are of the kinds in
    `fields`. A setting sets the attribute `sets` of a StepConfig to what `make` makes of the
    fields' values; `many` settings add to it, and two of them contradict each other if `identity`
    is equal but they are not.
    """

    name: str
    kind: Kind
    forms: tuple[str, ...]
    help: str
    example: str
    fields: Mapping[str, FieldType] = field(default_factory=dict[str, FieldType])
    role: Role | None = None
    sets: str = ""
    make: Make = lambda _: None
    many: bool = False
    identity: Callable[[Any], object] = lambda item: item

    def form_fields(self, form: str) -> tuple[tuple[str, FieldType], ...]:
        """Return the fields of a form in order, with their kinds."""
        return tuple((name, self.fields[name]) for name in PLACEHOLDER.findall(form))

    def pattern(self, form: str) -> str:
        """Return the regular expression of a form, with a group for each field."""
        parts = PLACEHOLDER.split(form)
        return "".join(
            f"({self.fields[part].pattern})" if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )

    def shown(self, form: str) -> str:
        """Return a form as it is shown: `retry:LIMIT:DELAY`."""
        return PLACEHOLDER.sub(lambda match: match[1].upper(), form)

    @property
    def bare(self) -> bool:
        """Return whether the tag may stand without a colon."""
        return self.name in self.forms
