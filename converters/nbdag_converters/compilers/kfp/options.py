"""What a caller chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller chooses.

    `image` is for steps that name none. `files` are the contents of the pipeline's files by path,
    which go along. `claims` are volumes that exist as claims. `python` is the version of the
    notebook's kernel, as `3.11`, "" if it isn't known. With `fingerprint` each step reports what
    its variables hold, so that runs can be compared.
    """

    image: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    claims: frozenset[str] = frozenset()
    python: str = ""
    fingerprint: bool = False
