"""Runs that a process of nbdag starts by itself, on this machine: real processes, real runs."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from nbdag.runs.history import list_runs
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel


@contextmanager
def nbdag(folder: Path, *arguments: str) -> Generator[Iterator[str]]:
    """Run a command that waits; yield the lines that it prints, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nbdag.cli", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield iter(process.stdout.readline, "")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
        process.stdout.close()


def until(lines: Iterator[str], word: str, count: int = 1) -> str:
    """Read lines until *word* has come so often; return the last one."""
    seen: list[str] = []
    for line in lines:
        seen.append(line)
        if sum(word in each for each in seen) == count:
            return line
    raise AssertionError(seen)


def parameters(folder: Path) -> list[Any]:
    """Return what the runs in a folder were given, the oldest first."""
    return [run.facts()["parameters"] for run in reversed(list_runs(folder))]


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
    with nbdag(
        tmp_path,
        *("schedule", "report.ipynb", "--here", "--cron", cron, "--backfill"),
        *("--time-as", "due", "-p", "n=5"),
    ) as lines:
        until(lines, "succeeded", 3)
    given = [(each["due"], each["n"]) for each in parameters(tmp_path)]
    due = [now - timedelta(hours=back) for back in (2, 1, 0)]
    assert given == [(f"{moment:%Y-%m-%dT%H:%M:%SZ}", 5) for moment in due]
    assert datetime.fromisoformat(json.loads(kept.read_text())["last"]) >= now


EVENTS = (
    Source("key = 'none'\nn: int = 3", ("parameters",)),
    Source("print(key, n)", ("step:tell",)),
)


def test_each_file_that_counts_starts_a_run(tmp_path: Path) -> None:
    write_notebook(tmp_path / "score.ipynb", EVENTS)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "old.csv").write_text("x")
    with nbdag(
        tmp_path,
        *("trigger", "score.ipynb", "--watch", "inbox"),
        *("--where", "name~[.]csv$", "--set", "key=name", "--set", "n=size"),
    ) as lines:
        until(lines, "start runs")
        time.sleep(1)  # until the system watches
        for name in ("one.txt", ".hidden.csv", "two three.csv"):
            (inbox / name).write_text("a,b\n")
        until(lines, "succeeded")
    assert parameters(tmp_path) == [{"key": "two three.csv", "n": 4}]


def test_each_request_that_counts_starts_a_run_and_no_other_does(tmp_path: Path) -> None:
    write_notebook(tmp_path / "score.ipynb", EVENTS)
    with nbdag(
        tmp_path,
        *("trigger", "score.ipynb", "--webhook", "0", "--once", "id"),
        *("--set", "key=file", "--set", "n=count", "--where", "kind=new"),
    ) as lines:
        address = re.findall(r"http://\S+", until(lines, "start"))[0]

        def post(body: object, media: str = "application/json") -> int:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            try:
                with urlopen(Request(address, data, {"Content-Type": media}), timeout=5) as got:
                    return int(got.status)
            except HTTPError as error:
                error.close()
                return error.code

        one = {"kind": "new", "file": "a.csv", "count": 5, "id": 1}
        assert post(one, "text/plain") == 415
        assert post(b"{") == 400
        assert [post(one), post(one), post({**one, "kind": "old", "id": 2})] == [202] * 3
        assert post({**one, "count": "many", "id": 3}) == 202
        assert post({"kind": "new", "id": 4}) == 202
        until(lines, "succeeded")
        assert "'n' takes int" in until(lines, "started no run")
        until(lines, "succeeded")
    assert parameters(tmp_path) == [{"key": "a.csv", "n": 5}, {"key": "none", "n": 3}]
