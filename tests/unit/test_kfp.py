"""Packages of Kubeflow: what is in them, what is refused, and the forms in which they come."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from click.testing import CliRunner

from nbdag.cli.app import app
from nbdag_converters.build import build
from nbdag_converters.compilers.kfp import Options, compile_kfp, pack
from nbdag_converters.errors import NotebookError
from nbdag_converters.exporters import KfpExporter
from notebooks import Source, write_notebook

GOLDEN = Path(__file__).parents[1] / "golden"
CELLS = (
    Source("rate = 0.5\nmany = 3\ntree = {'a': 1}", ("parameters",)),
    Source(
        "score = rate * many\nitems = [1, 2]",
        ("step:first", "cpu:2", "memory:1Gi", "gpu:1", "retry:2:10s:2", "timeout:90s"),
    ),
    Source(
        "if score > 1:\n    score = 1",
        ("step:clip", "secret:login:token:TOKEN", "env:MODE=fast", "node:disk=ssd"),
    ),
    Source(
        "found = []\nfor item in items:\n    found.append(item * score)",
        ("step:spread", "fan-out:2", "volume:scratch:/scratch", "cache:enabled"),
    ),
    Source("print(score)", ("pipeline-metrics",)),
)


def compiled(path: Path, cells: tuple[Source, ...] = CELLS, **options: Any) -> str:
    return compile_kfp(
        build(write_notebook(path / "work.ipynb", cells)).pipeline, Options(**options)
    ).text


def readable(text: str) -> str:
    """Return the package without the runtime and the steps' code, which change with nbdag."""
    documents = list(yaml.safe_load_all(text))
    for executor in documents[0]["deploymentSpec"]["executors"].values():
        executor["container"]["command"][2:] = ["BOOT", "RUNTIME", "FILES"]

    def hide(value: Any) -> None:
        for key, item in value.items() if isinstance(value, dict) else ():
            if key == "order" and "runtimeValue" in item:
                item["runtimeValue"]["constant"] = "ORDER"
            hide(item)

    hide(documents)
    for document in documents:
        hide(document)
    return yaml.safe_dump_all(documents, sort_keys=False)


def test_a_package_is_what_its_golden_file_says(
    tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / "kfp-settings" / "package.yaml", readable(compiled(tmp_path)))


def test_the_same_notebook_gives_the_same_bytes_in_each_form(tmp_path: Path) -> None:
    text = compiled(tmp_path)
    assert text == compiled(tmp_path)
    for name in ("a.yaml", "a.zip", "a.tar.gz"):
        assert pack(text, name) == pack(text, name)
    assert pack(text, "a.yaml") == text.encode()
    with zipfile.ZipFile(io.BytesIO(pack(text, "a.zip"))) as folder:
        assert folder.read("pipeline.yaml") == text.encode()
    with tarfile.open(fileobj=io.BytesIO(pack(text, "a.tgz"))) as members:
        member = members.extractfile("pipeline.yaml")
        assert member is not None
        assert member.read() == text.encode()
    with pytest.raises(ValueError, match=r"a\.txt"):
        pack(text, "a.txt")


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("approve:Go on?", "no step waits for a person"),
        ("cluster:edge", "all steps run where it is"),
        ("secret:login", "Name the key"),
        ("volume:data:/data:10Gi", "no claim is made"),
        ("limit:example.com/fpga:1", "only cpu, memory and gpu"),
        ("env:NBDAG_X=1", "keeps NBDAG_ for itself"),
    ],
)
def test_what_kubeflow_does_not_have_is_said(tag: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=f"NB613 cell 1.*{told}|NB613 cell 1(.|\n)*{told}"):
        compiled(tmp_path, (Source("x = 1", ("step:one", tag)),))


ENDING = (
    Source("many = 3", ("parameters",)),
    Source("import random\nrandom.seed(1)", ("imports",)),
    Source("x = [random.random()]\nopen('out.csv', 'w').write('1')", ("step:make",)),
)


def test_steps_at_the_end_are_the_exit_task_of_all_others(
    tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    cells = (
        *ENDING,
        Source("print('bye', many)", ("step:clean", "on-exit", "prev:make")),
        Source("told = [many]\ntold.append(1)", ("step:tell", "on-exit")),
        Source("print(told)", ("step:last", "on-exit")),
    )
    golden(GOLDEN / "kfp-exit" / "package.yaml", readable(compiled(tmp_path, cells)))


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("print(x)", "needs 'x' of 'make'"),
        ("print(open('out.csv').read())", "needs 'out.csv' of 'make'"),
        ("print(random.random())", "needs random state of 'make'"),
        ("if many > 2:\n    print(many)", "needs the decision of 'clean_if'"),
        ("print('x' in globals())", "needs 'x' of 'make'"),
    ],
)
def test_a_step_at_the_end_that_needs_others_is_refused(
    source: str, needed: str, tmp_path: Path
) -> None:
    cells = (*ENDING, Source(source, ("step:clean", "on-exit")))
    with pytest.raises(NotebookError, match=f"NB613 cell 4(.|\n)*{needed}(.|\n)*Argo Workflows"):
        compiled(tmp_path, cells)


def test_a_step_that_needs_one_at_the_end_is_refused(tmp_path: Path) -> None:
    cells = (
        Source("y = [1]\ny.append(2)", ("step:early", "on-exit")),
        Source("print(y)", ("step:late",)),
    )
    with pytest.raises(NotebookError, match=r"NB613 cell 2(.|\n)*'early', which runs at the end"):
        compiled(tmp_path, cells)


def test_a_parameter_that_kubeflow_would_replace_is_refused(tmp_path: Path) -> None:
    cells = (Source("text = '{{$}}'", ("parameters",)), Source("print(text)", ("step:one",)))
    with pytest.raises(NotebookError, match="NB613 cell 1, line 1"):
        compiled(tmp_path, cells)


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("schedule", "0 4 * * 1", "make a recurring run"),
        ("notify", ["always:slack:a/url=URL"], "nobody would be told: it has n"),
        ("parallelism", 2, "no bound for the steps"),
    ],
)
def test_a_setting_is_not_left_out_in_silence(
    setting: str, value: object, told: str, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CELLS)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["nbdag"] = {setting: value}
    nbformat.write(notebook, path)
    with pytest.raises(NotebookError, match=rf"NB613(.|\n)*`{setting}`(.|\n)*{told}"):
        compile_kfp(build(path).pipeline)


def test_a_claim_that_exists_is_mounted(tmp_path: Path) -> None:
    cells = (Source("x = 1", ("step:one", "volume:data:/data")),)
    text = compiled(tmp_path, cells, claims=frozenset({"data"}))
    platform = list(yaml.safe_load_all(text))[1]["platforms"]["kubernetes"]
    (executor,) = platform["deploymentSpec"]["executors"].values()
    assert executor["pvcMount"][0]["mountPath"] == "/data"


def test_a_step_that_is_too_large_for_a_task_is_refused(tmp_path: Path) -> None:
    # Text that doesn't compress: hexadecimal digits of a long number.
    digits = f"{pow(3, 1_500_000):x}"
    with pytest.raises(NotebookError, match="NB607 cell 1"):
        compiled(tmp_path, (Source(f"x = '{digits}'", ("step:one",)),))
    with pytest.raises(NotebookError, match="NB607"):
        compiled(tmp_path, CELLS, files={"a.bin": bytes.fromhex(digits[:250_000])})


def test_the_command_line_and_nbconvert_write_packages(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CELLS)
    command = ["compile", str(path), "--to", "kfp", "--image", "python:3.11"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    make: Any = KfpExporter  # traitlets has no types here
    text, resources = make(image="python:3.11").from_filename(str(path))
    assert done.stdout == text
    assert resources["output_extension"] == ".yaml"
    packed = CliRunner().invoke(app, [*command, "-o", str(tmp_path / "out.zip")])
    assert packed.exit_code == 0
    assert (tmp_path / "out.zip").read_bytes() == pack(text, "out.zip")


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("-n", "ml"), "has no namespace"),
        (("--profile", "4.0"), "profiles are Argo's"),
        (("-o", "out.txt"), "ends in one of: .yaml"),
    ],
)
def test_an_option_that_means_nothing_is_refused(
    option: tuple[str, str], told: str, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CELLS)
    done = CliRunner().invoke(app, ["compile", str(path), "--to", "kfp", *option])
    assert done.exit_code == 2
    assert told in done.stderr


def test_what_kale_wrote_into_the_metadata_is_in_the_package(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "work.ipynb", (Source("one = 1", ("step:first",)),))
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["kubeflow_notebook"] = {
        "pipeline_name": "titanic-ml",
        "pipeline_description": "Who survives",
        "docker_image": "registry.example.com/titanic:1",
        "steps_defaults": ["label:team:sea"],
        "volumes": [{"name": "data", "mount_point": "/data", "type": "pvc", "size": 1}],
    }
    nbformat.write(notebook, path)
    options = Options(claims=frozenset({"data"}))
    package, platform = yaml.safe_load_all(compile_kfp(build(path).pipeline, options).text)
    assert package["pipelineInfo"] == {"name": "titanic-ml", "description": "Who survives"}
    (label, executor), *_ = package["deploymentSpec"]["executors"].items()
    assert executor["container"]["image"] == "registry.example.com/titanic:1"
    settings = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"][label]
    assert settings["podMetadata"] == {"labels": {"team": "sea"}}
    assert [mount["mountPath"] for mount in settings["pvcMount"]] == ["/data"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("model = Tree()\nmodel.fit([1])", "Model"),
        ("model = Tree().fit([1])", "Model"),
        ("model = Tree()", "Artifact"),
        ("model = other = Tree()\nother.fit_all([1])", "Artifact"),
    ],
)
def test_what_a_step_fits_is_a_model_in_the_portal(source: str, kind: str, tmp_path: Path) -> None:
    made = "class Tree:\n    def fit(self, x):\n        return self\n    fit_all = fit"
    cells = (
        Source(made, ("functions",)),
        Source(source, ("step:train",)),
        Source("print(model)", ("step:use",)),
    )
    (package, *_) = yaml.safe_load_all(compiled(tmp_path, cells))
    left = package["components"]["comp-train"]["outputDefinitions"]["artifacts"]
    kinds = {name: about["artifactType"]["schemaTitle"] for name, about in left.items()}
    assert kinds["values"] == f"system.{kind}"
    assert kinds["page"] == "system.HTML"
    assert "markdown" not in kinds
