"""What a run on a cluster left, in the form in which runs are compared."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

import nbdag
from nbdag.cluster.fetch import Fetch
from nbdag.runs.history import find_run
from nbdag.trace import LEFT_OUT, read_trace
from nbdag.verdict import Row, Trace, compare, without_unsteady
from nbdag.verify import compare_runs, run_as_one_step
from nbdag_converters.build import Built, build
from nbdag_converters.model import Value
from nbdag_converters.runtime.pod import REMOVED


def differences(
    path: Path, run: nbdag.Run, folder: Path, values: Mapping[str, Value] | None = None
) -> list[Row]:
    """Return what the notebook leaves and the run doesn't, or otherwise, or the other way round.

    Variables, files and outputs. What differs between two runs of the notebook itself is none;
    *folder* gets the notebook's folder as the run leaves it.
    """
    built = build(path)
    expected = run_as_one_step(path, parameters=values)
    rows = compare_runs(built.notebook, built.pipeline, expected, left(built, run, folder))
    assert {row.kind for row in rows} >= {"output"}
    assert rows
    if not any(row.match.wrong for row in rows):
        return []
    again = run_as_one_step(path, parameters=values)
    found = without_unsteady(rows, compare(expected, again))
    return [row for row in found if row.match.wrong]


def left(built: Built, run: nbdag.Run, folder: Path) -> Trace:
    """Return all that a run which was compiled with `fingerprint` left."""
    path = built.notebook.path
    assert path is not None
    shutil.copytree(path.parent, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    there = find_run(run.id, path.parent)
    pipeline, fetch = there.pipeline(), Fetch(there)
    for number, step in enumerate(pipeline):
        fetch.step(step.name)
        _unpack(fetch.files(step.name, number), folder)
    return read_trace(pipeline, run.state, there, folder, built.owners)


def _unpack(archive: bytes, folder: Path) -> None:
    if not archive:
        return
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            if member.name != REMOVED:
                members.extract(member, folder, filter="data")
