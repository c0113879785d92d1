"""The history of runs: folders beside the notebook that say what was run and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.files import write_atomic
from nbdag.runs.history import RunFolder, create_run, find_run, list_runs
from nbdag.runs.process import is_alive, started_at
from nbdag.runs.recorder import Recorder
from nbdag_converters.model import Pipeline, Step, StepCell

PIPELINE = Pipeline("p", "fraud.ipynb", "", (Step("a", "A", (StepCell(1, "c", "1"),)),))


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "work" / "Fraud détection!.ipynb"
    path.parent.mkdir()
    path.write_text('{"cells": []}')
    return path


def make_run(notebook: Path, *, ended: bool = False) -> RunFolder:
    run = create_run(PIPELINE, notebook=notebook, parameters={"n": 1}, python=sys.executable)
    recorder = Recorder(run.events_file)
    recorder.record("run-started", run=run.id, steps=["a"])
    recorder.record("launched", "a", attempt=1)
    if ended:
        recorder.record("finished", "a", phase="Succeeded")
        recorder.record("run-finished", phase="Succeeded")
    recorder.close()
    return run


def as_if_of(run: RunFolder, **facts: object) -> None:
    path = run.path / "run.json"
    path.write_text(json.dumps({**run.facts(), **facts}))


def test_a_run_keeps_what_was_run(notebook: Path) -> None:
    run = make_run(notebook)
    assert run.path.parent == notebook.parent / ".nbdag" / "runs"
    assert run.pipeline() == PIPELINE
    assert run.notebook() == notebook.read_text()
    assert run.facts()["parameters"] == {"n": 1}
    assert (notebook.parent / ".nbdag" / ".gitignore").read_text() == "*\n"


def test_a_runs_id_can_be_read_and_sorts_by_time(notebook: Path) -> None:
    run = make_run(notebook)
    date, time, *name, suffix = run.id.split("-")
    assert (len(date), len(time), name, len(suffix)) == (8, 6, ["fraud", "d", "tection"], 4)


def test_runs_are_listed_newest_first_and_by_notebook(notebook: Path) -> None:
    runs = [make_run(notebook) for _ in range(3)]
    other = make_run(notebook.with_name("other.ipynb"))
    for moment, run in enumerate((*runs, other)):
        as_if_of(run, time=moment)
    assert list_runs(notebook.parent) == (other, *reversed(runs))
    assert list_runs(notebook.parent, notebook=notebook.name) == tuple(reversed(runs))
    assert list_runs(notebook.parent / "nowhere") == ()


def test_a_folder_that_is_no_run_is_not_listed(notebook: Path) -> None:
    run = make_run(notebook)
    (run.path.parent / "half-made").mkdir()
    (run.path.parent / "a-file").write_text("")
    assert list_runs(notebook.parent) == (run,)


def test_a_run_is_found_by_the_beginning_of_its_id_or_of_its_end(notebook: Path) -> None:
    run = make_run(notebook, ended=True)
    assert find_run(run.id, notebook.parent) == run
    assert find_run(run.id[:10], notebook.parent) == run
    assert find_run(run.id[-4:], notebook.parent) == run
    assert find_run("last", notebook.parent) == run


def test_a_run_that_is_not_there_or_not_the_only_one_is_an_error(notebook: Path) -> None:
    with pytest.raises(RunError, match=r"no run '2' .* the newest are: none"):
        find_run("2", notebook.parent)
    runs = [make_run(notebook) for _ in range(2)]
    with pytest.raises(RunError, match=r"may be any of: .*, "):
        find_run("2", notebook.parent)
    with pytest.raises(RunError, match=f"no run 'x!' .*{runs[0].id}"):
        find_run("x!", notebook.parent)
    with pytest.raises(RunError):
        find_run("", notebook.parent)


def test_a_run_of_a_process_that_lives_goes_on(notebook: Path) -> None:
    run = make_run(notebook)
    assert run.state().phase is Phase.RUNNING
    with pytest.raises(RunError, match="still goes on"):
        run.delete()
    assert run.path.exists()


def test_a_run_whose_process_is_gone_was_killed(notebook: Path) -> None:
    run = make_run(notebook)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    as_if_of(run, pid=process.pid)
    state = run.state()
    assert (state.phase, state.message) == (Phase.FAILED, "was killed")
    assert (state.steps["a"].phase, state.steps["a"].message) == (Phase.FAILED, "was killed")


def test_a_process_that_got_the_number_of_an_old_one_is_another(notebook: Path) -> None:
    run = make_run(notebook)
    as_if_of(run, pid=os.getpid(), pid_started="long ago")
    assert run.state().phase is Phase.FAILED
    assert is_alive(os.getpid(), started_at(os.getpid()))


def test_a_run_of_another_machine_is_what_its_events_say(notebook: Path) -> None:
    run = make_run(notebook)
    as_if_of(run, pid=1, host="elsewhere.example")
    assert run.state().phase is Phase.RUNNING


def test_a_run_is_deleted_with_all_that_it_holds(notebook: Path) -> None:
    run = make_run(notebook, ended=True)
    run.delete()
    assert not run.path.exists()
    assert list_runs(notebook.parent) == ()
    assert notebook.exists()


def test_half_a_line_at_the_end_of_a_file_is_left_out(notebook: Path) -> None:
    run = make_run(notebook)
    whole = run.events()
    with run.events_file.open("a") as file:
        file.write('{"event": "finished", "ti')
    assert run.events() == whole
    folder = run.steps / "a"
    folder.mkdir()
    (folder / "outputs.jsonl").write_text('{"cell": 1, "output": {}}\n{"cell": 1, "out')
    assert run.outputs("a") == ({"cell": 1, "output": {}},)


def test_a_step_that_never_ran_has_nothing(notebook: Path) -> None:
    run = make_run(notebook)
    assert (run.outputs("a"), run.report("a"), run.log("a")) == ((), {}, "")


def test_where_the_notebooks_folder_can_not_be_written_the_users_data_folder_is(
    notebook: Path,
) -> None:
    (notebook.parent / ".nbdag").write_text("in the way")
    run = make_run(notebook)
    assert run.path.is_relative_to(notebook.parents[1] / "data")
    assert list_runs(notebook.parent) == (run,)
    assert find_run("last", notebook.parent) == run


def test_where_nothing_can_be_written_the_error_names_both_folders(notebook: Path) -> None:
    (notebook.parent / ".nbdag").write_text("in the way")
    (notebook.parents[1] / "data").write_text("in the way, too")
    with pytest.raises(RunError) as caught:
        make_run(notebook)
    assert str(notebook.parent / ".nbdag") in str(caught.value)
    assert str(notebook.parents[1] / "data") in str(caught.value)


def test_a_file_that_is_written_whole_keeps_its_permissions_and_links(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(path)
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.txt", "link.txt"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomic(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
