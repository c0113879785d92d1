"""What a cell finds when it begins is what it finds in a kernel: modules, variables, arguments."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest

import nbdag
from jupyter import run_in_jupyter
from nbdag_converters.runtime.kernel import ENVIRONMENT, MODULES
from notebooks import Source, write_notebook
from orders import make_order, run_step
from runtime.test_pythons import BARE, PYTHONS

pytestmark = pytest.mark.kernel

# Without mmap, which a step's process has imported and a kernel hasn't.
NAMES = sorted(
    name
    for name in sys.stdlib_module_names - {"mmap", "colorsys"}
    if not name.startswith("_") and name not in sys.builtin_module_names
)
SOME = ["calendar", "email", "colorsys"]  # the last one is not imported by a kernel
IMPORT = """\
import importlib
import os
os.makedirs(folder, exist_ok=True)
for name in names:
    with open(folder + "/" + name + ".py", "w") as file:
        file.write("OF_THE_NOTEBOOK = True")
importlib.invalidate_caches()
print(*[name for name in names if hasattr(importlib.import_module(name), "OF_THE_NOTEBOOK")])
"""
BESIDE = f"names, folder = {SOME}, '.'\n{IMPORT}"
FIRST = f"import sys\nsys.path.insert(0, 'first')\nnames, folder = {NAMES}, 'first'\n{IMPORT}"
OWN = "with open('waves.py', 'w') as file:\n    file.write('x = 1')\nimport waves\nprint(waves.x)"


def test_an_import_finds_what_it_finds_in_a_kernel(tmp_path: Path) -> None:
    (tmp_path / "notebook").mkdir()
    cells = [Source(text, (f"step:s{n}",)) for n, text in enumerate((BESIDE, FIRST, OWN))]
    path = write_notebook(tmp_path / "notebook/n.ipynb", cells)
    _, there = run_in_jupyter(path, tmp_path / "jupyter")
    here = nbformat.read(nbdag.read(path).run().wait().save(tmp_path / "n.ipynb"), as_version=4)
    beside, first, own = (cell.outputs[0].text for cell in there.cells)
    assert [cell.outputs[0].text for cell in here.cells] == [beside, first, own]
    assert beside == "\n"
    assert own == "1\n"
    assert "statistics" in first.split()


def test_variables_and_arguments_are_those_of_a_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PAGER": "less", "TERM": "dumb", "FORCE_COLOR": "0"}.items():
        monkeypatch.setenv(name, value)
    text = (
        "import argparse, os, sys\n"
        f"print([os.environ.get(name) for name in {list(ENVIRONMENT)}])\n"
        "print(os.path.basename(sys.argv[0]), sys.argv[1], len(sys.argv[:3]))\n"
        "parser = argparse.ArgumentParser(prog='p')\nparser.add_argument('--size', default=3)\n"
        "print(parser.parse_known_args()[0])\n!echo $TERM $PAGER"
    )
    (tmp_path / "notebook").mkdir()
    path = write_notebook(tmp_path / "notebook/n.ipynb", [Source(text, ("step:look",))])
    _, there = run_in_jupyter(path, tmp_path / "jupyter")
    here = nbformat.read(nbdag.read(path).run().wait().save(tmp_path / "n.ipynb"), as_version=4)
    assert here.cells[0].outputs[0].text == there.cells[0].outputs[0].text


def test_a_variable_that_a_step_sets_itself_counts(tmp_path: Path) -> None:
    text = "import os\nprint(os.environ['FORCE_COLOR'], os.environ['PAGER'])"
    path = write_notebook(tmp_path / "n.ipynb", [Source(text, ("step:look", "env:FORCE_COLOR=0"))])
    run = nbdag.read(path).run().wait()
    assert "0 cat" in run.save(tmp_path / "out.ipynb").read_text()


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.split("/")[-3])
def test_python_alone_finds_no_others(python: str, tmp_path: Path) -> None:
    known = sorted(MODULES - {"zoneinfo"})  # Python 3.8 doesn't have it
    first = FIRST.replace(str(NAMES), str(known))
    done = run_step(tmp_path, make_order("s", [BESIDE, first, OWN]), python=python, flags=BARE)
    assert done.status == 0, done.log
    assert [done.text(number) for number in (1, 2, 3)] == ["\n", "\n", "1\n"]
