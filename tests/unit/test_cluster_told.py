"""What the status of a workflow stands for: the same events as those of a run here."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from nbdag.cluster.nodes import CompressedError, Nodes, pack, raw_nodes
from nbdag.cluster.orders import answer_gates
from nbdag.cluster.told import is_suspended, over, told, too_long
from nbdag.runs.events import Phase, Run, RunEvent, fold
from nbdag.runs.remote.log import split
from nbdag.runs.remote.told import Judged, Pod
from nbdag_converters import build
from nbdag_converters.compilers.argo import compile_objects
from nbdag_converters.model import Pipeline
from notebooks import Source, make_notebook

CELLS = (
    Source("go = True\nitems = [1, 2]", ("step:load",)),
    Source("if go:\n    size = 1", ("step:tune",)),
    Source("out = []\nfor i in items:\n    out.append(i)", ("step:each_item", "fan-out:2")),
    Source("print(out)", ("step:show", "approve:Sure?", "retry:2")),
)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return build(make_notebook(CELLS)).pipeline


@pytest.fixture(scope="module")
def tasks(pipeline: Pipeline) -> dict[str, str]:
    return dict(compile_objects(pipeline).tasks)


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}Z"


def node(name: str, kind: str, phase: str, inside: str = "root", **more: Any) -> dict[str, Any]:
    times = {"startedAt": at(more.pop("start", 1))}
    if phase not in ("Running", "Pending"):
        times["finishedAt"] = at(more.pop("end", 5))
    return {
        "displayName": name,
        "type": kind,
        "phase": phase,
        "boundaryID": inside,
        **times,
        **more,
    }


def workflow(nodes: dict[str, Any], phase: str = "Running", **spec: Any) -> dict[str, Any]:
    root = {"root": {"displayName": "wf", "type": "DAG", "phase": phase}}
    return {
        "metadata": {"name": "wf"},
        "spec": spec,
        "status": {"phase": phase, "nodes": {**root, **nodes}},
    }


def run_of(nodes: dict[str, Any], pipeline: Pipeline, tasks: dict[str, str]) -> Run:
    begin = RunEvent(0.0, "run-started", "", {"steps": [step.name for step in pipeline]})
    events = [e for e in told(workflow(nodes), pipeline, tasks) if isinstance(e, RunEvent)]
    return fold([begin, *events])


def test_a_step_is_running_from_its_first_pod_on(pipeline: Pipeline, tasks: dict[str, str]) -> None:
    assert run_of({}, pipeline, tasks).steps["load"].phase is Phase.PENDING
    waits = {"a": node("load", "Pod", "Pending")}
    assert run_of(waits, pipeline, tasks).steps["load"].phase is Phase.PENDING
    runs = {"a": node("load", "Pod", "Running")}
    assert run_of(runs, pipeline, tasks).steps["load"].phase is Phase.RUNNING


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("ErrImagePull: failed to pull image x: not found", True),
        ("ImagePullBackOff: Back-off pulling image x", True),
        ("InvalidImageName: couldn't parse image name", True),
        ("Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.", True),
        ('CreateContainerConfigError: secret "keys" not found', True),
        ("PodInitializing", False),
        ("ContainerCreating", False),
        ("", False),
    ],
)
def test_why_a_pod_can_not_start_is_told_until_it_does(
    pipeline: Pipeline, tasks: dict[str, str], message: str, *, told: bool
) -> None:
    held = {"a": node("load", "Pod", "Pending", message=message)}
    step = run_of(held, pipeline, tasks).steps["load"]
    assert (step.phase, step.message) == (Phase.PENDING, message if told else "")
    begun = {"a": node("load", "Pod", "Running", message=message)}
    assert run_of(begun, pipeline, tasks).steps["load"].message == ""
    again = [
        RunEvent(0.0, "run-started", "", {"steps": ["load"]}),
        RunEvent(1.0, "held", "load", {"name": "ErrImagePull", "message": message}),
        RunEvent(2.0, "launched", "load", {"attempt": 1}),
        RunEvent(3.0, "held", "load", {"name": "ErrImagePull", "message": message}),
    ]
    assert fold(again).steps["load"] == fold(again[:3]).steps["load"]


def test_a_step_that_ended_has_its_time_and_its_message(
    pipeline: Pipeline, tasks: dict[str, str]
) -> None:
    failed = {"a": node("load", "Pod", "Failed", message="Error (exit code 1)")}
    step = run_of(failed, pipeline, tasks).steps["load"]
    assert (step.phase, step.message, step.seconds) == (Phase.FAILED, "Error (exit code 1)", 4.0)
    done = run_of({"a": node("load", "Pod", "Succeeded")}, pipeline, tasks).steps["load"]
    assert (done.phase, done.message) == (Phase.SUCCEEDED, "")


def test_what_is_not_run_is_skipped_and_says_why(pipeline: Pipeline, tasks: dict[str, str]) -> None:
    nodes = {
        "a": node("tune", "Skipped", "Skipped"),
        "b": node("each-item", "Skipped", "Omitted"),
    }
    steps = run_of(nodes, pipeline, tasks).steps
    assert steps["tune"].phase is steps["each_item"].phase is Phase.SKIPPED
    assert steps["tune"].message == "its condition `go` does not hold"
    assert (steps["tune"].problem, steps["each_item"].problem) == ("condition", "above")


LOOP = {
    "e": node("each-item", "DAG", "Running"),
    "i": node("items", "Pod", "Succeeded", "e"),
    "g": node("each", "TaskGroup", "Running", "e", children=["e1", "e0"]),
    "e1": node("each(1:1)", "Pod", "Running", "e", start=6),
    "e0": node("each(0:0)", "Pod", "Succeeded", "e", end=7),
}


def test_a_loop_has_its_iterations(pipeline: Pipeline, tasks: dict[str, str]) -> None:
    step = run_of(LOOP, pipeline, tasks).steps["each_item"]
    assert step.phase is Phase.RUNNING
    phases = [(n, one.phase) for n, one in sorted(step.iterations.items())]
    assert phases == [(0, Phase.SUCCEEDED), (1, Phase.RUNNING)]


def test_parts_of_a_loop_are_looked_at_before_they_are_gathered(
    pipeline: Pipeline, tasks: dict[str, str]
) -> None:
    gathers = {
        **LOOP,
        "e1": node("each(1:1)", "Pod", "Succeeded", "e"),
        "x": node("gather", "Pod", "Running", "e", start=8),
    }
    found = told(workflow(gathers), pipeline, tasks)
    (looked,) = (n for n, one in enumerate(found) if isinstance(one, Judged))
    pods = [(n, one) for n, one in enumerate(found) if isinstance(one, Pod)]
    assert found[looked] == Judged("each_item", 1767225608.0, 2)
    assert [one.over for n, one in pods if n < looked] == [True, True, True]
    assert [one.node for n, one in pods if n > looked] == ["x"]


def test_a_gate_waits_and_is_passed(pipeline: Pipeline, tasks: dict[str, str]) -> None:
    nodes = {
        "s": node("show", "DAG", "Running"),
        "a": node("approval", "Suspend", "Running", "s"),
    }
    step = run_of(nodes, pipeline, tasks).steps["show"]
    assert (step.phase, step.message) == (Phase.SUSPENDED, "Sure?")
    nodes["a"] = node("approval", "Suspend", "Succeeded", "s")
    assert run_of(nodes, pipeline, tasks).steps["show"].phase is Phase.PENDING


def test_attempts_are_counted(pipeline: Pipeline, tasks: dict[str, str]) -> None:
    nodes = {
        "s": node("show", "DAG", "Running"),
        "a": node("approval", "Suspend", "Succeeded", "s"),
        "r": node("step", "Retry", "Running", "s", children=["r0", "r1"]),
        "r0": node("step(0)", "Pod", "Failed", "s", message="Error (exit code 1)"),
        "r1": node("step(1)", "Pod", "Running", "s", start=7),
    }
    step = run_of(nodes, pipeline, tasks).steps["show"]
    assert (step.phase, step.attempt) == (Phase.RUNNING, 2)


def test_steps_in_groups_and_at_the_end_are_found(
    pipeline: Pipeline, tasks: dict[str, str]
) -> None:
    nodes = {
        "group": node("steps-1", "DAG", "Running"),
        "a": node("load", "Pod", "Succeeded", "group"),
        "exit": {"displayName": "wf.onExit", "type": "DAG", "phase": "Running"},
        "b": node("tune", "Pod", "Succeeded", "exit"),
    }
    steps = run_of(nodes, pipeline, tasks).steps
    assert steps["load"].phase is steps["tune"].phase is Phase.SUCCEEDED


def test_a_packed_status_is_read_and_another_one_is_told() -> None:
    found = workflow({"a": node("load", "Pod", "Running")})
    nodes = json.dumps(found["status"].pop("nodes")).encode()
    found["status"]["compressedNodes"] = base64.b64encode(gzip.compress(nodes)).decode()
    assert set(Nodes(found).steps({"load": "load"})) == {"load"}
    found["status"]["compressedNodes"] = base64.b64encode(b"\x28\xb5\x2f\xfd").decode()
    with pytest.raises(CompressedError, match="zstd"):
        Nodes(found)
    found["status"] = {"offloadNodeStatusVersion": "fnv:1"}
    with pytest.raises(CompressedError, match="database"):
        Nodes(found)


def test_the_state_of_the_whole() -> None:
    assert (over(workflow({})), over(workflow({}, "Failed"))) == ("", "Failed")
    assert is_suspended(workflow({}, suspend=True))
    assert not is_suspended(workflow({}))


@pytest.mark.parametrize(
    ("end", "message", "late"),
    [
        (21, "", True),
        (20, "Pod was active on the node longer than the specified deadline", True),
        (20, "main: Error (exit code 1)", False),
        (9, "Pod was active on the node longer than the specified deadline", False),
    ],
)
def test_a_run_that_was_cut_off_took_too_long_though_its_pods_ended_a_moment_before(
    pipeline: Pipeline, end: int, message: str, *, late: bool
) -> None:
    limited = replace(pipeline, config=replace(pipeline.config, timeout=20))
    nodes = {"a": node("a", "Pod", "Failed", message=message)}
    found = workflow(nodes, "Failed")
    found["status"] |= {"startedAt": at(1), "finishedAt": at(end)}
    assert bool(too_long(found, limited)) is late


def test_a_log_is_parted_into_what_was_printed_and_events() -> None:
    log = (
        b'::nbdag::{"event":"started","step":"a","time":1.0}\n'
        b"printed\nhalf a line"
        b'::nbdag::{"event":"failed","step":"a","time":2.0,"kind":"cell","cell":3}\n'
        b"::nbdag::no event\n"
        b'time="2026-01-01T00:00:00Z" level=info msg="sub-process exited" argo=true error="<nil>"\n'
    )
    text, events = split(log)
    assert text == b"printed\nhalf a line::nbdag::no event\n"
    assert [event.kind for event in events] == ["started", "failed"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_gate_is_answered_wherever_the_nodes_are_written(*, packed: bool) -> None:
    supplied = {"name": "approved", "valueFrom": {"supplied": {}}}
    gate = node("approval", "Suspend", "Running", "s", outputs={"parameters": [supplied]})
    made = workflow({"s": node("show", "DAG", "Running"), "g": gate})
    if packed:
        made["status"]["compressedNodes"] = pack(made["status"].pop("nodes"))
    assert answer_gates(made, ["show"], "NO")
    assert ("nodes" in made["status"]) is not packed
    found = raw_nodes(made)["g"]
    assert found["phase"] == "Succeeded"
    assert found["outputs"]["parameters"] == [{"name": "approved", "value": "NO"}]
    assert not answer_gates(made, ["show"], "YES"), "nothing waits any more"
