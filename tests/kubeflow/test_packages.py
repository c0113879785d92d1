"""Packages, run by `kfp.local`: they give what their notebook gives, or fail as it does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from controlled import CONDITION, FAULTS, LOOP
from kubeflow.packages import run_package
from nbdag_converters.compilers.kfp import judge
from nbdag_converters.errors import NotebookError
from notebooks import Case, Source, read_cases, write_notebook

pytestmark = pytest.mark.kernel

EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = [case for case in read_cases() if case.group == "kale"]


@pytest.mark.parametrize("name", ["hello_world", "fraud_detection", "titanic_kale"])
def test_an_example_gives_the_same(name: str, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    left = run_package(tmp_path / "examples" / f"{name}.ipynb", tmp_path / "kfp")
    assert not left.judged()
    assert not left.differences()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_notebook_for_kale_gives_the_same(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    path = case.write(folder)
    if case.expects.startswith("error"):
        with pytest.raises(NotebookError, match=case.expects.split(" ")[1]):
            run_package(path, tmp_path / "kfp")
    elif case.expects.startswith("fails"):
        with pytest.raises(RuntimeError, match="Inner task failed"):
            run_package(path, tmp_path / "kfp")
    else:
        left = run_package(path, tmp_path / "kfp", case.parameters)
        assert not left.judged()
        assert not left.differences()


@pytest.mark.parametrize(("flag", "found"), [(2, "high"), (1, "low"), (0, "none")])
def test_later_steps_take_what_the_branch_that_ran_made(
    flag: int, found: str, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "work.ipynb", CONDITION)
    assert run_package(path, tmp_path / "kfp", {"flag": flag}).printed("told") == f"{found}\n"


@pytest.mark.parametrize("count", [3, 0])
def test_iterations_are_tasks_whose_values_and_files_are_gathered(
    count: int, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "work.ipynb", LOOP)
    left = run_package(path, tmp_path / "kfp", {"n": count})
    files = [f"part{number}.txt" for number in range(count)]
    assert left.printed("last") == f"{[19] * count} {files}\n"


def test_parameters_keep_their_types(tmp_path: Path) -> None:
    cells = (
        Source(
            "rate = 1e-05\nwhole = 2.0\nmany = 3\nlarge = 1180591620717411303424\n"
            "on = True\ntext = 'é 1e3'\n"
            "tree = {'a': [1, 1.0]}\nnothing = None",
            ("parameters",),
        ),
        Source("print([rate, whole, many, large, on, text, tree, nothing])", ("step:show",)),
    )
    path = write_notebook(tmp_path / "work.ipynb", cells)
    expected = [1e-05, 2.0, 3, 2**70, True, "é 1e3", {"a": [1, 1.0]}, None]
    shown = run_package(path, tmp_path / "kfp").printed("show")
    assert shown == f"{expected}\n"
    given = {"whole": 4.0, "many": 5, "tree": json.dumps({"b": [2, 2.0]})}
    again = run_package(path, tmp_path / "again", given).printed("show")
    assert "4.0, 5," in again
    assert "{'b': [2, 2.0]}" in again


def test_a_step_is_tried_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    cells = (
        Source(
            f"from pathlib import Path\ncount = Path({str(count)!r})\n"
            "number = int(count.read_text()) if count.exists() else 0\n"
            "count.write_text(str(number + 1))\nassert number == 2\nprint('third')",
            ("step:stubborn", "retry:2"),
        ),
    )
    path = write_notebook(tmp_path / "work.ipynb", cells)
    assert run_package(path, tmp_path / "kfp").printed("stubborn") == "third\n"


@pytest.mark.parametrize(("cells", "level", "codes"), FAULTS)
def test_a_run_that_nobody_follows_fails_where_the_guard_finds_an_error(
    cells: tuple[Source, ...], level: int, codes: list[str], tmp_path: Path, capfd: Any
) -> None:
    path = write_notebook(tmp_path / "work.ipynb", cells)
    if codes:
        with pytest.raises(RuntimeError, match="nbdag--guard"):
            run_package(path, tmp_path / "kfp", {"level": level})
    else:
        run_package(path, tmp_path / "kfp", {"level": level})
    said = "".join(capfd.readouterr())
    assert ("NB250 cell 4, line 1: step 'change' changed 'x'" in said) is bool(codes)


def test_what_an_iteration_leaves_behind_fails_a_run_too(tmp_path: Path, capfd: Any) -> None:
    cells = (
        Source("names = ['a', 'b']\nseen = {}", ("step:first",)),
        Source(
            "for name in names:\n    type(seen).__dict__['update'](seen, {name: len(seen)})",
            ("step:spread", "fan-out"),
        ),
        Source("print(seen)", ("step:last",)),
    )
    path = write_notebook(tmp_path / "work.ipynb", cells)
    with pytest.raises(RuntimeError, match="nbdag--guard"):
        run_package(path, tmp_path / "kfp")
    assert "step 'spread'" in "".join(capfd.readouterr())


def test_the_reports_of_many_last_steps_are_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "_MOST", 2)
    cells = [Source(f"x{number} = {number}", (f"step:s{number}",)) for number in range(5)]
    path = write_notebook(tmp_path / "work.ipynb", cells)
    left = run_package(path, tmp_path / "kfp")
    assert [*left.root.glob("*/nbdag--guard-reports-2-1")]


def test_a_model_says_which_variables_it_holds(tmp_path: Path) -> None:
    cells = (
        Source("class Tree:\n    def fit(self, x):\n        self.x = x", ("functions",)),
        Source("tree = Tree()\ntree.fit(3)\nscore = 1", ("step:train",)),
        Source("print(tree.x, score)", ("step:use",)),
    )
    left = run_package(write_notebook(tmp_path / "work.ipynb", cells), tmp_path / "kfp")
    assert left.printed("use") == "3 1\n"
    said = json.loads((left.of("train") / "executor_output.json").read_text())
    (values,) = said["artifacts"]["values"]["artifacts"]
    assert values["metadata"] == {"variables": "tree"}


def test_what_is_displayed_is_a_page_and_where_it_is_markdown_that_too(tmp_path: Path) -> None:
    cells = (
        Source(
            "from IPython.display import SVG, HTML, Markdown\n"
            "display(Markdown('# A *title*'), HTML('<b>bold</b>'), SVG('<svg></svg>'))\nprint('<')",
            ("step:tell",),
        ),
        Source("print('plain')", ("step:plain",)),
    )
    left = run_package(write_notebook(tmp_path / "work.ipynb", cells), tmp_path / "kfp")
    assert (left.of("tell") / "markdown").read_text() == "# A *title*"
    shown = (left.of("tell") / "page").read_text()
    assert [part in shown for part in ("<b>bold</b>", "<svg", "# A *title*", "&lt;")] == [True] * 4
    assert not (left.of("plain") / "markdown").exists()
