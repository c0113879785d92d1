"""Runs on Kubeflow, followed: events, logs, metrics, outputs and the guard, as of a run here."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from controlled import CONDITION, FAULTS, LOOP
from kubeflow.objects import serving_objects
from kubeflow.server import Portal, serving
from nbdag.cli.app import app
from nbdag.client import open_run, read
from nbdag.kubeflow import follower
from nbdag.kubeflow.endpoint import EndpointError
from nbdag.reach import send
from nbdag.result import Run
from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.history import RunFolder
from nbdag_converters.compilers.argo import Options
from notebooks import Source, write_notebook

pytestmark = pytest.mark.kernel

SIMPLE = (
    Source("many = 3", ("parameters",)),
    Source("data = list(range(many))\nprint('loaded', many)", ("step:load",)),
    Source("total = sum(data)\ntotal", ("step:add",)),
    Source("print(total)\ntotal", ("pipeline-metrics",)),
)


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(follower, "_LOOKS", (0.2,))
    root = tmp_path / "there"
    root.mkdir()
    with serving(Portal(root=root)) as served:
        yield served


def started(tmp_path: Path, portal: Portal, cells: Any, **values: Any) -> Run:
    path = write_notebook(tmp_path / "work.ipynb", cells)
    return read(path).submit("kfp", endpoint=portal.url, **values)


def test_a_run_is_told_as_one_here(tmp_path: Path, portal: Portal) -> None:
    run = started(tmp_path, portal, SIMPLE, many=4).wait(120)
    assert run.phase is Phase.SUCCEEDED
    assert run.metrics == {"total": 6}
    assert run["load"].logs() == "loaded 4\n"
    assert {step.phase for step in run} == {Phase.SUCCEEDED}
    assert "loaded 4" in run.save(tmp_path / "executed.ipynb").read_text()
    kinds = [event.kind for event in RunFolder(run.folder).events()]
    assert "sent" not in kinds
    assert kinds.count("finished") == kinds.count("launched") == len(list(run))
    with pytest.raises(RunError, match=r"The values are at /.*: only S3 stores are known"):
        run["load"].value("data")


def test_values_come_from_the_store_in_which_a_step_says_they_are(
    tmp_path: Path, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(tmp_path, portal, SIMPLE, many=4).wait(120)
    told = run.folder / "steps" / "load" / "artifacts.json"
    place = Path(json.loads(told.read_text())["values"])
    bucket, key = tmp_path.name, place.relative_to(tmp_path).as_posix()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "it")
    told.write_text(json.dumps({"values": f"minio://{bucket}/{key}"}))
    with pytest.raises(RunError, match="set NBDAG_S3_ENDPOINT to its address"):
        run["load"].value("data")
    with serving_objects(tmp_path.parent) as address:
        monkeypatch.setenv("NBDAG_S3_ENDPOINT", address)
        told.write_text(json.dumps({"values": f"minio://{bucket}/gone"}))
        with pytest.raises(RunError, match="There are no values of step 'load' any more at"):
            run["load"].value("data")
        told.write_text(json.dumps({"values": f"minio://{bucket}/{key}"}))
        assert run["load"].value("data") == [0, 1, 2, 3]
    assert run["load"].value("data") == [0, 1, 2, 3]
    told.unlink()
    (run.folder / "steps" / "load" / "values.nbv").unlink()
    with pytest.raises(RunError, match="It isn't known where the values of step 'load' are"):
        run["load"].value("data")


def test_a_branch_that_is_not_taken_is_skipped(tmp_path: Path, portal: Portal) -> None:
    run = started(tmp_path, portal, CONDITION, flag=1).wait(120)
    assert run.phase is Phase.SUCCEEDED
    phases = [step.phase for step in run]
    assert phases.count(Phase.SKIPPED) == 2
    assert run["told"].logs() == "low\n"


@pytest.mark.parametrize("count", [3, 0])
def test_iterations_are_told(count: int, tmp_path: Path, portal: Portal) -> None:
    run = started(tmp_path, portal, LOOP, n=count).wait(120)
    assert run.phase is Phase.SUCCEEDED, run.state.message
    state = run["spread"].state
    assert state.total == count
    assert [each.phase for each in state.iterations.values()] == [Phase.SUCCEEDED] * count
    assert f"{[19] * count}" in run["last"].logs()


FAILING = (
    Source("print('before')\n1 / 0", ("step:first",)),
    Source("print('after')", ("step:second", "prev:first")),
)


def test_a_failure_names_the_cell_and_ends_the_run(tmp_path: Path, portal: Portal) -> None:
    run = started(tmp_path, portal, FAILING).wait(120)
    assert run.phase is Phase.FAILED
    first, second = run["first"].state, run["second"].state
    assert (first.phase, first.cell, first.line) == (Phase.FAILED, 1, 2)
    assert "division by zero" in first.message
    assert second.phase is Phase.SKIPPED
    assert run["first"].logs().startswith("before\n")


def test_a_step_is_tried_again(tmp_path: Path, portal: Portal) -> None:
    text = f"""\
from pathlib import Path
count = Path({str(tmp_path / "count")!r})
number = int(count.read_text()) if count.exists() else 0
count.write_text(str(number + 1))
assert number == 1
print('second')"""
    run = started(tmp_path, portal, (Source(text, ("step:stubborn", "retry:2")),)).wait(120)
    assert run.phase is Phase.SUCCEEDED, run.state.message
    assert run["stubborn"].state.attempt == 2
    assert run["stubborn"].logs() == "second\n"


def test_a_run_that_failed_goes_on_from_what_succeeded(tmp_path: Path, portal: Portal) -> None:
    mark = tmp_path / "mark"
    cells = (
        Source("x = [1, 2]\nprint('made')", ("step:make",)),
        Source(f"assert open({str(mark)!r}).read()\ny = sum(x)", ("step:add",)),
        Source("print(y)", ("step:show",)),
    )
    run = started(tmp_path, portal, cells).wait(120)
    assert run.phase is Phase.FAILED
    assert run["show"].phase is Phase.SKIPPED
    mark.write_text("it")
    portal.answers["POST", "/runs/r0:retry"] = [403]
    with pytest.raises(EndpointError, match="retry the run: told 403"):
        run.retry()
    again = run.retry().wait(120)
    assert again.phase is Phase.SUCCEEDED, again.state.message
    assert again["show"].logs() == "3\n"
    assert [step.phase for step in again] == [Phase.SUCCEEDED] * 3
    kinds = [(e.kind, e.step) for e in RunFolder(again.folder).events()]
    assert kinds.count(("finished", "add")) == kinds.count(("launched", "make")) == 1
    assert len(portal.runs) == 1
    assert run.phase is Phase.FAILED
    with pytest.raises(RunError, match="goes on only with one that failed"):
        run.retry()
    with pytest.raises(RunError, match="there is nothing to retry"):
        again.retry()


def test_a_run_whose_reports_are_gone_has_not_succeeded(tmp_path: Path, portal: Portal) -> None:
    run = started(tmp_path, portal, SIMPLE)
    there = portal.executed["r0"]
    there.gone.add("add")
    there.untold.add("nbdag--guard")  # of a package that was made before there was one
    run.wait(120)
    assert run.phase is Phase.ERROR
    assert run.state.unseen
    assert "the guard has not looked" in run.state.message
    assert "the pod is gone" in run.state.message
    # Whoever looks again, when they can be read, learns what it is worth.
    there.gone.clear()
    again = open_run(run.id, folder=tmp_path).wait(60)
    assert again.phase is Phase.SUCCEEDED
    assert again["add"].phase is Phase.SUCCEEDED


def test_what_the_guard_has_looked_at_there_needs_no_log(tmp_path: Path, portal: Portal) -> None:
    run = started(tmp_path, portal, SIMPLE)
    portal.executed["r0"].gone.add("add")
    assert run.wait(120).phase is Phase.SUCCEEDED, run.state.message
    assert {step.phase for step in run} == {Phase.SUCCEEDED}


def test_what_the_guard_finds_there_fails_the_run(tmp_path: Path, portal: Portal) -> None:
    cells, level, _ = FAULTS[1]
    run = started(tmp_path, portal, cells, level=level)
    portal.executed["r0"].gone.add("change")
    assert run.wait(120).phase is Phase.FAILED
    assert "see the log of 'nbdag--guard' in" in run.state.message


def test_the_older_place_of_logs_is_known(tmp_path: Path, portal: Portal) -> None:
    portal.logs_at = "v1alpha1"
    assert started(tmp_path, portal, SIMPLE).wait(120).phase is Phase.SUCCEEDED


SLOW = (
    Source("print('begun', flush=True)\nimport time\ntime.sleep(100)", ("step:slow",)),
    Source("print('after')", ("step:second", "prev:slow")),
)


def test_commands_watch_stop_and_list_a_run(tmp_path: Path, portal: Portal) -> None:
    path = write_notebook(tmp_path / "work.ipynb", SLOW)

    def nbdag(*line: str) -> str:
        done = CliRunner().invoke(app, [*line])
        assert done.exit_code in (0, 1), done.output
        return done.output

    said = nbdag("submit", str(path), "--to", "kfp", "--endpoint", portal.url, "--detach")
    assert f"{portal.url}/#/runs/details/r0" in said
    run = open_run("last", folder=tmp_path)
    place = ["--folder", str(tmp_path)]
    while "begun" not in nbdag("logs", "last", "slow", *place):
        time.sleep(0.2)
    assert "◐" in nbdag("runs", str(tmp_path))
    with pytest.raises(RunError, match="can only be stopped"):
        run.suspend()
    nbdag("stop", "last", *place)
    nbdag("watch", "last", *place)
    assert run.phase is Phase.FAILED
    assert run.state.message == "interrupted"
    assert run["second"].phase is Phase.SKIPPED
    with pytest.raises(RunError, match="is over"):
        send(RunFolder(run.folder), "stop")


def test_a_token_that_expires_is_an_error_and_the_run_goes_on(
    tmp_path: Path, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDAG_KFP_TOKEN", "old")
    portal.token = "old"
    run = started(tmp_path, portal, SIMPLE)
    portal.token = "new"
    with pytest.raises(EndpointError, match="Log in again"):
        run.wait(60)
    assert not run.phase.done
    monkeypatch.setenv("NBDAG_KFP_TOKEN", "new")
    assert open_run("last", folder=tmp_path).wait(120).phase is Phase.SUCCEEDED


def test_a_server_that_is_away_for_a_while_is_waited_for(tmp_path: Path, portal: Portal) -> None:
    portal.answers["GET", "/runs/r0"] = [503] * 9
    assert started(tmp_path, portal, SIMPLE).wait(120).phase is Phase.SUCCEEDED


def test_a_run_that_was_deleted_is_an_error(tmp_path: Path, portal: Portal) -> None:
    run = started(tmp_path, portal, SLOW)
    there = portal.executed.pop("r0")
    there.terminate()
    assert run.wait(60).phase is Phase.ERROR
    assert "deleted" in run.state.message


def test_the_guard_says_what_it_says_here(tmp_path: Path, portal: Portal) -> None:
    cells = (
        Source("x = ['mark']", ("step:make",)),
        Source("type(x).__dict__['append'](x, 2)", ("step:change",)),
        Source("print(x)", ("step:show",)),
    )
    there = started(tmp_path, portal, cells).wait(120)
    here = read(tmp_path / "work.ipynb").run().wait()
    assert there.phase is here.phase is Phase.FAILED
    assert [found.code for found in there.diagnostics] == ["NB250"]
    assert there.diagnostics == here.diagnostics
    assert there["change"].phase is here["change"].phase is Phase.FAILED


@pytest.mark.parametrize(("cells", "level", "codes"), FAULTS)
def test_a_change_is_a_fault_only_where_a_branch_that_runs_sees_it(
    cells: tuple[Source, ...], level: int, codes: list[str], tmp_path: Path, portal: Portal
) -> None:
    run = started(tmp_path, portal, cells, level=level).wait(120)
    assert [found.code for found in run.diagnostics] == codes
    assert run.phase is (Phase.FAILED if codes else Phase.SUCCEEDED)


def test_what_means_nothing_there_is_refused(tmp_path: Path, portal: Portal) -> None:
    pipeline = read(write_notebook(tmp_path / "work.ipynb", SIMPLE))
    with pytest.raises(RunError, match="needs the address"):
        pipeline.submit("kfp")
    with pytest.raises(RunError, match=r"options have to be .*kfp.Options"):
        pipeline.submit("kfp", endpoint=portal.url, options=Options())
    with pytest.raises(RunError, match="has no targets"):
        pipeline.options(targets=["load"]).submit("kfp", endpoint=portal.url)
    assert not portal.runs
