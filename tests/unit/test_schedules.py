"""Schedules on a cluster: what a CronWorkflow says of itself, and the command that makes one."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from nbdag.cli.schedule import schedule
from nbdag.cli.schedules import schedules
from nbdag.cluster.schedules import scheduled
from nbdag_converters.compilers.argo import Concurrency, Options, Schedule, compile_objects
from nbdag_converters.compilers.argo.rights import rights
from notebooks import Source, write_notebook
from pipelines import CONTROL

NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
CELLS = (Source("n = 3\nday = ''", ("parameters",)), Source("print(n, day)", ("step:a",)))


def cron(concurrency: Concurrency = "Forbid", **status: Any) -> dict[str, Any]:
    made = compile_objects(CONTROL, Options()).scheduled(
        Schedule(("0 4 * * *", "30 1 * * *"), "Europe/Berlin", concurrency)
    )
    return {**made, "status": status}


def workflow(name: str, phase: str, owner: str = "work") -> dict[str, Any]:
    labels = {"workflows.argoproj.io/cron-workflow": owner}
    metadata = {"name": name, "labels": labels, "creationTimestamp": f"2026-11-29T{name}"}
    return {"metadata": metadata, "status": {"phase": phase}}


def test_a_schedule_says_when_it_is_due_and_what_became_of_its_runs() -> None:
    runs = [workflow("04", "Failed"), workflow("02", "Succeeded"), workflow("05", "", "other")]
    found = scheduled(cron(lastScheduledTime="2026-11-29T03:00:00Z"), runs)
    assert found.phases == {"02": "Succeeded", "04": "Failed"}
    assert list(found.phases) == ["02", "04"]
    assert found.last == datetime(2026, 11, 29, 3, tzinfo=timezone.utc)
    assert [each.isoformat() for each in found.due(3, NOW)] == [
        "2026-11-30T01:30:00+01:00",
        "2026-11-30T04:00:00+01:00",
        "2026-12-01T01:30:00+01:00",
    ]


def test_a_schedule_that_is_paused_is_never_due() -> None:
    made = cron()
    made["spec"]["suspend"] = True
    assert scheduled(made, ()).due(3, NOW) == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({}, ""),
        ({"conditions": [{"type": "SpecError", "status": "True", "message": "no x"}]}, "no x"),
        ({"conditions": [{"type": "SpecError", "status": "False", "message": "no x"}]}, ""),
        ({"phase": "Stopped"}, "it has stopped: too many of its runs have failed"),
    ],
)
def test_why_a_schedule_starts_nothing_is_told(status: dict[str, Any], told: str) -> None:
    assert scheduled(cron(**status), ()).problem == told


LAST = "2026-11-29T03:00:00Z"  # 4:00 in Berlin
SAID = {"time": "2026-11-30T00:31:00Z", "fieldsV1": {"f:spec": {}}}


@pytest.mark.parametrize(
    ("now", "told", "status", "more"),
    [
        ("2026-11-30T00:30:20", "", {}, {}),
        ("2026-11-30T00:30:40", "nothing was started at 2026-11-30 01:30 CET", {}, {}),
        ("2026-11-30T09:00:00", "nothing was started at 2026-11-30 01:30 CET", {}, {}),
        ("2026-11-30T00:30:40", "", {"active": [{"name": "w"}]}, {}),
        ("2026-11-30T00:31:40", "", {}, {"managedFields": [SAID]}),
    ],
    ids=["in time", "late", "much later", "an earlier one goes on", "said since"],
)
def test_a_time_for_which_nothing_was_started_is_told(
    now: str, told: str, status: dict[str, Any], more: dict[str, Any]
) -> None:
    made = cron(lastScheduledTime=LAST, **status)
    made["metadata"] |= {"creationTimestamp": "2026-11-01T00:00:00Z", **more}
    found = scheduled(made, (), datetime.fromisoformat(f"{now}+00:00"))
    assert found.problem.startswith(told)
    assert bool(found.problem) == bool(told)
    made["spec"]["suspend"] = True
    assert scheduled(made, (), datetime.fromisoformat(f"{now}+00:00")).problem == ""


def test_where_runs_may_go_on_beside_each_other_a_time_is_missed_all_the_same() -> None:
    made = cron("Allow", lastScheduledTime=LAST, active=[{"name": "w"}])
    found = scheduled(made, (), datetime(2026, 11, 30, 9, tzinfo=timezone.utc))
    assert found.problem.startswith("nothing was started")


def test_the_right_to_schedule_is_given_to_who_needs_it_only() -> None:
    jane = {"kind": "User", "name": "jane"}

    def resources(*more: str) -> set[str]:
        roles = [o for o in rights("ml", subject=jane, more=more) if o["kind"] == "Role"]
        return {name for role in roles for rule in role["rules"] for name in rule["resources"]}

    assert resources("schedules") - resources() == {"cronworkflows"}


def run(folder: Path, *arguments: str, metadata: dict[str, Any] | None = None) -> Result:
    path = write_notebook(folder / "work.ipynb", CELLS, metadata=metadata)
    return CliRunner().invoke(schedule, [str(path), "-o", str(folder / "out.yaml"), *arguments])


def written(folder: Path) -> dict[str, Any]:
    found = list(yaml.safe_load_all((folder / "out.yaml").read_text()))
    kinds = ["ConfigMap", "ConfigMap", "WorkflowTemplate", "CronWorkflow"]
    assert [item["kind"] for item in found] == kinds
    return dict(found[-1]["spec"])


def test_the_command_writes_what_starts_runs_by_the_clock(tmp_path: Path) -> None:
    done = run(tmp_path, "--cron", "@daily", "-p", "n=5", "--time-as", "day", "--deadline", "2h")
    assert done.exit_code == 0, done.output
    assert written(tmp_path) == {
        "schedules": ["@daily"],
        "timezone": "UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 7200,
        "workflowSpec": {
            "workflowTemplateRef": {"name": "work"},
            "arguments": {
                "parameters": [
                    {"name": "n", "value": "5"},
                    {"name": "day", "value": "{{workflow.scheduledTime}}"},
                ]
            },
        },
    }


def test_without_a_time_the_notebooks_own_settings_count(tmp_path: Path) -> None:
    settings = {"schedule": "0 4 * * 1", "timezone": "Europe/Berlin"}
    assert run(tmp_path, metadata={"nbdag": settings}).exit_code == 0
    spec = written(tmp_path)
    assert (spec["schedules"], spec["timezone"]) == (["0 4 * * 1"], "Europe/Berlin")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "say when: --cron"),
        (["--cron", "daily"], "five fields"),
        (["--cron", "0 4 * * 7"], "day of the week"),
        (["--cron", "@daily", "--timezone", "Mars/Base"], "is no time zone that is known here"),
        (["--cron", "@daily", "--time-as", "when"], "has no parameter 'when'; it has: n, day"),
        (["--cron", "@daily", "--time-as", "n"], "'n' takes int"),
        (["--cron", "@daily", "--time-as", "day", "-p", "day=x"], "both a value and the time"),
        (["--cron", "@daily", "--deadline", "soon"], "'soon' is not a time"),
        (["--cron", "@daily", "--failures", "0"], "0 is not in the range"),
    ],
)
def test_a_wrong_schedule_is_told_before_anything_is_made(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    done = run(tmp_path, *arguments)
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())
    assert not (tmp_path / "out.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["work", "--pause", "--resume"], "one at a time"),
        (["--delete"], "which schedule?"),
        (["work", "--next", "0"], "0 is not in the range"),
    ],
)
def test_schedules_are_changed_one_way_at_a_time(arguments: list[str], told: str) -> None:
    done = CliRunner().invoke(schedules, arguments)
    assert done.exit_code == 2
    assert told in done.output
