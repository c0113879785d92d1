"""The same notebook compiles to the same bytes: in any process, on any Python that we support.

Each Python is a process of its own, which compiles all case files, the examples, and prints a hash
for each. The converters need nothing but the standard library for that, so the other Pythons of
this machine need nothing installed. Cells with IPython's syntax need IPython: where it is missing,
these notebooks are left out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notebooks import read_cases

ROOT = Path(__file__).parents[2]
SUPPORTED = [(3, minor) for minor in range(10, 15)]
HASHES = """
import hashlib, json, sys
from nbdag_converters import build
from nbdag_converters.compilers.base import find_compiler
from nbdag_converters.errors import NotebookError

found = {}
for path in json.load(sys.stdin):
    try:
        text = find_compiler("local").compile(build(path).pipeline).text
    except NotebookError as error:
        text = str(error)
    except ModuleNotFoundError as error:
        if error.name != "IPython":
            raise
        continue
    found[path] = hashlib.sha256(text.encode()).hexdigest()
print(json.dumps(found))
"""


def pythons() -> dict[tuple[int, int], str]:
    """Return the other supported Pythons on PATH and in pyenv's folder, by version."""
    found: dict[tuple[int, int], str] = {}
    for version in SUPPORTED:
        for path in candidates(version):
            if version != sys.version_info[:2] and works(path, version):
                found.setdefault(version, path)
    return found


def candidates(version: tuple[int, int]) -> Iterator[str]:
    name = "python{}.{}".format(*version)
    on_path = shutil.which(name)
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob("versions/{}.{}.*/bin/python".format(*version))))


def works(path: str, version: tuple[int, int]) -> bool:
    """Return whether *path* is that Python, not a shim that leads nowhere."""
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.split() == [str(part) for part in version]


def hashes(python: str, paths: list[Path], *, seed: str = "0") -> dict[str, str]:
    """Return the hash of what each notebook compiles to with *python*."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "converters"), "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [python, "-c", HASHES],
        input=json.dumps([str(path) for path in paths]),
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{python}:\n{done.stderr}"
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the notebooks of all cases, each in a folder of its own, and the examples."""
    folder = tmp_path_factory.mktemp("cases")
    paths: list[Path] = []
    for case in read_cases():
        own = folder / case.group / case.name
        own.mkdir(parents=True)
        paths.append(case.write(own))
    return paths + sorted((ROOT / "examples").glob("*.ipynb"))


@pytest.fixture(scope="module")
def here(notebooks: list[Path]) -> dict[str, str]:
    """Return the hashes that this Python gives."""
    return hashes(sys.executable, notebooks)


@pytest.mark.parametrize("seed", ["1", "2", "4"])
def test_another_hash_seed_gives_the_same_bytes(
    notebooks: list[Path], here: dict[str, str], seed: str
) -> None:
    there = hashes(sys.executable, notebooks, seed=seed)

    assert {path for path in there if there[path] != here[path]} == set()


@pytest.mark.parametrize(
    ("version", "python"),
    [pytest.param(*item, id="python{}.{}".format(*item[0])) for item in pythons().items()],
)
def test_another_python_gives_the_same_bytes(
    version: tuple[int, int], python: str, notebooks: list[Path], here: dict[str, str]
) -> None:
    there = hashes(python, notebooks)

    assert len(there) > 100
    assert {path for path in there if there[path] != here[path]} == set()
