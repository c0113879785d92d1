from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from jupyter import run_in_jupyter
from nbdag.runs import local
from nbdag.runs.events import Phase
from nbdag.settings import RunSettings
from nbdag.verdict import Trace, compare, without_unsteady
from nbdag.verify import run_as_one_step, verify
from nbdag_converters.build import build
from nbdag_converters.model.graph import reachable, successors
from notebooks import Case, read_cases

if TYPE_CHECKING:
    from nbdag.runs.zygote import Zygote

pytestmark = pytest.mark.kernel

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
# A kernel sends its two streams by two ways, so that their order is chance; and one whose `json` is
# patched can't send anything.
UNCOMPARED = ("display/stderr-and-stdout", "state/monkeypatch-a-function")
EVERY_TENTH = [
    case
    for case in read_cases()[::10]
    if not case.expects.startswith("error") and case.id not in UNCOMPARED
]


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Return a copy of the examples, which the tests may run in."""
    return Path(shutil.copytree(FOLDER, tmp_path / "examples"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_clean_notebook_with_readable_ids(name: str) -> None:
    notebook = nbformat.read(FOLDER / name, as_version=4)
    nbformat.validate(notebook)
    assert all(re.fullmatch(r"[a-z][a-z-]+", cell.id) for cell in notebook.cells)
    assert not any(cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_examples_dag_gives_what_the_example_gives(
    name: str, examples: Path, zygote: Zygote
) -> None:
    verdict = verify(examples / name, zygote=zygote)
    assert verdict.equal, str(verdict)
    assert any(row.kind == "output" for row in verdict.rows)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_in_jupyter_what_it_gives_as_one_step(
    name: str, examples: Path, tmp_path: Path, zygote: Zygote
) -> None:
    trace, notebook = run_in_jupyter(examples / name, tmp_path)
    assert trace.stop is None
    for cell in notebook.cells:
        assert not any(output.get("name") == "stderr" for output in cell.get("outputs", []))
    assert_same_run(trace, examples / name, zygote)


@pytest.mark.slow
@pytest.mark.parametrize("case", EVERY_TENTH, ids=lambda case: case.id)
def test_a_case_gives_in_jupyter_what_it_gives_as_one_step(
    case: Case, tmp_path: Path, zygote: Zygote
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    path = case.write(source)
    trace, _ = run_in_jupyter(path, tmp_path)
    assert_same_run(trace, path, zygote)


def assert_same_run(jupyter: Trace, path: Path, zygote: Zygote) -> None:
    """Assert that the notebook as one step leaves what it leaves in Jupyter.

    What differs between two runs as one step, such as the time that a search took, says nothing.
    """
    first, second = (run_as_one_step(path, zygote=zygote) for _ in range(2))
    first, second = (replace(trace, files={}) for trace in (first, second))
    rows = without_unsteady(compare(jupyter, first), compare(first, second))
    assert not [row for row in rows if row.match.wrong]


def test_the_two_stores_of_the_fraud_example_are_read_at_the_same_time() -> None:
    pipeline = build(FOLDER / "fraud_detection.ipynb").pipeline
    names = [step.name for step in pipeline]
    assert names == [
        "read_data_aws",
        "read_data_ceph",
        "transform_data",
        "hyper_tuning",
        "train_model",
        "validate_model",
        "compare_validations",
        "publish_model",
    ]
    following = successors(names, [(edge.source, edge.target) for edge in pipeline.edges])
    assert "read_data_ceph" not in reachable(["read_data_aws"], following)
    assert "transform_data" in following["read_data_aws"]
    assert "transform_data" in following["read_data_ceph"]
    assert "train_model" in reachable(["hyper_tuning"], following)
    by_name = {step.name: step for step in pipeline}
    assert by_name["hyper_tuning"].condition is not None, "tuning is a condition of the DAG"
    assert by_name["validate_model"].loop is not None, "each validation set is a node"
    assert set(names[3:]) < reachable(["transform_data"], following)


def test_the_fraud_example_publishes_a_good_model_and_its_metrics(
    examples: Path, zygote: Zygote
) -> None:
    path = examples / "fraud_detection.ipynb"
    run = local.start(build(path).pipeline, notebook=path, settings=RunSettings(zygote=zygote))
    state = run.wait()
    assert state.phase is Phase.SUCCEEDED, state.failures
    assert state.metrics["auc"] > 0.9
    assert state.metrics["average_precision"] > 0.7
    assert (examples / "work" / "hyper.txt").read_text() == "true"
    card = json.loads((examples / "work" / "model_card.json").read_text())
    assert card["tuned"] is True
    assert set(card["validation"]) == {"recent", "new_cards"}


def test_with_many_frauds_the_fraud_example_is_not_tuned(examples: Path, zygote: Zygote) -> None:
    path = examples / "fraud_detection.ipynb"
    run = local.start(
        build(path).pipeline,
        notebook=path,
        parameters={"fraud_rate": 0.3, "n_transactions": 1500},
        settings=RunSettings(zygote=zygote),
    )
    assert run.wait().phase is Phase.SUCCEEDED
    card = json.loads((examples / "work" / "model_card.json").read_text())
    assert card["tuned"] is False
    assert card["settings"] == {"learning_rate": 0.1, "max_depth": 6}


def test_the_models_of_the_titanic_example_are_trained_at_the_same_time() -> None:
    pipeline = build(FOLDER / "titanic_kale.ipynb").pipeline
    names = [step.name for step in pipeline]
    models = {"randomforest", "logisticregression", "naivebayes", "decisiontree"}
    following = successors(names, [(edge.source, edge.target) for edge in pipeline.edges])
    for model in models:
        assert reachable([model], following) & models == {model}
    assert pipeline.name == "titanic-ml"
    assert {parameter.name for parameter in pipeline.parameters} >= {"TREES", "SEED"}
