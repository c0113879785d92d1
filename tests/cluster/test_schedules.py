"""Runs that start by the clock, made by a user who may do that and no more."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from kubernetes import client

from cluster.listening import until, workflows
from cluster.namespace import namespace, set_up
from cluster.test_cli import nbdag
from cluster.workflows import Store, Workflow
from notebooks import Source, write_notebook

CELLS = (
    Source("day = ''\nn = 3", ("parameters",)),
    Source("print(day, n)", ("step:tell",)),
)
LABEL = "workflows.argoproj.io/cron-workflow=report"


def test_a_schedule_starts_a_run_that_knows_its_time_until_it_is_paused(
    kube: client.ApiClient,
    store: Store,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_notebook(tmp_path / "report.ipynb", CELLS)
    with namespace(kube, store) as made:
        jane = set_up(made, tmp_path, "--with", "schedules")
        monkeypatch.setenv("KUBECONFIG", str(jane))

        def command(*arguments: str) -> str:
            status, told = nbdag(tmp_path, *arguments)
            assert status == 0, told
            return told

        command("doctor", "--with", "schedules", "--image", image)
        began = datetime.now(timezone.utc)
        told = command(
            *("schedule", "report.ipynb", "--cron", "* * * * *", "--image", image),
            *("-p", "n=5", "--time-as", "day", "--timezone", "Europe/Berlin"),
        )
        assert "report: due in" in told

        def ended() -> Workflow | None:
            found = [w for w in workflows(made, LABEL) if (w["status"].get("finishedAt"))]
            return Workflow(found[0], kube, store) if found else None

        done = until(ended, "no run has started and ended", 180)
        command("schedules", "report", "--pause")
        assert done.phase == "Succeeded", done.why()
        due, number = done.printed("tell").split()
        moment = datetime.fromisoformat(due.replace("Z", "+00:00"))
        assert (number, moment.second) == ("5", 0)
        assert began < moment < began + timedelta(seconds=61)

        found = json.loads(command("schedules", "--json"))
        assert (found["name"], found["paused"], found["problem"]) == ("report", True, "")
        assert "Succeeded" in found["runs"].values()
        command("schedules", "report", "--resume")
        assert len(command("schedules", "report", "--next", "3").split()) == 3
        command("schedules", "report", "--delete")
        assert "no schedules" in command("schedules")
        status, told = nbdag(tmp_path, "schedules", "report", "--delete")
        assert (status, "There is no schedule 'report'" in told) == (1, True)
