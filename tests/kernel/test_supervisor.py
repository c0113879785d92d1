"""Runs that a process of nbdag starts by itself, on this machine: real processes, real runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from nbdag.runs.history import list_runs
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel


def test_times_that_were_missed_are_made_up_for_and_each_run_knows_its_own(
    tmp_path: Path,
) -> None:
    cells = (
        Source("due = ''\nn = 3", ("parameters",)),
        Source("print(due, n)", ("step:tell",)),
    )
    write_notebook(tmp_path / "report.ipynb", cells)
    now = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    kept = tmp_path / ".nbdag" / "schedules" / "report.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"last": (now - timedelta(hours=2, minutes=1)).isoformat()}))
    hours = sorted({(now - timedelta(hours=back)).hour for back in (0, 1, 2)})
    # Three times that have passed, and none to come before tomorrow.
    cron = f"{now.minute} {','.join(map(str, hours))} * * *"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "nbdag.cli", "schedule", "report.ipynb", "--here"),
            *("--cron", cron, "--backfill", "--time-as", "due", "-p", "n=5"),
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    while sum("succeeded" in line for line in lines) < 3:
        line = process.stdout.readline()
        assert line, lines
        lines.append(line)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 130
    process.stdout.close()
    runs = list_runs(tmp_path)
    given = sorted(
        (run.facts()["parameters"]["due"], run.facts()["parameters"]["n"]) for run in runs
    )
    due = [now - timedelta(hours=back) for back in (2, 1, 0)]
    assert given == [(f"{moment:%Y-%m-%dT%H:%M:%SZ}", 5) for moment in due]
    assert datetime.fromisoformat(json.loads(kept.read_text())["last"]) >= now
