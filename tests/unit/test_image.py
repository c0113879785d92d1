"""The image of a notebook's steps: pinned, complete, and for any user."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from nbdag.cli.image import image
from nbdag.image import containerfile, requirements
from nbdag.runs.base import RunError
from notebooks import Source, write_notebook


def test_packages_come_with_what_they_need_and_nothing_else() -> None:
    found = dict(line.split("==") for line in requirements(["pandas"]))
    assert found["pandas"] == metadata.version("pandas")
    assert {"numpy", "python-dateutil", "cloudpickle", "ipython"} <= set(found)
    assert not {"scikit-learn", "pytest", "kubernetes"} & set(found)


def test_what_a_package_uses_where_it_is_installed_is_taken_along() -> None:
    assert f"pyarrow=={metadata.version('pyarrow')}" in requirements(["pandas"])


def test_an_import_name_may_differ_from_the_packages() -> None:
    assert any(line.startswith("scikit-learn==") for line in requirements(["sklearn"]))


def test_what_is_not_installed_is_told() -> None:
    with pytest.raises(RunError, match="no_such_module"):
        requirements(["no_such_module"])


def test_the_image_has_the_kernels_python_and_any_user() -> None:
    text = containerfile("3.11")
    assert "python:3.11-slim" in text
    assert "chgrp 0" in text
    assert "USER 1000" in text


def test_files_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", [Source("import pandas", ("step:a",))])
    runner = CliRunner()
    assert runner.invoke(image, [str(path)]).exit_code == 0
    names = sorted(each.name for each in (tmp_path / "image").iterdir())
    assert names == ["Containerfile", "buildconfig.yaml", "requirements.txt", "runtime.py"]
    assert runner.invoke(image, [str(path)]).exit_code == 0, "the same may be written again"
    (tmp_path / "image/Containerfile").write_text("FROM scratch\n")
    assert "Containerfile" in str(runner.invoke(image, [str(path)]).exception)
    assert (tmp_path / "image/Containerfile").read_text() == "FROM scratch\n"
