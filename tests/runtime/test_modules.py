"""The modules whose files count."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from nbdag_converters.runtime.modules import Modules


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("early_module", "late_module"):
        (tmp_path / f"{name}.py").write_text("VALUE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("early_module", "late_module", "made_module"):
        sys.modules.pop(name, None)


def names(modules: Modules) -> list[str]:
    return [name for name, _, _ in modules.found() if name.endswith("_module")]


def test_modules_of_the_notebook_count_whenever_they_were_imported(folder: Path) -> None:
    modules = Modules()
    __import__("early_module")
    assert names(modules) == ["early_module"]
    modules.settle()
    __import__("late_module")
    assert names(modules) == ["early_module", "late_module"]
    found = {name: path for name, _, path in modules.found()}
    assert found["late_module"] == str(folder / "late_module.py")


def test_those_of_python_don_t_count_once_they_were_seen() -> None:
    modules = Modules()
    assert "json" in [name for name, _, _ in modules.found()]
    modules.settle()
    assert "json" not in [name for name, _, _ in modules.found()]


@pytest.mark.usefixtures("folder")
def test_one_that_is_imported_again_or_removed_is_no_trouble() -> None:
    modules = Modules()
    __import__("early_module")
    sys.modules["made_module"] = ModuleType("made_module")  # the last one, and it has no file
    modules.settle()
    del sys.modules["made_module"]
    del sys.modules["early_module"]
    __import__("early_module")
    assert "early_module" in names(modules)
