"""`jupyter nbconvert --to argo` and `nbdag compile --to argo`: a notebook becomes YAML."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from nbconvert.utils.exceptions import ConversionException
from traitlets.config import Config

from nbdag.cli.app import app
from nbdag_converters.exporters import ArgoExporter
from notebooks import Source, write_notebook


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Return a notebook that reads a file and a module beside it."""
    (tmp_path / "rows.csv").write_text("1,2\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/__init__.py").write_text("x = 1\n")
    return write_notebook(
        tmp_path / "my work.ipynb",
        [Source("import own\nprint(open('rows.csv').read(), own.x)", ("step:show",))],
    )


def exporter(**traits: Any) -> Any:
    make: Any = ArgoExporter  # traitlets has no types here
    return make(**traits)


def test_nbconvert_writes_objects_and_takes_files_along(notebook: Path) -> None:
    made = exporter(config=Config({"ArgoExporter": {"profile": "4.1:restricted"}}))
    text, resources = made.from_filename(str(notebook))
    config_map, _, template = yaml.safe_load_all(text)
    assert "files.tgz" in config_map["binaryData"]
    assert template["metadata"]["name"] == "my-work"
    assert "podSpecPatch" in template["spec"]["templates"][1]
    assert resources["output_extension"] == ".yaml"


def test_nbconvert_tells_what_the_cluster_does_not_have(
    notebook: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_notebook(notebook, [Source("1", ("step:show", "retry:2:1s:1.5"))])
    with pytest.raises(ConversionException, match="NB603 cell 1"):
        exporter().from_filename(str(notebook))
    write_notebook(notebook, [Source("1", ("step:show", "volume:a:/a"))])
    logging.getLogger("traitlets").propagate = True
    with caplog.at_level(logging.INFO):
        exporter(log=logging.getLogger("test")).from_filename(str(notebook))
    assert "NB611" in caplog.text
    with pytest.raises(ConversionException, match=r"'2\.0' is no profile"):
        exporter(profile="2.0").from_filename(str(notebook))


def test_the_command_line_writes_the_same_and_says_what_is_otherwise(notebook: Path) -> None:
    write_notebook(notebook, [Source("import numpy", ("step:show", "volume:a:/a"))])
    arguments = ["compile", str(notebook), "--to", "argo"]
    done = CliRunner().invoke(app, [*arguments, "-n", "ml", "--profile", "3.6:openshift"])
    assert done.exit_code == 0
    assert "NB601" in done.stderr
    assert "NB611" in done.stderr
    _, _, template = yaml.safe_load_all(done.stdout)
    assert template["metadata"]["namespace"] == "ml"
    quiet = CliRunner().invoke(app, [*arguments, "--claim", "a", "--image", "full"])
    assert quiet.stderr == ""
    assert "claimName" in quiet.stdout
    wrong = CliRunner().invoke(app, [*arguments, "--profile", "2"])
    assert wrong.exit_code == 2
    assert "'2' is no profile of Argo: the versions are 3.6" in wrong.stderr


def test_both_take_the_image_of_the_kernels_python(notebook: Path) -> None:
    metadata = {"language_info": {"name": "python", "version": "3.10.4"}}
    write_notebook(notebook, [Source("x = 1", ("step:make",))], metadata=metadata)
    text, _ = exporter().from_filename(str(notebook))
    assert 'image: "docker.io/library/python:3.10-slim"' in text
    done = CliRunner().invoke(app, ["compile", str(notebook), "--to", "argo"])
    assert done.stdout == text
