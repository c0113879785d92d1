"""Part: one process of a step whose loop fans out; and what its parts leave, put together.

| part | its folder below that of the step |
|---|---|
| items | `items` |
| iteration | `0`, `1`, … |
| gather | the step's own |
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from .files import write_atomic

OUTPUTS, REPORT, LOG = "outputs.jsonl", "report.json", "log.txt"


@dataclass(frozen=True, slots=True)
class Part:
    """The items, one iteration (of *count*, counted from 0), or the gathering."""

    kind: Literal["items", "iteration", "gather"]
    index: int = 0
    count: int = 0

    @property
    def folder(self) -> str:
        """The name of its folder below the step's, "" for that itself."""
        return {"items": "items", "iteration": str(self.index), "gather": ""}[self.kind]

    @property
    def label(self) -> str:
        """What tells it from the other parts of its step."""
        return str(self.index) if self.kind == "iteration" else self.kind

    @property
    def data(self) -> dict[str, Any]:
        """What events say of it."""
        return {"part": self.kind, "index": self.index}


def part_folders(step: Path, count: int) -> list[Path]:
    """Return the folders of the parts of a loop with *count* iterations, in the notebook's order.

    Without that of the gathering, which is *step* itself.
    """
    return [step / "items", *(step / str(index) for index in range(count))]


def join_shown(step: Path, folders: Iterable[Path], *, gathered: bool) -> None:
    """Put what parts displayed and printed into the step's own files, in their order.

    *gathered*: the step's own files hold what the gathering displayed, and that comes last.
    """
    parts = [*folders, *([step] if gathered else [])]
    for name in (OUTPUTS, LOG):
        texts = [_bytes(folder / name) for folder in parts]
        write_atomic(step / name, b"".join(texts))


def part_reports(folders: Iterable[Path]) -> list[Mapping[str, Any]]:
    """Return the guard's reports of parts; an empty one where there is none."""
    return [_report(folder / REPORT) for folder in folders]


def write_report(step: Path, report: Mapping[str, Any]) -> None:
    """Write the report of all parts in place of that of the gathering."""
    write_atomic(step / REPORT, json.dumps(report).encode())


def log_of_parts(step: Path) -> Iterator[str]:
    """Yield what the parts that are there have printed until now."""
    numbers = sorted(int(path.name) for path in step.iterdir() if path.name.isdigit())
    for folder in (step / "items", *(step / str(number) for number in numbers), step):
        yield _bytes(folder / LOG).decode(errors="replace")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _report(path: Path) -> Mapping[str, Any]:
    try:
        found: object = json.loads(_bytes(path) or b"{}")
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def begin_loop(step: Path) -> None:
    """Take away what parts of an earlier try have left."""
    for folder in step.glob("*/"):
        shutil.rmtree(folder)
