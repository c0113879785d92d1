"""What the server's API says of a run that `execution` runs: the nodes of the workflow below it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

WORKFLOW = "work-x7k2p"


@dataclass(slots=True)
class Executed:
    """A package that runs, or ran, in *root*.

    `gone` are tasks whose logs can't be read any more, `untold` those that are not told of. What is
    `hooked` fails no run, as of the tasks at the end. `stored` is what artifacts that lie below a
    folder are said to be in.
    """

    root: Path
    process: subprocess.Popen[bytes]
    canceled: bool = False
    gone: set[str] = field(default_factory=set[str])
    untold: set[str] = field(default_factory=set[str])
    hooked: set[str] = field(default_factory=set[str])
    stored: tuple[Path, str] | None = None
    line: list[str] = field(default_factory=list[str])
    first: int = 0

    @property
    def state(self) -> str:
        """The state of the run."""
        status = self.process.poll()
        if self.canceled:
            return "CANCELED"
        if status is None:
            return "RUNNING"
        failed = {each["task"] for each in self._all() if each["state"] == "FAILED"}
        return "FAILED" if status and failed - self.hooked else "SUCCEEDED"

    def terminate(self) -> None:
        """End it."""
        self.canceled = self.process.poll() is None
        self.process.terminate()
        self.process.wait()

    def retry(self) -> None:
        """Do again what has not succeeded: all is run again, and what has is not told of."""
        self.first = 1 + max(each["number"] for each in self._all())
        self.canceled = False
        with (self.root / "all.txt").open("ab") as log:
            line = [*self.line, str(self.first)]
            self.process = subprocess.Popen(line, stdout=log, stderr=log)

    @property
    def finished(self) -> float | None:
        """When the run ended, as far as it is known."""
        over = self.state != "RUNNING"
        return max((each["time"] for each in self._all()), default=0.0) if over else None

    def log(self, pod: str) -> bytes | None:
        """Return the log of a pod."""
        number = pod.rpartition("-")[2].removeprefix("9")
        path = self.root / f"{number}.log"
        step = next((each["task"] for each in self._lines() if str(each["number"]) == number), "")
        if not path.exists() or step in self.gone:
            return None
        found = path.read_bytes()
        if self.stored is not None:
            found = found.replace(f'"{self.stored[0]}/'.encode(), f'"{self.stored[1]}/'.encode())
        return found

    def _all(self) -> list[dict[str, Any]]:
        path = self.root / "tasks.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def _lines(self) -> list[dict[str, Any]]:
        """Return what is told: of a task that is done again the last time, once it has begun."""
        lines = self._all()
        good = {
            (each["task"], each["index"])
            for each in lines
            if each["number"] < self.first and each["state"] == "SUCCEEDED"
        }
        new = {(each["task"], each["index"]) for each in lines if each["number"] >= self.first}
        return [
            each
            for each in lines
            if (each["number"] >= self.first) == ((each["task"], each["index"]) in new - good)
        ]

    def details(self) -> list[dict[str, Any]]:
        """Return the tasks as the API lists them."""
        attempts: dict[tuple[str, int | None], dict[int, dict[str, Any]]] = {}
        for line in self._lines():
            if line["task"] in self.untold:
                continue
            one = attempts.setdefault((line["task"], line["index"]), {})
            known = one.setdefault(line["number"], {"began": line["time"]})
            known.update(state=line["state"], ended=line["time"])
        nodes: list[dict[str, Any]] = []
        for (task, index), tries in attempts.items():
            nodes += _task(task, index, tries)
        loops = (task.partition("--")[0] for task, _ in attempts if "--" in task)
        for step in dict.fromkeys(step for step in loops if step != "nbdag"):
            nodes += self._loop(step, [n for n in nodes if n["display_name"].startswith(step)])
        return nodes

    def _loop(self, step: str, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        gathered = [n for n in parts if n["display_name"] == f"{step}--gather"]
        failed = any(n["state"] == "FAILED" for n in parts) and self.state != "RUNNING"
        state = gathered[0]["state"] if gathered else "FAILED" if failed else "RUNNING"
        ended = parts[-1].get("end_time")
        return [
            _node("driver", f"{step}-driver", "SUCCEEDED", parts[0]["start_time"], ended, [step]),
            _node("comp", step, state, parts[0]["start_time"], ended, []),
        ]


def _task(task: str, index: int | None, tries: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the nodes of a task, and of the iteration around it."""
    numbers = [*tries]
    first, last = tries[numbers[0]], tries[numbers[-1]]
    cached = last["state"] == "CACHED"
    where = f"{task}{index}"
    began, ended = _time(first["began"]), _time(last["ended"])
    state, ids = "SUCCEEDED" if cached else last["state"], [f"9{number}" for number in numbers]
    executors = [
        _node(
            "system-container-impl",
            f"executor({place})" if len(ids) > 1 else "executor",
            "SKIPPED" if cached else tries[number]["state"],
            _time(tries[number]["began"]),
            _time(tries[number]["ended"]),
            [],
            key=key,
        )
        for place, (number, key) in enumerate(zip(numbers, ids, strict=True))
    ]
    if len(ids) > 1:
        group = f"{where}-tries".replace("-", "")
        executors.append(_node("impl", "executor", state, began, ended, ids, key=group))
        ids = [group]
    key = f"{where}whole".replace("-", "")
    found = [
        *executors,
        _node("system-container-executor", task, state, began, ended, ids, key=key),
        _node("driver", f"{task}-driver", "SUCCEEDED", began, began, [key], key=f"{key}d"),
    ]
    if task.endswith("--iteration"):
        name = f"iteration-iterations({max(index or 0, 0)}:{max(index or 0, 0)})"
        found.append(_node("comp", name, state, began, ended, [f"{key}d"], key=f"{key}i"))
    return found


def _node(  # noqa: PLR0913 - the fields of a node
    template: str,
    name: str,
    state: str,
    began: str,
    ended: str | None,
    children: list[str],
    *,
    key: str = "",
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "run_id": "r0",
        "task_id": f"uuid-{name}",
        "display_name": name,
        "create_time": began,
        "start_time": began,
        "end_time": ended if state in ("SUCCEEDED", "FAILED") else _time(0),
        "state": state,
        "pod_name": f"{WORKFLOW}-{template}-{key or name.replace('-', '')}",
        "child_tasks": [{"pod_name": f"{WORKFLOW}-{child}"} for child in children],
    }
    if state == "FAILED" and name.startswith("executor"):
        found["error"] = {"code": 2, "message": "main: Error (exit code 1)"}
    return found


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()


def execute(package: bytes, values: dict[str, Any], root: Path) -> Executed:
    """Start to run *package* in *root*."""
    root.mkdir()
    path = root / "package.yaml"
    path.write_bytes(package)
    line = [
        sys.executable,
        str(Path(__file__).with_name("execution.py")),
        str(path),
        json.dumps(values),
        str(root),
    ]
    with (root / "all.txt").open("wb") as log:
        return Executed(root, subprocess.Popen(line, stdout=log, stderr=log), line=line)
