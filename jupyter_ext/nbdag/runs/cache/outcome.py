"""What a step left in its folder, as one entry of the cache, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from nbdag.runs.files import write_atomic

from .digests import whole_digest
from .store import Store

VALUES = "values.nbv"
_TEXTS = ("report.json", "outputs.jsonl", "log.txt")
_LARGEST = 64_000_000
"""Bytes of texts; a step that displayed or printed more is not kept."""


class TooLargeError(Exception):
    """The outcome is too large to be kept."""


def read_outcome(folder: Path, digest: str, store: Store) -> dict[str, Any]:
    """Return what lies in a step's folder, its values put into *store*.

    *digest* is that of its container. Of the parts of a loop their outputs and reports are kept,
    not their values.
    """
    texts: dict[str, str] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        if path.name in _TEXTS and path.is_file():
            size += path.stat().st_size
            if size > _LARGEST:
                raise TooLargeError
            name = path.relative_to(folder).as_posix()
            texts[name] = path.read_text(encoding="utf-8", errors="surrogateescape")
    store.share(folder / VALUES, digest)
    return {"texts": texts, "values": {VALUES: digest}}


def read_report(folder: Path) -> dict[str, Any]:
    """Return what a step's processes did to the world: of a loop, what all its parts did."""
    found = [
        cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(folder.rglob("report.json"))
    ]
    outside = [report.get("outside", {}) for report in found]
    own, reads = _union(found, "own"), _union(found, "reads")
    if len(found) > 1:
        # Which part was first isn't known: what one has written another may have read before.
        own = [path for path in own if path not in reads]
    return {
        "random": _union(found, "random"),
        "effects": _union(found, "effects"),
        "reads": reads,
        "writes": _union(found, "writes"),
        "own": own,
        "outside": {"reads": _union(outside, "reads"), "writes": _union(outside, "writes")},
    }


def _union(reports: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    return sorted({str(item) for report in reports for item in report.get(name, ())})


def write_outcome(
    outcome: Mapping[str, Any], folder: Path, store: Store, numbers: Mapping[int, int]
) -> bool:
    """Put into *folder* what a step left; return whether all of it is there.

    *numbers* says which number each cell has now.
    """
    texts = _renumbered(outcome["texts"], numbers)
    if texts is None:
        return False
    for name, digest in outcome["values"].items():
        if not store.restore(digest, folder / name, link=True, digest_of=whole_digest):
            return False
        if _moved(numbers) and _names_a_cell((folder / name).read_bytes(), numbers):
            return False
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text.encode(errors="surrogateescape"))
    return True


def _moved(numbers: Mapping[int, int]) -> bool:
    return any(old != new for old, new in numbers.items())


def _names_a_cell(data: bytes, numbers: Mapping[int, int]) -> bool:
    """Return whether code or a text in *data* names a cell that has another number now."""
    return any(b"cell %d" % old in data for old, new in numbers.items() if old != new)


def _renumbered(texts: Mapping[str, str], numbers: Mapping[int, int]) -> dict[str, str] | None:
    """Return *texts* with the cells' numbers of now; `None` where one is in something displayed."""
    if not _moved(numbers):
        return dict(texts)
    made: dict[str, str] = {}
    for name, text in texts.items():
        if _names_a_cell(text.encode(errors="surrogateescape"), numbers):
            return None
        if name.endswith("outputs.jsonl"):
            made[name] = "".join(_line(line, numbers) for line in text.splitlines())
        elif name.endswith("report.json"):
            made[name] = json.dumps(_report(json.loads(text), numbers))
        else:
            made[name] = text
    return made


def _line(text: str, numbers: Mapping[int, int]) -> str:
    data = json.loads(text)
    return json.dumps({**data, "cell": numbers.get(data["cell"], data["cell"])}) + "\n"


def _report(report: dict[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    lines: Mapping[str, Sequence[int]] = report.get("lines", {})
    moved = {name: [numbers.get(cell, cell), line] for name, (cell, line) in lines.items()}
    return {**report, "lines": moved} if "lines" in report else report
