"""`nbdag submit` and what follows it, as a user types them."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

from cluster.desk import Desk, texts, wait_for
from cluster.workflows import Store
from nbdag import open_run
from nbdag.runs.events import Phase
from notebooks import Source


def nbdag(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the command in a folder; return its exit status and all that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "nbdag.cli", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_failure_is_told_with_its_place_and_what_is_left_is_run_by_retry(
    desk: Desk, store: Store
) -> None:
    key = f"nbdag-test/{secrets.token_hex(6)}"
    store.write(key, b"not yet")
    check = "from urllib.request import urlopen\n\nassert urlopen(url).read() == b'now', 'not yet'"
    path = desk.write(
        Source("url = ''", ("parameters",)),
        Source("items = [len('a')]\nopen('note.txt', 'w').write('n')", ("step:load",)),
        Source("if items:\n    size = 1\nelse:\n    size = 2", ("step:tune",)),
        Source(check, ("step:check",)),
        Source("print(size, items, open('note.txt').read())", ("step:show", "prev:check")),
    )
    url = store.client.presigned_get_object(store.bucket, key)
    place = ("-n", desk.cluster.namespace, "--image", str(desk.options.image))
    status, told = nbdag(desk.folder, "submit", path.name, *place, "-p", f"url={url}")
    run = open_run(folder=desk.folder)
    assert status == 1, told
    for text in (
        "check failed in cell 4, line 3",
        "assert urlopen(url).read() == b'now', 'not yet'",
        "AssertionError: not yet",
        "Traceback",
        f"nbdag logs {run.id} check",
        "not run because of it: show",
        f"nbdag retry {run.id}",
    ):
        assert text in told, told
    assert nbdag(desk.folder, "logs", run.id, "check")[1].count("AssertionError") >= 1
    store.write(key, b"now")
    status, told = nbdag(desk.folder, "retry", run.id)
    assert status == 0, told
    again = open_run(folder=desk.folder)
    assert [again[name].state.cached for name in ("load", "check")] == [True, False]
    assert again["tune_else"].phase is Phase.SKIPPED
    assert texts(again, "show") == ["1 [1] n\n"]


def test_a_gate_is_answered_by_resume(desk: Desk) -> None:
    run = desk.submit(
        Source("x = int('1')", ("step:a",)), Source("print(x)", ("step:b", "approve:Sure?"))
    )
    wait_for(run, "b", Phase.SUSPENDED)
    assert run["b"].message == "Sure?"
    status, told = nbdag(desk.folder, "resume", run.id, "b")
    assert status == 0, told
    assert run.wait().phase is Phase.SUCCEEDED
    assert run["b"].logs() == "1\n"
