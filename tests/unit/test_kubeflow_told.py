"""What Kubeflow tells of a run, and the events that it stands for."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from nbdag.kubeflow.logs import joined
from nbdag.kubeflow.nodes import Nodes, seconds
from nbdag.kubeflow.told import Heard, told
from nbdag.runs.events import RunEvent
from nbdag.runs.remote.told import Judged, Pod
from nbdag_converters.model import Loop, Step
from pipelines import make_step

BEGAN, ENDED, NEVER = "2026-01-01T00:00:00Z", "2026-01-01T00:00:08Z", "1970-01-01T00:00:00Z"
TRAIN = make_step("train", 1)
OVER = ("SUCCEEDED", "FAILED")


def task(
    name: str, state: str, key: str, children: Sequence[str] = (), error: str = ""
) -> dict[str, Any]:
    """Return a task as the API has it."""
    made: dict[str, Any] = {
        "display_name": name,
        "state": state,
        "start_time": NEVER if state == "PENDING" else BEGAN,
        "end_time": ENDED if state in OVER else NEVER,
        "pod_name": f"wf-x-some-template-{key}",
        "child_tasks": [{"pod_name": f"wf-x-{child}"} for child in children],
    }
    if error:
        made["error"] = {"code": 2, "message": error}
    return made


def events(
    step: Step,
    *tasks: dict[str, Any],
    left_out: bool = False,
    items: Callable[[str], int | None] = lambda _: None,
) -> list[str]:
    """Return what is told, each as one text."""
    nodes = Nodes({"run_details": {"task_details": [*tasks]}})
    heard = Heard(left_out=lambda _: left_out, items=items)
    found: list[str] = []
    for one in told(nodes, step, step.name, heard):
        if isinstance(one, Pod):
            part = one.part.label if one.part else ""
            words = ("log", one.node.rpartition("-")[2], part, "over" if one.over else "")
            found.append(" ".join(filter(None, words)))
        elif isinstance(one, Judged):
            found.append(f"judge {one.iterations}")
        else:
            data = [one.data.get(key, "") for key in ("index", "attempt", "phase", "message")]
            found.append(" ".join([one.kind, *(str(each) for each in data if each != "")]))
    return found


def train(state: str, *executors: dict[str, Any], children: Sequence[str] = ("1",)) -> Any:
    driver = task("train-driver", "SUCCEEDED", "8", ["9"])
    return (driver, task("train", state, "9", children), *executors)


def test_a_step_that_has_done_well() -> None:
    found = events(TRAIN, *train("SUCCEEDED", task("executor", "SUCCEEDED", "1", ["77"])))
    assert found == ["launched 1", "log 1 over", "judge None", "finished Succeeded"]


def test_a_step_that_was_taken_from_the_cache_says_so() -> None:
    nodes = Nodes(
        {"run_details": {"task_details": train("SUCCEEDED", task("executor", "SKIPPED", "1"))}}
    )
    heard = Heard(left_out=lambda _: False, items=lambda _: None)
    judged, ending = told(nodes, TRAIN, "train", heard)
    assert isinstance(judged, Judged)
    assert isinstance(ending, RunEvent)
    assert ending.data == {"phase": "Succeeded", "cached": True}


def test_a_step_that_runs_waits_or_was_not_reached() -> None:
    assert events(TRAIN, *train("RUNNING", task("executor", "RUNNING", "1"))) == [
        "launched 1",
        "log 1",
    ]
    assert events(TRAIN, *train("RUNNING", task("executor", "PENDING", "1"))) == []
    assert events(TRAIN, task("train", "PENDING", "9")) == []
    assert events(TRAIN) == []


def test_a_step_that_is_tried_again() -> None:
    tries = (
        task("executor", "SUCCEEDED", "1", ["2", "3"]),
        task("executor(1)", "SUCCEEDED", "3"),
        task("executor(0)", "FAILED", "2", error="exit code 1"),
    )
    assert events(TRAIN, *train("SUCCEEDED", *tries)) == [
        "launched 1",
        "log 2 over",
        "retrying exit code 1",
        "launched 2",
        "log 3 over",
        "judge None",
        "finished Succeeded",
    ]


def test_a_step_that_fails_says_why() -> None:
    failed = task("executor", "FAILED", "1", error="OOMKilled (exit code 137)")
    assert events(TRAIN, *train("FAILED", failed))[-1] == (
        "finished Failed OOMKilled (exit code 137)"
    )
    assert events(TRAIN, *train("FAILED", task("executor", "FAILED", "1")))[-1] == (
        "finished Failed its container failed; the portal says more"
    )
    driver = task("train-driver", "FAILED", "8", error="no such secret")
    assert events(TRAIN, driver) == ["finished Failed Kubeflow could not prepare it"]


def test_nothing_is_said_of_the_end_of_a_step_that_is_left_out() -> None:
    tasks = train("SUCCEEDED", task("executor", "SUCCEEDED", "1"))
    assert events(TRAIN, *tasks, left_out=True) == ["launched 1", "log 1 over"]


def test_a_step_from_the_cache_of_kubeflow_has_no_log() -> None:
    tasks = train("SUCCEEDED", task("executor", "SKIPPED", "1"))
    assert events(TRAIN, *tasks) == ["judge None", "finished Succeeded"]


def looped(count: int, gather: str) -> list[str]:
    loop = Loop(cell=1, line=1, gathers=("found",), binds=("item",), most=2)
    step = make_step("train", 1, loop=loop)
    tasks = [
        task("train-driver", "SUCCEEDED", "8", ["9"]),
        task("train", "SUCCEEDED" if gather == "SUCCEEDED" else "RUNNING", "9", ["10"]),
        task("train--items-driver", "SUCCEEDED", "10", ["11"]),
        task("train--items", "SUCCEEDED", "11", ["12"]),
        task("executor", "SUCCEEDED", "12"),
        task("train--gather", gather, "40", ["41"]),
        task("executor", gather, "41"),
    ]
    for index in reversed(range(max(count, 1))):
        at = 100 * (index + 1)
        tasks += [
            task(f"iteration-iterations({index}:{index})", "SUCCEEDED", f"{at}", [f"{at + 1}"]),
            task("train--iteration-driver", "SUCCEEDED", f"{at + 1}", [f"{at + 2}"]),
            task("train--iteration", "SUCCEEDED", f"{at + 2}", [f"{at + 3}"]),
            task("executor", "SUCCEEDED", f"{at + 3}"),
        ]
    return events(step, *tasks, items=lambda _: count)


def test_iterations_are_told_by_their_number() -> None:
    assert looped(2, "SUCCEEDED") == [
        "launched 0 1",
        "log 12 items over",
        "part-finished 0 Succeeded",
        "launched 0 1",
        "log 103 0 over",
        "part-finished 0 Succeeded",
        "launched 1 1",
        "log 203 1 over",
        "part-finished 1 Succeeded",
        "judge 2",
        "launched 0 1",
        "log 41 gather over",
        "part-finished 0 Succeeded",
        "judge None",
        "finished Succeeded",
    ]


def test_the_one_task_of_a_loop_over_nothing_is_no_iteration() -> None:
    found = looped(0, "RUNNING")
    assert found == [
        "launched 0 1",
        "log 12 items over",
        "part-finished 0 Succeeded",
        "judge 0",
        "launched 0 1",
        "log 41 gather",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [(BEGAN, 1767225600.0), ("2026-01-01T01:00:00+01:00", 1767225600.0), (NEVER, None), ("", None)],
)
def test_times_of_the_api(text: str, found: float | None) -> None:
    assert seconds(text) == found


def pieces(name: str, content: bytes, of: int = 2) -> list[RunEvent]:
    text = base64.b64encode(zlib.compress(content)).decode()
    half = len(text) // 2
    parts = [text[:half], text[half:]]
    return [
        RunEvent(0.0, "sent", "a", {"file": name, "number": number, "of": of, "data": part})
        for number, part in enumerate(parts)
    ]


def test_files_come_together_whatever_the_order_of_their_pieces() -> None:
    sent = [*pieces("report.json", b"{}"), *pieces("outputs.jsonl", b"out")]
    assert joined(reversed(sent)) == {"report.json": b"{}", "outputs.jsonl": b"out"}


@pytest.mark.parametrize(
    "sent",
    [
        pieces("report.json", b"{}")[:1],
        pieces("report.json", b"{}", of=3),
        pieces("report.json", b"{}", of=0),
        pieces("../../evil", b"{}"),
        [RunEvent(0.0, "sent", "a", {"file": "report.json", "number": "x", "of": 1})],
    ],
    ids=["cut off", "one is missing", "too large", "another file", "no number"],
)
def test_a_file_that_is_not_whole_is_none(sent: list[RunEvent]) -> None:
    assert joined(sent) == {}
