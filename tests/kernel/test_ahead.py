"""What a run begins with: a pipeline that is known, or else its Python while it is worked out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbdag.runs import local
from nbdag.runs.ahead import Ahead, ahead
from nbdag.runs.cache import Store, clear, pipelines
from nbdag.runs.events import Phase, Run
from nbdag.settings import RunSettings
from nbdag_converters import NotebookError, build
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel

CELLS = (Source("rows = [3, 1]", ("step:load",)), Source("rows.sort()\nimport os", ("step:order",)))


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "work.ipynb", CELLS)


def run(notebook: Path, *, cache: bool = True, isolate: bool = False) -> tuple[Ahead, Run]:
    with ahead(notebook, cache=cache, isolate=isolate) as found:
        settings = RunSettings(zygote=found.zygote, isolate=isolate, cache=cache)
        state = local.start(found.pipeline, notebook=notebook, settings=settings).wait()
    assert found.zygote is None or found.zygote.dead
    assert state.phase is Phase.SUCCEEDED
    return found, state


def test_a_notebook_that_did_not_change_is_known_and_starts_nothing(notebook: Path) -> None:
    first, _ = run(notebook)
    second, state = run(notebook)
    assert first.zygote is not None
    assert second.zygote is None
    assert (second.pipeline, second.diagnostics) == (first.pipeline, first.diagnostics)
    assert second.pipeline == build(notebook).pipeline
    assert all(step.cached for step in state.steps.values())


def test_what_there_is_to_say_about_the_notebook_is_known_too(notebook: Path) -> None:
    write_notebook(notebook, [*CELLS, Source("import time\nnow = time.time()", ("step:stamp",))])
    run(notebook)
    found, state = run(notebook)
    assert found.diagnostics == build(notebook).diagnostics
    assert [each.code for each in found.diagnostics] == ["NB223"]
    assert [name for name, step in state.steps.items() if not step.cached] == ["stamp"]


def _edit(notebook: Path) -> None:
    write_notebook(notebook, [*CELLS, Source("x = 1", ("step:more",))])


def _damage(notebook: Path) -> None:
    path = notebook.parent / ".nbdag" / "cache" / "pipelines" / "work.ipynb.json"
    path.write_bytes(path.read_bytes()[:-20])


def _clear(notebook: Path) -> None:
    assert clear(Store(notebook.parent / ".nbdag" / "cache"))


@pytest.mark.parametrize("change", [_edit, _damage, _clear])
def test_what_changed_is_worked_out_again(notebook: Path, change: Callable[[Path], None]) -> None:
    run(notebook)
    change(notebook)
    found, _ = run(notebook)
    assert found.zygote is not None
    assert found.pipeline == build(notebook).pipeline
    assert run(notebook)[0].zygote is None


def test_another_nbdag_works_it_out_again(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "converters"
    code.mkdir()
    (code / "rule.py").write_text("1")
    monkeypatch.setattr(pipelines, "_CONVERTERS", code)
    run(notebook)
    assert run(notebook)[0].zygote is None
    (code / "rule.py").write_text("22")
    assert run(notebook)[0].zygote is not None


def test_without_the_cache_it_is_worked_out_again(notebook: Path) -> None:
    run(notebook)
    assert run(notebook, cache=False)[0].zygote is not None


def test_isolated_steps_need_no_warm_python(notebook: Path) -> None:
    assert run(notebook, isolate=True)[0].zygote is None


def test_a_notebook_that_is_wrong_is_an_error_and_its_folder_stays_as_it_was(
    notebook: Path,
) -> None:
    write_notebook(notebook, [Source("print(missing_name)", ("step:a", "step:b"))])
    with pytest.raises(NotebookError), ahead(notebook, cache=True, isolate=False):
        pytest.fail("a wrong notebook has no pipeline")
    assert list(notebook.parent.iterdir()) == [notebook]


def test_a_run_that_is_left_is_stopped_before_its_python_ends(notebook: Path) -> None:
    write_notebook(notebook, ["import time\ntime.sleep(60)"])
    with ahead(notebook, cache=True, isolate=False) as found:
        settings = RunSettings(zygote=found.zygote, grace=0.5)
        left = local.start(found.pipeline, notebook=notebook, settings=settings)
    assert left.done
    assert (left.state.phase, left.state.message) == (Phase.FAILED, "interrupted")
