"""The compiler for Argo: what the objects hold, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nbdag_converters.compilers.argo import (
    Options,
    Profile,
    ProfileError,
    compile_argo,
    compile_objects,
    parse_profile,
)
from nbdag_converters.compilers.base import find_compiler
from nbdag_converters.errors import CompileError, NotebookError
from nbdag_converters.model import (
    Condition,
    Decision,
    Parameter,
    Pipeline,
    PipelineConfig,
    Retry,
    SecretRef,
    StepCell,
    StepConfig,
    Value,
    Volume,
)
from pipelines import CONTROL, SETTINGS, make_pipeline, make_step, names_of, wide_pipeline

TRAP = "{{workflow.name}} {{=1+1}} {{inputs.x}}"


def one_step(**config: Any) -> Pipeline:
    """Return a pipeline of one step with these settings."""
    return make_pipeline(make_step("train", 2, config=StepConfig(**config)))


def template(pipeline: Pipeline, name: str, options: Options | None = None) -> dict[str, Any]:
    """Return the template of that name."""
    spec = compile_objects(pipeline, options).template["spec"]
    return next(item for item in spec["templates"] if item["name"] == name)


def codes(pipeline: Pipeline, options: Options | None = None) -> list[str]:
    """Return the codes of all findings, errors or not."""
    try:
        return [found.code for found in compile_objects(pipeline, options).diagnostics]
    except NotebookError as error:
        return [found.code for found in error.diagnostics]


# What the objects hold ------------------------------------------------------------------


def test_nothing_of_the_notebook_stands_where_argo_replaces_text() -> None:
    step = make_step("train", 2, config=StepConfig(env=(("TEXT", TRAP),), approve=TRAP))
    step = replace(step, cells=(StepCell(2, "a", f"print('{TRAP}')"),))
    pipeline = make_pipeline(step, parameters=(Parameter("text", "str", TRAP, 1, 1),))
    compiled = compile_objects(pipeline)
    spec = compiled.template["spec"]
    for part in (spec["templates"], spec["volumes"]):
        assert "workflow.name" not in json.dumps(part) or "{ {workflow.name} }" in json.dumps(part)
        assert "{{=1+1" not in json.dumps(part)
    assert "'{{workflow.name}}" in compiled.config_maps[0]["data"]["train.json"]
    assert spec["arguments"]["parameters"] == [{"name": "text", "value": TRAP}]
    assert json.loads(compiled.config_maps[0]["data"]["train.json"])["env"] == {"TEXT": TRAP}


def test_config_maps_are_immutable_and_named_by_what_they_hold() -> None:
    first, guard = compile_objects(SETTINGS).config_maps
    again, same = compile_objects(SETTINGS).config_maps
    other, _ = compile_objects(SETTINGS, Options(files={"a.csv": b"1"})).config_maps
    assert (first, guard) == (again, same)
    assert compile_objects(CONTROL).config_maps[1]["binaryData"] == guard["binaryData"]
    assert first["immutable"] is True
    assert first["metadata"]["name"] != other["metadata"]["name"]
    assert set(first["data"]) == {"start.py", "payload", "train.json", "not-step.json"}
    assert list(other["binaryData"]) == ["files.tgz", "_pipeline.z"]


def test_a_megabyte_of_source_is_compressed_and_code_that_does_not_fit_is_split() -> None:
    long = make_step("long", 2)
    long = replace(long, cells=(StepCell(2, "a", "x = 1  # many\n" * 80_000),))
    packed = compile_objects(make_pipeline(long)).config_maps[0]["binaryData"]
    assert list(packed) == ["long.z", "_pipeline.z"]
    steps = [
        replace(make_step(f"s{i}", i), cells=(StepCell(i, "a", f"x = '{'y' * 140_000}'"),))
        for i in range(1, 12)
    ]
    compiled = compile_objects(make_pipeline(*steps))
    assert len(compiled.config_maps) == 3
    (volume,) = (v for v in compiled.template["spec"]["volumes"] if v["name"] == "nbdag-code")
    named = [source["configMap"]["name"] for source in volume["projected"]["sources"]]
    assert named == [item["metadata"]["name"] for item in compiled.config_maps]


def test_a_run_names_its_template_and_gives_values_as_they_are_read_back() -> None:
    values: dict[str, Value] = {"n": 5, "rate": 1e-3, "word": "1e-3"}
    made = compile_objects(CONTROL).workflow(values)
    assert made["spec"]["workflowTemplateRef"] == {"name": "work"}
    assert made["spec"]["arguments"]["parameters"] == [
        {"name": "n", "value": "5"},
        {"name": "rate", "value": "0.001"},
        {"name": "word", "value": "1e-3"},
    ]
    whole = compile_objects(CONTROL, Options(standalone=True)).workflow(values)
    assert whole["spec"]["arguments"]["parameters"][2]["value"] == "1e-3"
    assert "templates" in whole["spec"]


def test_targets_leave_out_what_they_do_not_need_but_not_the_end() -> None:
    compiled = compile_objects(CONTROL, Options(targets=("tune_else",)))
    assert list(compiled.tasks) == ["load", "tune_else", "tell"]
    with pytest.raises(CompileError, match="there is no such step"):
        compile_objects(CONTROL, Options(targets=("tun",)))


def test_a_thousand_steps_stay_within_argos_limits() -> None:
    compiled = compile_objects(wide_pipeline(1000))
    templates = compiled.template["spec"]["templates"]
    assert len(templates) <= 200
    assert all(len(item["dag"]["tasks"]) <= 200 for item in templates if "dag" in item)
    tasks = [task for item in templates if "dag" in item for task in item["dag"]["tasks"]]
    assert len(tasks) == 1000 + 10 + 1
    assert len(json.dumps(compiled.template)) < 1_000_000


def test_a_thousand_steps_are_compiled_and_written_within_a_second() -> None:
    pipeline = wide_pipeline(1000)
    compile_argo(wide_pipeline(1))  # the runtime is read once
    spent: list[float] = []
    for _ in range(3):
        start = time.process_time()
        compile_argo(pipeline)
        spent.append(time.process_time() - start)
    assert min(spent) < 1


def test_the_text_is_the_same_in_each_process() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); from pipelines import *;"
        "from nbdag_converters.compilers.argo import compile_argo;"
        "print(hash('x')); print(compile_argo(CONTROL).text + compile_argo(SETTINGS).text)"
    )
    root = Path(__file__).parents[2]
    texts = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "converters"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\n", 1)
        for seed in ("1", "2")
    ]
    assert texts[0][0] != texts[1][0]
    assert texts[0][1] == texts[1][1]


def test_a_secret_is_named_but_never_a_text() -> None:
    env = template(SETTINGS, "train")["container"]["env"]
    (key,) = (item for item in env if item["name"] == "AWS_ACCESS_KEY_ID")
    assert key["valueFrom"] == {"secretKeyRef": {"name": "keys", "key": "accesskey"}}
    assert "value" not in key


@pytest.mark.parametrize(
    ("delay", "text"), [(0.25, "250ms"), (10, "10s"), (3_000_000, "3000000s"), (1.5, "1500ms")]
)
def test_waits_are_written_as_go_reads_them(delay: float, text: str) -> None:
    strategy = template(one_step(retry=Retry(3, delay, 2.0)), "train")["retryStrategy"]
    assert strategy["backoff"] == {"duration": text, "factor": "2"}


def test_a_decision_reaches_a_step_of_another_group() -> None:
    steps = [make_step(f"s{i}", i + 1, *([f"s{i - 1}"] if i else [])) for i in range(160)]
    steps[3] = replace(steps[3], decides=(Decision("x", ("a",), 9, 1),))
    steps[155] = replace(steps[155], condition=Condition("s3", "x", 0, "a", 1))
    compiled = compile_objects(make_pipeline(*steps))
    first, second = (
        next(item for item in compiled.template["spec"]["templates"] if item["name"] == name)
        for name in ("main-1", "main-2")
    )
    assert names_of(first["outputs"]["parameters"]) == ["s3-decision-0"]
    assert names_of(second["inputs"]["parameters"]) == ["s3-decision-0"]
    (task,) = (task for task in second["dag"]["tasks"] if task["name"] == "s155")
    assert task["when"] == "{{= inputs.parameters['s3-decision-0'] == '0' }}"


def test_an_image_comes_from_the_step_its_defaults_the_pipeline_or_the_options() -> None:
    def image(own: str | None, shared: str | None, whole: str | None) -> str:
        pipeline = replace(
            one_step(image=own),
            config=PipelineConfig(image=whole, step_defaults=StepConfig(image=shared)),
        )
        return str(template(pipeline, "train", Options(image="option"))["container"]["image"])

    assert image("own", "shared", "whole") == "own"
    assert image(None, "shared", "whole") == "shared"
    assert image(None, None, "whole") == "whole"
    assert image(None, None, None) == "option"


# What it refuses, and says --------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"retry": Retry(2, 1.0, 1.5)}, "NB603"),
        ({"env": (("A-B", "1"),)}, "NB606"),
        ({"env": (("NBDAG_STEP", "1"),)}, "NB606"),
        ({"secrets": (SecretRef("s", "k", "1X"),)}, "NB606"),
        ({"labels": (("team", "a b"),)}, "NB606"),
        ({"node_selector": (("disk", "{{x}}"),)}, "NB606"),
        ({"annotations": (("about", "{{workflow.name}}"),)}, "NB606"),
        ({"image": "{{workflow.name}}"}, "NB606"),
        ({"volumes": (Volume("a", "/nbdag/run/"),)}, "NB610"),
        ({"volumes": (Volume("a", "/"),)}, "NB610"),
        ({"volumes": (Volume("a", "/x", "1Gi"), Volume("a", "/y", "2Gi"))}, "NB606"),
    ],
)
def test_what_a_cluster_can_not_do_is_refused_by_the_steps_name(
    config: dict[str, Any], code: str
) -> None:
    with pytest.raises(NotebookError) as caught:
        compile_objects(one_step(**config))
    (found,) = (item for item in caught.value.diagnostics if item.severity == "error")
    assert (found.code, found.cell) == (code, 2)
    assert "'train'" in found.message


def test_what_is_otherwise_than_here_is_said() -> None:
    pipeline = replace(
        one_step(volumes=(Volume("data", "/data"),)),
        files=("data.csv", "lib"),
        requirements=("numpy",),
        config=PipelineConfig(retry=Retry(2), artifact_store="s3://bucket/x"),
    )
    assert codes(pipeline) == ["NB601", "NB604", "NB605", "NB609", "NB609", "NB611"]
    options = Options(
        image="full", files={"data.csv": b"", "lib/a.py": b""}, claims=frozenset({"data"})
    )
    assert codes(pipeline, options) == ["NB604", "NB605"]


def test_code_and_files_that_fit_nowhere_are_refused() -> None:
    noise = os.urandom(1_200_000)
    with pytest.raises(NotebookError, match=r"NB607: what the notebook's files hold"):
        compile_objects(one_step(), Options(files={"a.bin": noise}))
    step = replace(make_step("train", 2), cells=(StepCell(2, "a", repr(noise.hex())),))
    with pytest.raises(NotebookError, match=r"NB607 cell 2: the code of step 'train'"):
        compile_objects(make_pipeline(step))


def test_a_condition_at_the_end_must_be_decided_at_the_end() -> None:
    steps = (
        make_step("load", 2, decides=(Decision("tell", ("x",), 3, 1),)),
        make_step("tell", 3, config=StepConfig(on_exit=True)),
    )
    steps = (steps[0], replace(steps[1], condition=Condition("load", "tell", 0, "x", 1)))
    assert codes(make_pipeline(*steps)) == ["NB608"]


# Profiles -------------------------------------------------------------------------------


def test_profiles_are_read_from_text() -> None:
    assert parse_profile("3.6") == Profile("3.6", "none")
    assert parse_profile("4.1:restricted:initless") == Profile("4.1", "restricted", initless=True)
    for text in ("3.5", "4.0:strict", "4.0:restricted:initless", "4.1:restricted:x", ""):
        with pytest.raises(ProfileError, match="is no profile of Argo"):
            parse_profile(text)


def test_a_restricted_pod_confines_all_of_its_containers_and_writes_to_volumes_only() -> None:
    options = Options(profile=Profile("3.7", "restricted"))
    made = template(SETTINGS, "train", options)
    patch = json.loads(made["podSpecPatch"])
    assert names_of(patch["initContainers"]) == ["init"]
    assert names_of(patch["containers"]) == ["wait"]
    own = made["container"]["securityContext"]
    theirs = [item["securityContext"] for item in patch["initContainers"] + patch["containers"]]
    for context in [own, *theirs]:
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
    assert own["readOnlyRootFilesystem"] is True
    assert "/tmp" in [mount["mountPath"] for mount in made["container"]["volumeMounts"]]
    pod = compile_objects(SETTINGS, options).template["spec"]["securityContext"]
    assert pod["runAsUser"] > 0


def test_openshift_gives_pods_their_user() -> None:
    options = Options(profile=Profile("3.7", "openshift"))
    pod = compile_objects(SETTINGS, options).template["spec"]["securityContext"]
    assert pod == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_argo_is_one_of_the_targets() -> None:
    assert find_compiler("argo").compile(SETTINGS).suffix == ".yaml"


@pytest.mark.parametrize(
    ("image", "python", "told"),
    [
        ("docker.io/library/python:3.12-slim", "3.11", ["NB612"]),
        ("python:3.11", "3.11", []),
        ("quay.io/team/fraud:3.12", "3.11", []),
        ("python:3.12", "", []),
        (None, "3.11", []),
    ],
)
def test_an_image_with_another_python_is_told(
    image: str | None, python: str, told: list[str]
) -> None:
    pipeline = make_pipeline(make_step("a", 1))
    found = compile_objects(pipeline, Options(image=image, python=python)).diagnostics
    assert [one.code for one in found] == told


def test_steps_that_are_done_get_no_task_and_their_decisions_hold() -> None:
    done = frozenset(("load", "tune_elif_1", "tune_else"))
    spec = compile_objects(CONTROL, Options(done=done, standalone=True)).template["spec"]
    templates = {template["name"]: template for template in spec["templates"]}
    tasks = templates[spec["entrypoint"]]["dag"]["tasks"]
    found = [(task["name"], task.get("depends"), task.get("when")) for task in tasks]
    assert found == [
        ("tune", None, None),
        ("validate", "tune", None),
        ("publish", "validate", None),
        ("guard", "publish", "{{= workflow.labels['nbdag/followed'] != 'yes' }}"),
    ]
    keys = [a["s3"]["key"] for a in templates["tune"]["inputs"]["artifacts"]]
    assert "nbdag/{{workflow.uid}}/load/values.nbv" in keys


@pytest.mark.parametrize("count", [101, 250])
def test_groups_of_steps_may_begin_behind_those_that_are_done(count: int) -> None:
    pipeline = wide_pipeline(count)
    names = [step.name for step in pipeline.steps]
    compiled = compile_objects(pipeline, Options(done=frozenset(names[:50]), standalone=True))
    text = json.dumps(compiled.template["spec"]["templates"])
    assert f'"{compiled.tasks[names[49]]}", "template"' not in text
    assert f'"{compiled.tasks[names[50]]}"' in text
