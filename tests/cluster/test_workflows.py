"""What `nbdag compile` writes, applied as `kubectl apply` does: it ends as a run here does."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import yaml

import nbdag
from cluster.workflows import Cluster, Workflow
from nbdag.cli import main
from nbdag.runs.events import Phase

EXAMPLES = Path(__file__).parents[2] / "examples"
RunFile = Callable[[Path], Workflow]


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Path]:
    """Return what copies an example and its data."""

    def copied(name: str) -> Path:
        shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
        return tmp_path / f"{name}.ipynb"

    return copied


@pytest.fixture
def run_file(cluster: Cluster, image: str) -> RunFile:
    """Return what compiles a notebook's file as a user does, and runs it."""

    def ran(path: Path) -> Workflow:
        made = path.with_suffix(".yaml")
        assert main(["compile", str(path), "--to", "argo", "--image", image, "-o", str(made)]) == 0
        objects = list(yaml.safe_load_all(made.read_text(encoding="utf-8")))
        name = next(item["metadata"]["name"] for item in objects if item["kind"] != "ConfigMap")
        workflow = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"generateName": f"{name}-"},
            "spec": {"workflowTemplateRef": {"name": name}},
        }
        return cluster.run(objects, workflow)

    return ran


def test_hello_world(example: Callable[[str], Path], run_file: RunFile) -> None:
    done = run_file(example("hello_world"))
    assert done.phase == "Succeeded", done.why()
    assert done.printed("hello") == "hello world\n"


def file_of(done: Workflow, name: str) -> bytes:
    """Return a file that one step wrote."""
    for archive in done.files("_files"):
        with tarfile.open(fileobj=BytesIO(done.read("_files", archive))) as members:
            if name in members.getnames():
                found = members.extractfile(name)
                assert found is not None
                return found.read()
    raise KeyError(name)


def test_fraud_detection_gives_what_its_local_run_gives(
    example: Callable[[str], Path], run_file: RunFile, tmp_path: Path
) -> None:
    path = example("fraud_detection")
    there = run_file(path)
    assert there.phase == "Succeeded", there.why()
    here = nbdag.read(path).run().wait()
    assert here.phase == Phase.SUCCEEDED
    tasks = {step.model.name: step.model.name.replace("_", "-") for step in here}
    phases = {name: there.phases[task] for name, task in tasks.items()}
    assert phases == {step.model.name: step.phase.value for step in here}
    outputs = {name: there.outputs(task) for name, task in tasks.items()}
    assert outputs == {step.model.name: list(step.outputs) for step in here}
    for name, value in (
        ("compare_validations", "auc"),
        ("compare_validations", "average_precision"),
        ("validate_model", "results"),
        ("publish_model", "model_card"),
    ):
        assert there.value(tasks[name], value, tmp_path) == here[name].value(value)
    told = there.events("compare-validations")
    assert {e["name"]: e["value"] for e in told if e["event"] == "metric"} == here.metrics
    card = json.loads(file_of(there, "work/model_card.json"))
    assert card == json.loads((path.parent / "work/model_card.json").read_text())
