"""Report: what the runtime's guard saw while a step ran, in the types of this side.

ARCHITECTURE.md says what each field means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

# IPython's own names: each process has its own.
_IPYTHON = re.compile(r"In|Out|exit|quit|get_ipython|_{1,3}|_i{1,3}|_i?\d+|_[iod]h")
# Where libraries keep what they have downloaded: whoever comes first, it is the same.
_DOWNLOADS = re.compile(r"/(?:scikit_learn_data|nltk_data|seaborn-data|mne_data|\.cache)/")


@dataclass(frozen=True, slots=True)
class Report:
    """The names are data's, without those of IPython. `lines` are pairs of cell and line.

    `states` are, for each generator in `random`, checksums of its state before and after.
    """

    loaded: Mapping[str, str] = field(default_factory=dict[str, str])
    changed: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    missed: tuple[str, ...] = ()
    shared: tuple[tuple[str, ...], ...] = ()
    random: frozenset[str] = frozenset()
    states: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    environ: bool = False
    cwd: bool = False
    settings: tuple[str, ...] = ()
    figures: bool = False
    modules: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    looks: frozenset[str] = frozenset()
    unordered: tuple[str, ...] = ()
    lines: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    @property
    def touched(self) -> frozenset[str]:
        """Names whose value is another one at the end than at the start."""
        return self.changed | self.bound | self.deleted


def parse_report(data: Mapping[str, Any]) -> Report:
    """Return the report that the runtime wrote; what it doesn't have is empty."""
    return Report(
        loaded=_strings(data.get("loaded")),
        changed=frozenset(_names(data.get("changed"))),
        bound=frozenset(_names(data.get("bound"))),
        deleted=frozenset(_names(data.get("deleted"))),
        missed=_names(data.get("missed")),
        shared=tuple(_names(group) for group in data.get("shared") or ()),
        random=frozenset(_texts(data.get("random"))),
        environ=bool(data.get("environ")),
        cwd=bool(data.get("cwd")),
        settings=_texts(data.get("settings")),
        figures=bool(data.get("figures")),
        modules=_texts(data.get("modules")),
        reads=_files(data, "reads"),
        writes=_files(data, "writes"),
        made=frozenset(_texts(data.get("made"))),
        looks=frozenset(_texts(data.get("looks"))),
        unordered=_names(data.get("unordered")),
        states=dict(_pairs(data.get("states"))),
        lines=dict(_pairs(data.get("lines"))),
    )


def _files(data: Mapping[str, Any], kind: str) -> frozenset[str]:
    """Return the files below the working folder, and those outside but for downloads kept there."""
    outside = _texts((data.get("outside") or {}).get(kind))
    others = (path for path in outside if not _DOWNLOADS.search(path))
    return frozenset((*_texts(data.get(kind)), *others))


def _texts(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))


def _names(value: object) -> tuple[str, ...]:
    return tuple(name for name in _texts(value) if not _IPYTHON.fullmatch(name))


def _strings(value: object) -> dict[str, str]:
    pairs = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    return {name: text for name, text in pairs.items() if isinstance(text, str)}


def _pairs(value: object) -> list[tuple[str, tuple[int, int]]]:
    pairs = cast("dict[str, list[Any]]", value) if isinstance(value, dict) else {}
    return [(name, (int(at[0]), int(at[1]))) for name, at in pairs.items() if len(at) == 2]
