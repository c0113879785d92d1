"""Steps tagged `on-exit`: they run after all others, well or not, and the guard looks at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubeflow.packages import run_package
from kubeflow.server import Portal, serving
from nbdag.client import read
from nbdag.kubeflow import follower
from nbdag.runs.events import Phase
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel

PARAMETERS = Source("many = 3", ("parameters",))
GOOD = Source("x = [many]\nprint(x)", ("step:make",))
BAD = Source("print(many)\n1 / 0", ("step:make",))
BYE = Source("print('bye', many)", ("step:clean", "on-exit", "prev:make"))
HIDDEN = Source(
    "import importlib\nprint(importlib.import_module('os').listdir('.'))",
    ("step:clean", "on-exit"),
)


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    monkeypatch.setattr(follower, "_LOOKS", (0.2,))
    root = tmp_path / "there"
    root.mkdir()
    with serving(Portal(root=root)) as served:
        yield served


def test_the_package_gives_what_the_notebook_gives(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    path = write_notebook(tmp_path / "work" / "work.ipynb", (PARAMETERS, GOOD, BYE))
    left = run_package(path, tmp_path / "kfp")
    assert left.printed("clean") == "bye 3\n"
    assert not left.judged()
    assert not left.differences()


def test_they_run_after_a_failure_which_stays_one(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "work.ipynb", (PARAMETERS, BAD, BYE))
    with pytest.raises(RuntimeError, match=r"'make'.* inside .*'nbdag--steps'"):
        run_package(path, tmp_path / "kfp", {"many": 5})
    (shown,) = tmp_path.glob("kfp/*/clean/outputs")
    assert "bye 5" in shown.read_text()


def test_they_hand_on_to_each_other(tmp_path: Path) -> None:
    cells = (
        PARAMETERS,
        GOOD,
        Source(
            "found = []\nfor i in [1, 2]:\n    open(f'{i}.txt', 'w').write('it')\n"
            "    found.append(i * many)",
            ("step:spread", "on-exit", "fan-out"),
        ),
        Source("print(found, open('2.txt').read())", ("step:tell", "on-exit")),
    )
    path = write_notebook(tmp_path / "work.ipynb", cells)
    assert run_package(path, tmp_path / "kfp").printed("tell") == "[3, 6] it\n"


@pytest.mark.parametrize(
    ("step", "last", "guard", "said"),
    [
        (
            "import importlib\nimportlib.import_module('io').open('x', 'w').write('1')",
            "import os\nprint(os.listdir('.'))",
            "nbdag--guard",
            "NB614 cell 2: step 'clean' uses 'x', which step 'make' has written",
        ),
        (
            "print(1)",
            HIDDEN.text,
            "nbdag--exit-guard",
            "NB614 cell 2: step 'clean' uses '.', which a step above may have written",
        ),
        (
            "import random\nrandom.seed(1)\nrandom.random()",
            "import importlib\nimportlib.import_module('random').random()",
            "nbdag--exit-guard",
            "NB254 cell 2",
        ),
    ],
)
def test_what_they_use_of_others_unseen_fails_the_run(
    step: str, last: str, guard: str, said: str, tmp_path: Path, capfd: Any
) -> None:
    cells = (Source(step, ("step:make",)), Source(last, ("step:clean", "on-exit")))
    path = write_notebook(tmp_path / "work.ipynb", cells)
    with pytest.raises(RuntimeError, match=guard):
        run_package(path, tmp_path / "kfp")
    assert said in "".join(capfd.readouterr())


@pytest.mark.parametrize("first", [GOOD, BAD])
def test_they_are_told_as_here(first: Source, tmp_path: Path, portal: Portal) -> None:
    path = write_notebook(tmp_path / "work.ipynb", (PARAMETERS, first, BYE))
    there = read(path).submit("kfp", endpoint=portal.url, many=4).wait(120)
    here = read(path).run(many=4).wait()
    assert there.phase is here.phase is (Phase.SUCCEEDED if first is GOOD else Phase.FAILED)
    assert [step.phase for step in there] == [step.phase for step in here]
    assert there["clean"].logs() == here["clean"].logs() == "bye 4\n"


@pytest.mark.parametrize(
    ("last", "failed", "said"),
    [
        (HIDDEN, "nbdag--exit-guard", "see the log of 'nbdag--exit-guard' in"),
        (Source("print(many)\n1 / 0", ("step:clean", "on-exit")), "clean", "'clean' failed"),
    ],
)
def test_what_fails_at_the_end_fails_a_run_that_is_said_to_have_succeeded(
    last: Source, failed: str, said: str, tmp_path: Path, portal: Portal
) -> None:
    # An exit hook of Argo, as which Kubeflow runs these, fails no workflow.
    path = write_notebook(tmp_path / "work.ipynb", (PARAMETERS, GOOD, last))
    run = read(path).submit("kfp", endpoint=portal.url)
    portal.executed["r0"].hooked.add(failed)
    assert run.wait(120).phase is Phase.FAILED
    assert said in run.state.message
    assert run["make"].phase is Phase.SUCCEEDED
