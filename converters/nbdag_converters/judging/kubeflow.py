"""Judges a run where it ran: the last task of a package of Kubeflow, `python -c BOOT PAYLOAD …`.

Nobody may follow a run that a schedule has started. So its last task lays all reports before the
guard, and fails where that finds an error. Its image needs Python and nothing else: what of nbdag
it takes is shipped as text (`compilers/embed.py`).
"""

from __future__ import annotations

import base64
import json
import sys
import zlib
from pathlib import Path
from typing import Any

from nbdag_converters.runtime.artifacts import LEFT, place, reports, write_reports
from nbdag_converters.runtime.events import emit

OLDEST = (3, 10)


def main() -> None:
    """Say what the steps have left, and what the guard finds in their reports, and exit.

    A task with an output `files` only puts together what several steps have handed on.
    """
    at = sys.argv.index("--executor_input")
    chunks, given = sys.argv[1:at], json.loads(sys.argv[at + 1])
    artifacts = given.get("inputs", {}).get("artifacts", {}).values()
    folders = [place(found["artifacts"][0]) for found in artifacts]
    told, left = reports(folders), reports(folders, LEFT)
    outputs = given.get("outputs", {})
    if "files" in outputs.get("artifacts", {}):
        _hand_on(outputs, told, left)
        sys.exit(0)
    for number, found in left.items():
        emit("left", step=number, **found)
    sys.exit(_judge(chunks, told))


def _hand_on(outputs: dict[str, Any], told: dict[str, Any], left: dict[str, Any]) -> None:
    folder = place(outputs["artifacts"]["files"]["artifacts"][0])
    Path(folder).mkdir(parents=True, exist_ok=True)
    write_reports(folder, told)
    write_reports(folder, left, LEFT)
    said = Path(outputs["outputFile"])
    said.parent.mkdir(parents=True, exist_ok=True)
    said.write_text(json.dumps({"artifacts": outputs["artifacts"]}), encoding="utf-8")


def _judge(chunks: list[str], told: dict[str, list[Any]]) -> int:
    """Return the exit status: 1 where the run doesn't give what the notebook gives."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.stderr.write(
            "The guard can't look at this run: it needs Python 3.10 or later, and the image has "
            f"{version}. Compile with an image that has it (`--image`).\n"
        )
        return 1
    from nbdag_converters.guard.verdict import verdict
    from nbdag_converters.model import pipeline_from_json

    from .ending import of_stage, unknown_files

    pipeline = pipeline_from_json(zlib.decompress(base64.b64decode("".join(chunks))).decode())
    by_name = of_stage(pipeline, told)
    found = (*verdict(pipeline, by_name), *unknown_files(pipeline, by_name))
    for diagnostic in found:
        sys.stderr.write(f"{diagnostic}\n")
    return 1 if any(each.severity == "error" for each in found) else 0
