"""Judgement: a run that nobody follows judges itself, in a container at its end.

The container has no nbdag: `compilers/judging.py` ships this module with the guard. It finds below
NBDAG_ROOT:

| file | holds |
|---|---|
| `code/_pipeline.z` | the pipeline, and the names of its steps' tasks; compressed JSON |
| `in/reports/TASK/report.json` | what the guard saw in it; of a loop also `items/`, `parts/3/` |

That the run does not give what the notebook gives makes the container, and so the run, fail.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.guard.verdict import verdict
from nbdag_converters.model import Condition, Pipeline, Step, pipeline_from_json

_TOLD = Path("/dev/termination-log")  # Kubernetes, and so Argo, tells what stands there
_MOST = 3_000  # bytes of it


class UnseenError(Exception):
    """What a step reported isn't there, so that nobody knows what its result is worth."""


def judge_run(
    pipeline: Pipeline, tasks: Mapping[str, str], reports: Path, *, ended: bool
) -> tuple[Diagnostic, ...]:
    """Return where a run whose steps all did well differs from the notebook, in its order.

    *reports* is the folder with those of all steps that have run. Until the run has *ended*, its
    steps at the end have not.

    Raises
    ------
    UnseenError
        If a report is missing.
    """
    told: dict[str, list[Mapping[str, Any]]] = {}
    decided: dict[str, int] = {}
    for step in pipeline.steps:
        folder = reports / tasks[step.name]
        if folder.is_dir():
            parts = [folder / part for part in _parts(folder)] if step.loop is not None else []
            told[step.name] = [_read(place, step) for place in (*parts, folder)]
            decided.update(told[step.name][-1].get("decided", {}))
        elif step.condition is not None and not _is_taken(step.condition, decided):
            told[step.name] = []
        elif ended or not step.config.on_exit:
            raise UnseenError(step.name)
    return verdict(pipeline, told)


def _is_taken(condition: Condition, decided: Mapping[str, int]) -> bool:
    """Return whether the step that decides has said that the branch of *condition* runs."""
    return decided.get(condition.decision) == condition.branch


def _parts(folder: Path) -> Iterator[str]:
    """Yield the folders of a loop's parts but the gathering, in the notebook's order."""
    yield "items"
    parts = folder / "parts"
    count = len(list(parts.iterdir())) if parts.is_dir() else 0
    yield from (f"parts/{index}" for index in range(count))


def _read(folder: Path, step: Step) -> Mapping[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnseenError(step.name) from None
    return found


def told(found: tuple[Diagnostic, ...]) -> str:
    """Return what of them fits into the message of a container, the first ones whole."""
    lines = [" ".join(f"{each.code} {each.place}: {each.message}".split()) for each in found]
    kept = lines[:1]
    for line in lines[1:]:
        if len("\n".join([*kept, line]).encode()) > _MOST:
            kept.append(f"and {len(lines) - len(kept)} more, see the log")
            break
        kept.append(line)
    return "\n".join(kept)


def main() -> None:
    """Judge the run of this container; exit with 1 where it is not what the notebook gives."""
    root = Path(os.environ.get("NBDAG_ROOT", "/nbdag"))
    packed = zlib.decompress((root / "code" / "_pipeline.z").read_bytes())
    known: dict[str, Any] = json.loads(packed)
    pipeline = pipeline_from_json(known["pipeline"])
    ended = os.environ.get("NBDAG_ENDED") == "yes"
    try:
        found = judge_run(pipeline, known["tasks"], root / "in" / "reports", ended=ended)
    except UnseenError as error:
        message = log = (
            f"What step '{error}' reported can't be read, so the guard has not looked at it: "
            "the run may be right, but nobody knows."
        )
    else:
        message, log = told(found), "\n\n".join(map(str, found))
    if message:
        with suppress(OSError):
            _TOLD.write_text(message, encoding="utf-8")
        sys.exit(log)
