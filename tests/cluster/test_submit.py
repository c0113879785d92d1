"""Runs by `submit`: followed into the history, and stopped, as runs here."""

from __future__ import annotations

from typing import Any

from kubernetes import client

import nbdag
from cluster.desk import Desk, wait_for
from nbdag.runs.events import Phase
from notebooks import Source


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
