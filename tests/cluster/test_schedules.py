"""Runs that start by the clock, made by a user who may do that and no more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

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
DUE = "workflows.argoproj.io/scheduled-time"
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


@pytest.mark.alone
def test_a_time_missed_while_the_controller_was_down_is_told_and_made_up_for_in_time(
    kube: client.ApiClient,
    store: Store,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_notebook(tmp_path / "report.ipynb", CELLS)
    with namespace(kube, store) as made:
        monkeypatch.setenv("KUBECONFIG", str(set_up(made, tmp_path, "--with", "schedules")))

        def command(*arguments: str) -> str:
            status, told = nbdag(tmp_path, *arguments)
            assert status == 0, told
            return told

        def times(name: str) -> set[datetime]:
            runs = workflows(made, LABEL + name)
            found = (each["metadata"]["annotations"][DUE] for each in runs)
            return {datetime.fromisoformat(text.replace("Z", "+00:00")) for text in found}

        first = (datetime.now(timezone.utc) + timedelta(seconds=120)).replace(second=0)
        missed = first.replace(microsecond=0) + timedelta(minutes=1)
        # Of times that were missed, Argo makes up for the last one.
        every = ("--cron", f"{first.minute},{missed.minute} * * * *", "--image", image)
        for name, deadline in (("late", "5m"), ("lost", "1s")):
            more = ("--name", name, "--deadline", deadline, "--concurrency", "Allow")
            command("schedule", "report.ipynb", *every, *more)
        until(lambda: times("late") and times("lost"), "no first runs have started", 120)
        with no_controller(kube):
            time.sleep(max(0, (missed - datetime.now(timezone.utc)).total_seconds()) + 32)
            told = [json.loads(line) for line in command("schedules", "--json").splitlines()]
            said = f"nothing was started at {missed:%Y-%m-%d %H:%M} UTC"
            assert [said in each["problem"] for each in told] == [True, True]
        until(lambda: missed in times("late"), "it was not made up for")
        time.sleep(5)
        assert missed not in times("lost")
        told = [json.loads(line) for line in command("schedules", "--json").splitlines()]
        assert {each["name"]: said in each["problem"] for each in told} == {
            "late": False,
            "lost": True,
        }


@contextmanager
def no_controller(kube: client.ApiClient) -> Generator[None]:
    """Have no controller of Argo for a while."""
    apps: Any = client.AppsV1Api(kube)
    core: Any = client.CoreV1Api(kube)
    label = {"label_selector": "app=workflow-controller"}
    (pod,) = core.list_pod_for_all_namespaces(**label).items
    place = ("workflow-controller", pod.metadata.namespace)

    def scale(count: int) -> None:
        apps.patch_namespaced_deployment_scale(*place, {"spec": {"replicas": count}})
        until(
            lambda: len(core.list_pod_for_all_namespaces(**label).items) == count,
            f"there are not {count} controllers",
        )

    scale(0)
    try:
        yield
    finally:
        scale(1)
