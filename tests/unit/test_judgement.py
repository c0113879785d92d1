"""A run on a cluster that judges itself, as its last container does: without nbdag installed."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nbdag_converters.build import build
from nbdag_converters.compilers.judging import guard_archive
from nbdag_converters.model import pipeline_to_json
from notebooks import Source, write_notebook

CELLS = (
    Source("x = ['mark']\nn = len(x)", ("step:make",)),
    Source("type(x).__dict__['append'](x, 2)", ("step:change",)),
    Source("if n == 1:\n    print(x)", ("step:show",)),
    Source("for k in [1, 2]:\n    y = k", ("step:many", "fan-out")),
    Source("print('over')", ("step:last", "on-exit")),
)
SAW = {"make": {"bound": ["x", "n"]}, "change": {}, "show": {}}
MANY: dict[str, Any] = {"many": {}, "many/items": {}, "many/parts/0": {}, "many/parts/1": {}}
WELL = {**SAW, **MANY}
LEFT_OUT = {name: report for name, report in WELL.items() if name != "show"}
SEEN = "NB250 cell 2, line 1: step 'change' changed 'x'"


@pytest.mark.parametrize(
    ("reports", "ended", "said"),
    [
        (WELL, "no", ""),
        ({**WELL, "last": {}}, "yes", ""),
        ({**WELL, "change": {"changed": ["x"]}}, "no", SEEN),
        ({**LEFT_OUT, "change": {"changed": ["x"]}}, "no", ""),
        ({**WELL, "many/parts/1": {"changed": ["n"]}}, "no", "NB2"),
        ({k: v for k, v in WELL.items() if k != "change"}, "no", "What step 'change' reported"),
        ({k: v for k, v in WELL.items() if k != "many/items"}, "no", "What step 'many' reported"),
        (WELL, "yes", "What step 'last' reported"),
        ({**LEFT_OUT, "make": {**SAW["make"], "decided": {"show": 0}}}, "no", "What step 'show'"),
        ({**LEFT_OUT, "make": {**SAW["make"], "decided": {"show": -1}}}, "no", ""),
    ],
    ids=["well", "well to its end", "a change", "nobody sees it", "an iteration", *"abcde"],
)
def test_it_fails_by_what_the_steps_reported(
    reports: Mapping[str, Mapping[str, Any]], ended: str, said: str, tmp_path: Path
) -> None:
    lay(tmp_path, reports)
    done = judge(tmp_path, ended)
    assert (done.returncode, done.stdout) == (1 if said else 0, "")
    assert said in done.stderr
    assert bool(done.stderr) == bool(said)


def lay(root: Path, reports: Mapping[str, Mapping[str, Any]]) -> None:
    """Write what the container finds."""
    pipeline = build(write_notebook(root / "work.ipynb", CELLS)).pipeline
    about = {
        "pipeline": pipeline_to_json(pipeline),
        "tasks": {step.name: step.name for step in pipeline},
    }
    (root / "code").mkdir()
    (root / "code" / "_pipeline.z").write_bytes(zlib.compress(json.dumps(about).encode()))
    (root / "code" / "guard.pyz").write_bytes(guard_archive())
    for name, report in reports.items():
        folder = root / "in" / "reports" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps(report))


def judge(root: Path, ended: str) -> subprocess.CompletedProcess[str]:
    """Run the container's command."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(root / "code" / "guard.pyz")],
        env={"NBDAG_ROOT": str(root), "NBDAG_ENDED": ended},
        capture_output=True,
        text=True,
        check=False,
    )
