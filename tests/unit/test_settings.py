from __future__ import annotations

import copy
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdag_converters.errors import NotebookError
from nbdag_converters.model import Notify, PipelineConfig, Retry, SecretRef, StepConfig, Volume
from nbdag_converters.settings import SETTINGS, read_settings, set_config, shown_settings


def config(**section: Any) -> PipelineConfig:
    found, diagnostics = read_settings({"nbdag": section})
    assert diagnostics == ()
    return found


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("name", "Fraud 2.0 ä", "Fraud 2.0 ä"),
        ("description", "A, b: c", "A, b: c"),
        ("image", "quay.io/a/b:1", "quay.io/a/b:1"),
        ("timeout", "1h30m", 5400.0),
        ("retry", 3, Retry(3)),
        ("retry", "3:10s:2", Retry(3, 10.0, 2.0)),
        ("schedule", "0 4 * * 1", "0 4 * * 1"),
        ("schedule", "@daily", "@daily"),
        ("timezone", "Europe/Berlin", "Europe/Berlin"),
        (
            "notify",
            ["failure:slack:alerts/url=SLACK_URL"],
            (Notify("failure", "slack", SecretRef("alerts", "url", "SLACK_URL")),),
        ),
        ("env", {"A": "1", "B": 2}, (("A", "1"), ("B", "2"))),
        ("packages", ["numpy>=1"], ("numpy>=1",)),
        ("files", ["data/a.csv"], ("data/a.csv",)),
        ("parallelism", 4, 4),
        ("keep", "16Mi", 16 * 2**20),
        ("keep", "1k", 1000),
        ("keep", 0, 0),
        ("volumes", ["a:/a", "b:/b:10Gi"], (Volume("a", "/a"), Volume("b", "/b", "10Gi"))),
        ("artifact_store", "s3://bucket/x", "s3://bucket/x"),
        ("step_defaults", ["cpu:2", "env:A=1"], StepConfig(cpu="2", env=(("A", "1"),))),
    ],
)
def test_a_setting_is_read(key: str, value: Any, read: object) -> None:
    assert getattr(config(**{key: value}), key) == read


@pytest.mark.parametrize(
    ("key", "value", "fix"),
    [
        ("name", "a/b", "name=fraud"),
        ("name", "", "name=fraud"),
        ("name", ["a"], "name=fraud"),
        ("timeout", 90, "timeout=2h"),
        ("timeout", "90", "Did you mean `90s`?"),
        ("retry", "many", "retry"),
        ("retry", True, "retry"),
        ("schedule", "daily", "0 4 * * 1"),
        ("schedule", "0 4 * * 7", "0 4 * * 1"),
        ("notify", "failure:slack:a/b=C", "notify=failure:slack"),
        ("notify", ["sometimes:slack:a/b=C"], "notify=failure:slack"),
        ("notify", ["failure:pager:a/b=C"], "notify=failure:slack"),
        ("notify", ["failure:slack:https://hooks.example/T0"], "notify=failure:slack"),
        ("notify", ["failure:slack:a/b=NBDAG_X"], "notify=failure:slack"),
        ("timezone", "Europe/Atlantis", "timezone=Europe/Berlin"),
        ("timezone", "../etc/passwd", "timezone=Europe/Berlin"),
        ("env", ["A=1"], "env=LOG_LEVEL"),
        ("env", {"1A": "x"}, "env:"),
        ("env", {"A": None}, "env="),
        ("packages", "numpy", "packages="),
        ("packages", [1], "packages="),
        ("files", ["/etc/passwd"], "files="),
        ("files", ["../x"], "files="),
        ("parallelism", 0, "parallelism=4"),
        ("parallelism", "4", "parallelism=4"),
        ("keep", "much", "keep="),
        ("keep", -1, "keep="),
        ("volumes", ["a"], "volume:"),
        ("step_defaults", ["step:a"], "step_defaults="),
        ("step_defaults", ["hide"], "step_defaults="),
        ("step_defaults", ["cpu:fast"], "cpu:"),
        ("namespace", "My NS", "Did you mean `my-ns`?"),
    ],
)
def test_a_wrong_setting_is_told_and_left_out(key: str, value: Any, fix: str) -> None:
    found, (finding,) = read_settings({"nbdag": {key: value}})
    assert (finding.code, finding.severity) == ("NB151", "error")
    assert f"'{key}'" in finding.message
    assert fix in finding.fix
    assert found == PipelineConfig()


def test_an_unknown_setting_brings_the_nearest() -> None:
    _, (finding,) = read_settings({"nbdag": {"timout": "2h"}})
    assert (finding.code, finding.fix) == ("NB150", "Did you mean `timeout`?")


def test_settings_that_are_no_object_are_told() -> None:
    found, (finding,) = read_settings({"nbdag": ["name"]})
    assert finding.code == "NB151"
    assert found == PipelineConfig()


def test_kales_settings_are_read() -> None:
    found, diagnostics = read_settings(
        {
            "kubeflow_notebook": {
                "pipeline_name": "fraud",
                "pipeline_description": "Finds fraud",
                "experiment": {"id": "1", "name": "spring"},
                "experiment_name": "",
                "docker_image": "quay.io/a:1",
                "base_image": "",
                "autosnapshot": True,
                "steps_defaults": ["report:disabled", "label:a:b"],
                "volumes": [
                    {"name": "w", "mount_point": "/w", "type": "pvc", "size": 1},
                    {"name": "n", "mount_point": "/n", "type": "new_pvc", "size": 5},
                ],
            }
        }
    )
    assert diagnostics == ()
    assert found == PipelineConfig(
        name="fraud",
        description="Finds fraud",
        experiment="spring",
        image="quay.io/a:1",
        step_defaults=StepConfig(labels=(("a", "b"),)),
        volumes=(Volume("w", "/w"), Volume("n", "/n", "5Gi")),
    )


def test_nbdags_settings_come_before_kales() -> None:
    found, _ = read_settings(
        {"nbdag": {"name": "ours"}, "kubeflow_notebook": {"pipeline_name": "theirs"}}
    )
    assert found.name == "ours"


def test_what_can_not_be_read_of_kale_is_a_warning() -> None:
    _, (finding,) = read_settings({"kubeflow_notebook": {"volumes": ["x"]}})
    assert (finding.code, finding.severity) == ("NB152", "warning")


def test_every_setting_is_one_of_the_model_and_all_are_there() -> None:
    assert {one.name for one in SETTINGS} == {one.name for one in fields(PipelineConfig)}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.name)
def test_every_example_can_be_written_and_read(setting: Any) -> None:
    node: dict[str, Any] = {"metadata": {"kernelspec": {}}}
    set_config(node, f"{setting.name}={setting.example}")
    found, diagnostics = read_settings(node["metadata"])
    assert diagnostics == ()
    assert getattr(found, setting.name) != getattr(PipelineConfig(), setting.name)
    set_config(node, f"{setting.name}=")
    assert node == {"metadata": {"kernelspec": {}}}


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("env=A=1,B=x=y", {"A": "1", "B": "x=y"}),
        ('env={"A": "1,2"}', {"A": "1,2"}),
        ("packages=a, b>=1", ["a", "b>=1"]),
        ('packages=["a"]', ["a"]),
        ("retry=3", "3"),
        ("name = x y ", "x y"),
    ],
)
def test_a_text_is_written_as_json(assignment: str, value: Any) -> None:
    node: dict[str, Any] = {"metadata": {}}
    set_config(node, assignment)
    (written,) = node["metadata"]["nbdag"].values()
    assert written == value


@pytest.mark.parametrize(
    ("assignment", "code"),
    [
        ("name", "NB151"), ("nmae=x", "NB150"), ("timeout=long", "NB151"), ("env=[", "NB151"),
        ("parallelism=x", "NB151"), ("=x", "NB150"), ("env={", "NB151"), ("env=[1]", "NB151"),
    ],
)  # fmt: skip
def test_a_wrong_assignment_changes_nothing(assignment: str, code: str) -> None:
    node: dict[str, Any] = {"metadata": {"nbdag": {"name": "x"}}}
    before = copy.deepcopy(node)
    with pytest.raises(NotebookError) as caught:
        set_config(node, assignment)
    assert caught.value.diagnostics[0].code == code
    assert node == before


@given(st.sampled_from([one.name for one in SETTINGS]), st.text())
def test_what_can_be_written_can_be_read(name: str, text: str) -> None:
    node: dict[str, Any] = {"metadata": {}}
    try:
        set_config(node, f"{name}={text}")
    except NotebookError:
        return
    assert read_settings(node["metadata"])[1] == ()


def test_all_settings_are_shown_with_their_values() -> None:
    rows = shown_settings(
        {"nbdag": {"env": {"A": "1"}}, "kubeflow_notebook": {"pipeline_name": "x"}}
    )
    values = {name: value for name, value, _ in rows}
    assert list(values) == [one.name for one in SETTINGS]
    assert (values["env"], values["name"], values["image"]) == ('{"A": "1"}', "x", "")
