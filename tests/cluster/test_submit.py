"""Runs by `nbdag submit`: followed into the history, asked and retried as runs here."""

from __future__ import annotations

from typing import Any

from kubernetes import client

import nbdag
from cluster.desk import Desk, phases, wait_for
from nbdag.runs.events import Phase
from notebooks import Source


def test_a_failed_step_is_told_with_its_cell_and_retried_with_what_is_there(desk: Desk) -> None:
    run = desk.submit(
        Source("go = True\nitems = [1, 2]\nopen('note.txt', 'w').write('n')", ("step:load",)),
        Source("if go:\n    size = 1\nelse:\n    size = 2", ("step:tune",)),
        Source("import os\n\nassert os.path.exists('ok.txt'), 'not yet'", ("step:check",)),
        Source("print(size, items, open('note.txt').read())", ("step:show", "prev:check")),
    ).wait()
    assert run.phase is Phase.FAILED
    failed = run["check"].state
    assert (failed.cell, failed.line) == (3, 3)
    assert failed.message == "AssertionError: not yet"
    assert any(output["output_type"] == "error" for output in run["check"].outputs)
    assert phases(run)["tune_else"] == "Skipped"
    again = run.retry().wait()
    assert again.phase is Phase.FAILED
    assert again["load"].state.cached
    assert not again["check"].state.cached
    assert phases(again)["tune_else"] == "Skipped"


def test_a_gate_waits_until_it_is_answered(desk: Desk) -> None:
    run = desk.submit(Source("x = 1", ("step:a",)), Source("print(x)", ("step:b", "approve:Sure?")))
    wait_for(run, "b", Phase.SUSPENDED)
    assert run["b"].message == "Sure?"
    run.resume("b")
    assert run.wait().phase is Phase.SUCCEEDED
    assert run["b"].logs() == "1\n"


def test_a_run_is_stopped_and_says_so(desk: Desk) -> None:
    run = desk.submit(Source("import time\ntime.sleep(300)", ("step:long",)))
    wait_for(run, "long", Phase.RUNNING)
    run.stop()
    assert run.wait().phase is Phase.FAILED
    assert run.state.message == "interrupted"


def test_a_run_is_followed_by_another_process_from_the_history(desk: Desk) -> None:
    run = desk.submit(Source("n = 3", ("parameters",)), Source("print(n + 1)", ("step:a",)), n=4)
    other = nbdag.open_run(run.id, folder=desk.folder)
    assert other.wait().phase is Phase.SUCCEEDED
    assert other["a"].logs() == "5\n"


def test_a_workflow_that_somebody_deletes_is_an_error_and_no_success(desk: Desk) -> None:
    run = desk.submit(Source("import time\ntime.sleep(300)", ("step:long",)))
    wait_for(run, "long", Phase.RUNNING)
    custom: Any = client.CustomObjectsApi(desk.cluster.api)
    where = ("argoproj.io", "v1alpha1", desk.cluster.namespace, "workflows")
    (item,) = custom.list_namespaced_custom_object(*where, label_selector=f"nbdag/run={run.id}")[
        "items"
    ]
    custom.delete_namespaced_custom_object(*where, item["metadata"]["name"])
    assert run.wait(60).phase is Phase.ERROR
    assert run.state.message == "the workflow was deleted on the cluster"
