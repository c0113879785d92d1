"""Triggers: what is listened to, which events count, and the command that makes one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from nbdag.cli.trigger import trigger
from nbdag.cli.triggers import triggers
from nbdag.cluster.triggers import triggered
from nbdag_converters.compilers.argo import Options, Profile, compile_objects, events
from nbdag_converters.compilers.argo.events import Filter, parse_filter
from nbdag_converters.compilers.argo.rights import rights
from nbdag_converters.compilers.argo.trigger import Trigger
from notebooks import Source, write_notebook
from pipelines import CONTROL

CELLS = (
    Source("n = 3\nkey = 'none'", ("parameters",)),
    Source("print(n, key)", ("step:a",)),
)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("kind=new", {"path": "body.kind", "type": "string", "value": ["^new$"]}),
        ("kind!=a.b", {"comparator": "!=", "value": [r"^a\.b$"]}),
        ("key~[.]csv$", {"comparator": "=", "value": ["[.]csv$"]}),
        ("a.0.size>=1.5", {"path": "body.a.0.size", "type": "number", "comparator": ">="}),
        ("text=a=b>c", {"value": ["^a=b>c$"]}),
        ("text=", {"value": ["^$"]}),
    ],
)  # fmt: skip
def test_a_condition_becomes_a_filter(text: str, made: dict[str, Any]) -> None:
    found = parse_filter(text).spec("body.")
    assert {key: found[key] for key in made} == made


@pytest.mark.parametrize("text", ["kind", "", "=x", "size>many", "a b=c"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(events.EventError, match=r"condition|no number"):
        parse_filter(text)


def sensor(**options: Any) -> dict[str, Any]:
    made = Trigger("work-hook", events.webhook("/run"), **options)
    return compile_objects(CONTROL, Options()).triggered(made, Profile())[1]


def start(made: dict[str, Any]) -> dict[str, Any]:
    (only,) = made["spec"]["triggers"]
    return dict(only["template"]["k8s"])


def test_a_run_is_named_by_its_event_or_by_what_tells_events_apart() -> None:
    (name, *_) = start(sensor())["parameters"]
    assert name["dest"] == "metadata.name"
    assert name["src"]["contextTemplate"] == (
        "work-hook-{{ .Input.id | toString | sha256sum | trunc 12 }}"
    )
    (name, *_) = start(sensor(once="items.0.id"))["parameters"]
    assert name["src"]["dataTemplate"] == (
        '{{ with index .Input "body" "items" 0 "id" }}'
        "work-hook-{{ . | toString | sha256sum | trunc 12 }}{{ end }}"
    )


def test_fields_reach_the_parameters_by_their_place_and_have_their_defaults() -> None:
    made = start(sensor(fields=(("word", "who"), ("n", "items.0.n"))))
    given = made["source"]["resource"]["spec"]["arguments"]["parameters"]
    assert given == [{"name": "n", "value": "3"}, {"name": "word", "value": "it's"}]
    (_, word, count) = made["parameters"]
    assert (word["dest"], count["dest"]) == (
        "spec.arguments.parameters.1.value",
        "spec.arguments.parameters.0.value",
    )
    assert (word["src"]["dataKey"], word["src"]["value"]) == ("body.who", "it's")


def test_objects_are_told_by_messages_in_the_form_of_aws() -> None:
    found = events.told_objects("input/data/", events.nats("nats://b:4222/s3"))
    assert found.path("key") == "body.Records.0.s3.object.key"
    assert found.filters[1:] == (
        Filter("s3.bucket.name", "=", "input"),
        Filter("s3.object.key", "~", "^data/"),
    )


def test_sensors_may_make_workflows_and_sources_see_what_they_watch_and_no_more() -> None:
    made = rights("ml", more=("triggers",), watched=("configmaps", "jobs.batch"))
    roles = {item["metadata"]["name"]: item["rules"] for item in made if item["kind"] == "Role"}
    assert roles["nbdag-trigger"] == [
        {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["create"]}
    ]
    assert roles["nbdag-watch"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "list", "watch"]},
    ]
    accounts = [item["metadata"]["name"] for item in made if item["kind"] == "ServiceAccount"]
    assert accounts == ["argo-workflow", "nbdag-trigger", "nbdag-watch"]


def test_a_trigger_says_what_it_listens_to_what_is_wrong_and_what_became_of_its_runs() -> None:
    made = Trigger("work-hook", events.webhook("/run"))
    source, item = compile_objects(CONTROL, Options()).triggered(made, Profile())
    condition = {"type": "Deployed", "status": "False", "message": "no bus"}
    run = {"metadata": {"name": "w", "labels": {"nbdag/trigger": "work-hook"}}}
    found = triggered({**item, "status": {"conditions": [condition]}}, source, [run])
    assert (found.pipeline, found.kind, found.problem) == ("work", "webhook", "no bus")
    assert found.phases == {"w": ""}
    assert triggered(item, None, []).problem == "it listens to nothing"


def test_the_command_writes_all_that_a_cluster_needs(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CELLS)
    target = tmp_path / "out.yaml"
    arguments = [str(path), "--nats", "nats://b:4222/s3", "--s3", "input/data/", "--set", "key=key"]
    more = ["--where", "key~[.]csv$", "-p", "n=5", "-o", str(target)]
    done = CliRunner().invoke(trigger, [*arguments, *more])
    assert done.exit_code == 0, done.output
    made = list(yaml.safe_load_all(target.read_text()))
    kinds = ["ConfigMap", "ConfigMap", "WorkflowTemplate", "EventSource", "Sensor"]
    assert [item["kind"] for item in made] == kinds
    (dependency,) = made[-1]["spec"]["dependencies"]
    paths = [each["path"] for each in dependency["filters"]["data"]]
    assert paths[-1] == "body.Records.0.s3.object.key"
    given = start(made[-1])["source"]["resource"]["spec"]["arguments"]["parameters"]
    assert given == [{"name": "n", "value": "5"}, {"name": "key", "value": "none"}]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "say one thing that starts runs"),
        (["--webhook", "/a", "--alert", "x"], "say one thing that starts runs"),
        (["--webhook", "run"], "'run' is no path of a webhook"),
        (["--webhook", "/a", "--secret", "x"], "'x' is no key of a secret"),
        (["--nats", "broker/x"], "'broker/x' is no address as nats://"),
        (["--kafka", "broker:9092"], "'broker:9092' is no address"),
        (["--amqp", "amqp://b/x"], "is no address as amqp://"),
        (["--s3", "Input!"], "'Input!' is no bucket"),
        (["--s3", "input"], "need the address of a MinIO and a secret"),
        (["--s3", "input", "--alert", "x"], "not by alerts"),
        (["--resource", "pods.v1"], "needs the namespace"),
        (["--resource", "pods", "-n", "ml"], "'pods' is no resource"),
        (["--webhook", "/a", "--where", "x"], "'x' is no condition"),
        (["--webhook", "/a", "--set", "key"], "'key' is not NAME=PATH"),
        (["--webhook", "/a", "--set", "m=x"], "has no parameter 'm'; it has: n, key"),
        (["--webhook", "/a", "--set", "n=x", "-p", "n=1"], "'n' can't get two values"),
    ],
)
def test_a_wrong_trigger_is_told_before_anything_is_made(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CELLS)
    target = tmp_path / "out.yaml"
    done = CliRunner().invoke(trigger, [str(path), *arguments, "-o", str(target)])
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())
    assert not target.exists()


@pytest.mark.parametrize("arguments", [["work"], ["--delete"]])
def test_a_trigger_is_deleted_by_its_name(arguments: list[str]) -> None:
    done = CliRunner().invoke(triggers, arguments)
    assert done.exit_code == 2
    assert "name it and say --delete" in done.output
