"""What Prometheus is told of runs, and the rules and the dashboard about it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from nbdag.cli.metrics import metrics
from nbdag.metrics import ended
from nbdag.runs.events import RunEvent, fold
from nbdag_converters.compilers.argo import Options, compile_objects
from nbdag_converters.model import Pipeline, Retry, StepConfig
from nbdag_converters.monitoring import FAMILIES, Ended, dashboard, rule_groups, samples, to_text
from pipelines import CONTROL, make_pipeline, make_step, wide_pipeline

GOOD = Ended("Succeeded", 4, 100.0, {"load": Ended("Succeeded", 1)}, {"auc": 0.9})
BAD = Ended("Failed", 70.5, 200.0, {"load": Ended("Failed", 70)})


def test_runs_are_counted_timed_and_told_as_prometheus_reads_them() -> None:
    lines = to_text(samples([("fraud", GOOD), ("fraud", BAD)])).splitlines()
    start = "argo_workflows_nbdag_"
    for line in (
        f"# TYPE {start}run_total counter",
        f'{start}run_total{{pipeline="fraud",status="Succeeded"}} 1',
        f'{start}run_total{{pipeline="fraud",status="Failed"}} 1',
        f"# TYPE {start}run_duration_seconds histogram",
        f'{start}run_duration_seconds_bucket{{pipeline="fraud",le="1"}} 0',
        f'{start}run_duration_seconds_bucket{{pipeline="fraud",le="5"}} 1',
        f'{start}run_duration_seconds_bucket{{pipeline="fraud",le="+Inf"}} 2',
        f'{start}run_duration_seconds_sum{{pipeline="fraud"}} 74.5',
        f'{start}run_duration_seconds_count{{pipeline="fraud"}} 2',
        f'{start}run_last_duration_seconds{{pipeline="fraud"}} 70.5',
        f'{start}run_last_success_timestamp_seconds{{pipeline="fraud"}} 100',
        f'{start}step_total{{pipeline="fraud",step="load",status="Failed"}} 1',
        f'{start}step_duration_seconds_bucket{{pipeline="fraud",step="load",le="1"}} 1',
        f'{start}metric{{pipeline="fraud",metric="auc"}} 0.9',
    ):
        assert line in lines
    assert len(lines) == len(set(lines))


def test_names_with_any_letters_are_escaped_and_what_is_no_number_is_left_out() -> None:
    run = Ended("Succeeded", 1, metrics={'a "b"\\\n': 1.0, "nan": float("nan")})
    text = to_text(samples([("{{x}}", run)]))
    assert r'pipeline="{ {x} }",metric="a \"b\"\\\n"} 1' in text
    assert "nan" not in text


def test_steps_that_did_not_run_are_not_counted() -> None:
    events = [
        RunEvent(1, "run-started", data={"run": "r", "steps": ["a", "b", "c"]}),
        RunEvent(2, "launched", "a", {"attempt": 1}),
        RunEvent(3, "metric", "a", {"name": "auc", "value": 0.5}),
        RunEvent(3, "metric", "a", {"name": "kind", "value": "tree"}),
        RunEvent(4, "finished", "a", {"phase": "Failed", "message": "no"}),
        RunEvent(4, "skipped", "b", {"kind": "above"}),
        RunEvent(5, "run-finished", data={"phase": "Failed"}),
    ]
    assert ended(fold(events)) == Ended("Failed", 4, 1, {"a": Ended("Failed", 2)}, {"auc": 0.5})


def metrics_of(pipeline: Pipeline, name: str) -> list[dict[str, Any]]:
    spec = compile_objects(pipeline, Options()).template["spec"]
    found = next(item for item in spec["templates"] if item["name"] == name)
    return list(found.get("metrics", {}).get("prometheus", ()))


def test_argo_is_told_the_same_names_and_labels_as_runs_here_have() -> None:
    step = make_step("train", 2, metrics=("auc",))
    pipeline = make_pipeline(step)
    spec = compile_objects(pipeline, Options()).template["spec"]
    told = [*spec["metrics"]["prometheus"], *metrics_of(pipeline, "train")]
    here = {
        (sample.family.name, tuple(name for name in sample.labels if name != "le"))
        for sample in samples([("fraud", GOOD)])
    }
    assert {(m["name"], tuple(label["key"] for label in m["labels"])) for m in told} == here
    assert {m["name"] for m in told} == {family.name for family in FAMILIES}


def test_a_step_is_counted_once_whatever_it_is_made_of() -> None:
    counted = {
        item["name"]: item["metrics"]["prometheus"][0]["labels"][1]["value"]
        for item in compile_objects(CONTROL, Options()).template["spec"]["templates"]
        if "metrics" in item
    }
    assert set(counted.values()) == {step.name for step in CONTROL.steps}
    assert len(counted) == len(CONTROL.steps)


def test_attempts_are_not_counted_as_steps() -> None:
    retried = make_pipeline(make_step("train", 2, config=StepConfig(retry=Retry(2))))
    assert {m["when"] for m in metrics_of(retried, "train")} == {"'{{retries}}' =~ '^[0-9]+$'"}
    assert all("when" not in m for m in metrics_of(make_pipeline(make_step("train", 2)), "train"))


def test_steps_that_share_a_template_are_told_apart() -> None:
    (label,) = {m["labels"][1]["value"] for m in metrics_of(wide_pipeline(200), "step")}
    assert label == "{{inputs.parameters.step}}"


def test_rules_and_dashboard_ask_for_metrics_that_there_are() -> None:
    known = {family.series for family in FAMILIES}
    text = json.dumps([rule_groups(late=3600), dashboard()])
    asked = {
        re.sub("_(bucket|sum|count)$", "", name)
        for name in re.findall(r"argo_workflows_nbdag_\w+", text)
    }
    assert asked <= known
    assert len(asked) >= 6


def output(*arguments: str) -> str:
    done = CliRunner().invoke(metrics, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def test_late_is_a_rule_only_where_it_is_said_when() -> None:
    def alerts(*arguments: str) -> list[str]:
        (group,) = yaml.safe_load(output("--rules", *arguments))["groups"]
        return [rule["alert"] for rule in group["rules"]]

    assert alerts() == ["NbdagRunFailed", "NbdagRunSlow"]
    assert alerts("--late", "26h") == ["NbdagRunFailed", "NbdagRunSlow", "NbdagRunLate"]


def test_the_operator_gets_rules_and_where_to_ask() -> None:
    rule, monitor = yaml.safe_load_all(output("--operator", "-n", "argo-system"))
    assert (rule["kind"], monitor["kind"]) == ("PrometheusRule", "ServiceMonitor")
    assert {item["metadata"]["namespace"] for item in (rule, monitor)} == {"argo-system"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rules", "--dashboard"], "one at a time"),
        (["--rules", "--late", "soon"], "'soon' is not a time"),
        (["--rules", "--slow", "1"], "not in the range"),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], told: str) -> None:
    done = CliRunner().invoke(metrics, arguments)
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())


def test_a_notebook_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert CliRunner().invoke(metrics, [str(tmp_path / "x.ipynb")]).exit_code == 1
