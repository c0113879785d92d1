"""Notebooks as workflows on a real Argo: they end as their local run does."""

from __future__ import annotations

import json
import secrets
import shutil
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml

import nbdag
from cluster.workflows import Cluster, Store, Workflow
from nbdag.cli import main
from nbdag.runs.events import Phase
from nbdag_converters import build
from nbdag_converters.compilers.argo import Options, compile_objects
from nbdag_converters.shipped import shipped_files
from notebooks import Source, write_notebook

EXAMPLES = Path(__file__).parents[2] / "examples"
Run = Callable[..., Workflow]
RunFile = Callable[[Path], Workflow]


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Path]:
    """Return what copies an example and its data."""

    def copied(name: str) -> Path:
        shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
        return tmp_path / f"{name}.ipynb"

    return copied


@pytest.fixture
def run(cluster: Cluster, image: str, tmp_path: Path) -> Run:
    """Return what runs cells as a workflow, with values of parameters."""

    def ran(*cells: Source, **values: Any) -> Workflow:
        built = build(write_notebook(tmp_path / "work.ipynb", cells))
        name = f"work-{secrets.token_hex(3)}"  # the tests share a namespace
        options = Options(image=image, name=name, files=shipped_files(built))
        compiled = compile_objects(built.pipeline, options)
        return cluster.run(compiled.objects, compiled.workflow(values))

    return ran


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


CONDITION = (
    Source("flag = 0", ("parameters",)),
    Source("level = flag * 10\nfound = 'none'", ("step:start",)),
    Source("if level:\n    found = 'some'\nelse:\n    other = 1", ("step:choose",)),
    Source("print(found)", ("step:told",)),
)


def test_a_branch_that_is_not_taken_is_skipped(run: Run) -> None:
    done = run(*CONDITION, flag=1)
    assert done.phase == "Succeeded", done.why()
    phases = {"choose": "Succeeded", "choose-else": "Skipped"}
    assert done.phases == {"start": "Succeeded", **phases, "told": "Succeeded"}
    assert done.printed("told") == "some\n"


LOOP = (
    Source("n = 3", ("parameters",)),
    Source("names = [f'part{i}.txt' for i in range(n)]", ("step:first",)),
    Source(
        "found = []\nfor name in names:\n    open(name, 'w').write(name)\n"
        "    found.append(len(name))\nprint(len(found))",
        ("step:spread", "fan-out:2"),
    ),
    Source("import glob\nprint(found, sorted(glob.glob('part*.txt')))", ("step:last",)),
)


@pytest.mark.parametrize("count", [2, 0])
def test_a_loop_runs_over_a_list_that_is_known_at_run_time(run: Run, count: int) -> None:
    done = run(*LOOP, n=count)
    assert done.phase == "Succeeded", done.why()
    files = [f"part{number}.txt" for number in range(count)]
    assert done.printed("spread") == f"{count}\n"
    assert done.printed("last") == f"{[9] * count} {files}\n"
    assert done.phases["spread.each"] == ("Succeeded" if count else "Skipped")
    parts = [node for node in done.phases if node.startswith("spread.each(")]
    assert len(parts) == count


def test_a_step_succeeds_when_it_is_tried_the_third_time(run: Run, store: Store) -> None:
    key = f"nbdag-test/{secrets.token_hex(6)}"
    store.write(key, b"0")
    done = run(
        Source("read = ''\nwrite = ''", ("parameters",)),
        Source(
            "from urllib.request import Request, urlopen\n"
            "number = int(urlopen(read).read())\n"
            "urlopen(Request(write, str(number + 1).encode(), method='PUT'))\n"
            "assert number == 2\nprint('third')",
            ("step:stubborn", "retry:3"),
        ),
        read=store.client.presigned_get_object(store.bucket, key),
        write=store.client.presigned_put_object(store.bucket, key),
    )
    assert done.phase == "Succeeded", done.why()
    tries = {f"stubborn({number})": "Failed" for number in range(2)}
    assert done.phases == {**tries, "stubborn(2)": "Succeeded", "stubborn": "Succeeded"}
    assert done.printed("stubborn") == "third\n"


def test_a_failing_step_says_where_and_stops_what_needs_it(run: Run) -> None:
    done = run(
        Source("value = list('a')", ("step:first",)),
        Source("value.append('b')\nvalue[7]", ("step:second",)),
        Source("print(value)", ("step:third",)),
    )
    assert done.phase == "Failed"
    assert done.phases == {"first": "Succeeded", "second": "Failed", "third": "Omitted"}
    failed = done.events("second")[-1]
    assert (failed["event"], failed["cell"], failed["line"]) == ("failed", 2, 2)
    assert done.outputs("second")[-1]["ename"] == "IndexError"
    assert "second/values.nbv" not in done.files()
