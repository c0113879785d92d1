"""Runs that start by the clock, made by a user who may do that and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
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
SPOILT = (
    Source("x = ['mark']", ("step:make",)),
    Source("type(x).__dict__['append'](x, 2)", ("step:change",)),
    Source("print(x)", ("step:show",)),
)
LABEL = "workflows.argoproj.io/cron-workflow="


def test_a_schedule_starts_a_run_that_knows_its_time_until_it_is_paused(
    kube: client.ApiClient,
    store: Store,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_notebook(tmp_path / "report.ipynb", CELLS)
    write_notebook(tmp_path / "spoilt.ipynb", SPOILT)
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
        command("schedule", "spoilt.ipynb", "--cron", "* * * * *", "--image", image)

        def ended(name: str) -> Workflow:
            def over() -> Workflow | None:
                runs = workflows(made, LABEL + name)
                found = [each for each in runs if each.get("status", {}).get("finishedAt")]
                return Workflow(found[0], kube, store) if found else None

            found: Workflow = until(over, f"no run of {name} has started and ended", 240)
            return found

        done = ended("report")
        command("schedules", "report", "--pause")
        assert done.phase == "Succeeded", done.why()
        due, number = done.printed("tell").split()
        moment = datetime.fromisoformat(due.replace("Z", "+00:00"))
        assert (number, moment.second) == ("5", 0)
        assert began < moment < began + timedelta(seconds=61)

        wrong = ended("spoilt")
        command("schedules", "spoilt", "--pause")
        assert (wrong.phase, wrong.phases["show"]) == ("Failed", "Succeeded")
        assert "NB250 cell 2, line 1: step 'change' changed 'x'" in wrong.why()
        _look(command, number=5, due=due)

        found = json.loads(command("schedules", "--json").splitlines()[0])
        assert (found["name"], found["paused"], found["problem"]) == ("report", True, "")
        assert "Succeeded" in found["runs"].values()
        command("schedules", "report", "--resume")
        assert len(command("schedules", "report", "--next", "3").split()) == 3
        command("schedules", "report", "--delete")
        command("schedules", "spoilt", "--delete")
        assert "no schedules" in command("schedules")
        status, told = nbdag(tmp_path, "schedules", "report", "--delete")
        assert (status, "There is no schedule 'report'" in told) == (1, True)


def _look(command: Callable[..., str], *, number: int, due: str) -> None:
    """See the runs that nobody here has started in the history, judged, with their outputs."""
    rows = [json.loads(line) for line in command("runs", "--remote", "--json").splitlines()]
    kept = [row["id"] for row in map(json.loads, command("runs", "--json").splitlines())]
    assert [row["id"] for row in rows] == kept
    first = {row["notebook"]: row for row in reversed(rows)}
    report, spoilt = first["report.ipynb"], first["spoilt.ipynb"]
    assert (report["phase"], report["parameters"]) == ("Succeeded", {"day": due, "n": number})
    assert (spoilt["phase"], spoilt["steps"]["change"]) == ("Failed", "Failed")
    command("watch", report["id"], "-o", "shown.ipynb")
    folder = Path(report["folder"]).parents[2]
    assert f"{due} {number}" in (folder / "shown.ipynb").read_text(encoding="utf-8")
