"""The rules of ARCHITECTURE.md hold, and each of them breaks the build when it is violated.

A violation is planted in a copy of the packages, then the real `lint-imports` is run on the copy.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "converters/nbdag_converters/runtime"
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


@dataclass(frozen=True, slots=True)
class Violation:
    """An import that contract *contract* forbids, and the file that gets it."""

    contract: str
    file: str
    line: str

    @property
    def id(self) -> str:
        """Return what names the violation in a test's report."""
        return f"{self.contract}-{Path(self.file).parent.name}"


KNOWS = "converters/nbdag_converters"
ARGO = "nbdag_converters.compilers.argo"
ACTS = "jupyter_ext/nbdag"
VIOLATIONS = (
    Violation("acts-knows", f"{KNOWS}/diagnostics.py", "import nbdag.settings"),
    Violation("acts", f"{ACTS}/settings.py", "import nbdag.runs"),
    Violation("acts", f"{ACTS}/runs/events.py", "import nbdag.client"),
    Violation("acts", f"{ACTS}/client.py", "import nbdag.cli"),
    Violation("acts", f"{ACTS}/kernel/request.py", "import nbdag.server"),
    Violation("knows", f"{KNOWS}/model/graph.py", "import nbdag_converters.rules"),
    Violation("knows", f"{KNOWS}/analysis/names.py", "import nbdag_converters.build"),
    Violation("knows", f"{KNOWS}/notebook.py", "import nbdag_converters.tags"),
    Violation("pipeline-only", f"{KNOWS}/drawing/layout.py", "import nbdag_converters.notebook"),
    Violation("pipeline-only", f"{KNOWS}/compilers/local.py", "import nbdag_converters.analysis"),
    Violation("pipeline-only", f"{KNOWS}/guard/plan.py", "import nbformat"),
    Violation("targets-apart", f"{KNOWS}/compilers/kfp/options.py", f"import {ARGO}"),
    Violation("runtime-alone", f"{KNOWS}/runtime/order.py", "import nbdag_converters.model"),
    Violation("converters-pure", f"{KNOWS}/rules/rule.py", "import subprocess"),
    Violation("converters-pure", f"{KNOWS}/notebook.py", "import urllib.request"),
    Violation("jupyter-apart", f"{KNOWS}/tags.py", "import IPython"),
    Violation("jupyter-apart", f"{KNOWS}/build.py", "import nbconvert"),
    Violation("processes", f"{ACTS}/client.py", "import subprocess"),
    Violation("processes", f"{ACTS}/cli/__init__.py", "import multiprocessing"),
    Violation("cluster", f"{ACTS}/client.py", "import kubernetes"),
    Violation("cluster", f"{ACTS}/runs/values.py", "import obstore"),
    Violation("terminal", f"{ACTS}/runs/events.py", "import rich"),
    Violation("terminal", f"{KNOWS}/drawing/text.py", "import click"),
)


def contracts() -> dict[str, str]:
    """Return the id and the name of each contract in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return dict(re.findall(r'^id = "(.+)"\nname = "(.+)"$', text, flags=re.MULTILINE))


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `lint-imports` on the packages in *folder* rather than on the installed ones."""
    paths = os.pathsep.join(str(folder / name) for name in ("converters", "jupyter_ext"))
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def broken(output: str) -> list[str]:
    """Return the names of the contracts that *output* calls broken."""
    return re.findall(r"^(.+) BROKEN", output, flags=re.MULTILINE)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of what import-linter reads."""
    ignore = shutil.ignore_patterns("__pycache__", "static", "labextension")
    for name in ("converters", "jupyter_ext"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_packages_keep_all_contracts(project: Path) -> None:
    result = lint(project)

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Contracts: {len(contracts())} kept, 0 broken." in result.stdout


@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: violation.id)
def test_a_planted_violation_breaks_its_contract(project: Path, violation: Violation) -> None:
    path = project / violation.file
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{violation.line}\n")

    result = lint(project)

    assert result.returncode == 1, result.stdout + result.stderr
    assert contracts()[violation.contract] in broken(result.stdout)


def test_each_contract_has_a_violation_that_breaks_it() -> None:
    assert {violation.contract for violation in VIOLATIONS} == set(contracts())


@pytest.mark.parametrize("path", sorted(RUNTIME.rglob("*.py")), ids=lambda path: path.name)
def test_the_runtime_has_the_syntax_of_python_3_8(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_runtime_starts_with_the_standard_library_alone() -> None:
    """IPython and others may be imported in functions, where they are used when they are there."""
    seen: set[str] = set()
    outside: set[str] = set()
    waiting = ["__main__"]
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        tree = ast.parse((RUNTIME / f"{module}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            own, other = imported(node)
            waiting += own
            outside |= other

    assert "step" in seen
    assert outside <= sys.stdlib_module_names


def imported(node: ast.stmt) -> tuple[list[str], set[str]]:
    """Return the runtime's modules and the packages that a top-level statement imports."""
    if isinstance(node, ast.Import):
        return [], {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.level:
        names = [node.module] if node.module else [alias.name for alias in node.names]
        return [name for name in names if (RUNTIME / f"{name}.py").exists()], set()
    if isinstance(node, ast.ImportFrom) and node.module:
        return [], {node.module.partition(".")[0]}
    return [], set()
