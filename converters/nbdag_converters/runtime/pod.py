"""A step in a container: lays values and files where a step looks for them, and hands on its own.

The compiler of the target and this module agree on the folders below NBDAG_ROOT:

| folder | holds |
|---|---|
| `code/` | `STEP.json`, or `STEP.z` where it is compressed: `{"order", "types", "values", "files", "env"}`, `STEP.PART.json` for a part of a loop; `files.tgz` |
| `in/` | `values-0` …: containers of the steps `values`; `files/`: archives of steps by number, of which those in `files` count; for parts of a loop `items`, `items-state`, `items-files`, `parts/` |
| `run/` | `work/` is the working folder; `out/` what the step leaves, `results/` the texts that the target reads |
"""  # noqa: E501

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import tarfile
import zlib
from math import isfinite
from typing import Any, Dict, Iterator, List

from . import events
from .events import Failure
from .order import OrderError, parse_order

REMOVED = ".nbdag-removed"
SHELL = "/bin/bash"  # runs `!command` where no other is named, as on most machines
SCHEDULED = "{{workflow.scheduledTime}}"  # the value of a parameter: when the run was due


class Pod:
    """The container of one step, or of one part of a loop."""

    def __init__(self) -> None:
        env = os.environ
        self.root = env.get("NBDAG_ROOT", "/nbdag")
        self.key = env["NBDAG_STEP"]
        self.part, self.index = env.get("NBDAG_PART", ""), env.get("NBDAG_INDEX", "")
        self.run = os.path.join(self.root, "run")
        self.out = os.path.join(self.run, "out")
        self.plan: Dict[str, Any] = self.read(self.name)
        self.step: str = self.plan["order"]["step"]
        self.handed: List[str] = []  # files of the parts of a loop, which this step hands on
        self.heard: List[Dict[str, Any]] = []
        events.LISTENERS.append(self.heard.append)

    def prepare(self) -> Any:
        """Make the folders, go into the working folder, and return the order."""
        for name in ("work", "out", "results", "home", "values"):
            os.makedirs(os.path.join(self.run, name), exist_ok=True)
        os.chdir(os.path.join(self.run, "work"))
        if not os.access(os.path.expanduser("~"), os.W_OK):
            os.environ["HOME"] = os.path.join(self.run, "home")
        if os.path.exists(SHELL):
            os.environ.setdefault("SHELL", SHELL)
        os.environ["NBDAG_VALUES"] = os.path.join(self.run, "values")
        os.environ.update(self.plan.get("env", {}))
        if os.environ.get("NBDAG_APPROVED", "yes") != "yes":
            raise Failure("step '%s' was not approved" % self.step, kind="approval")
        self._lay_values()
        self._lay_files()
        order = self.plan["order"]
        order["parameters"].update(self._parameters())
        for field, name in (("number", "NBDAG_INDEX"), ("total", "NBDAG_COUNT")):
            if os.environ.get(name):
                order["loop"][field] = int(os.environ[name])
        return parse_order(order)

    def finish(self) -> None:
        """Write what the target and the later steps take, after the step has succeeded."""
        self.tell()
        self._pack()

    def tell(self) -> None:
        """Write the texts that the target reads, from the events that were heard."""
        os.makedirs(os.path.join(self.run, "results"), exist_ok=True)
        decided = {e["name"]: e["branch"] for e in self.heard if e["event"] == "decided"}
        for number, decision in enumerate(self.plan["order"].get("decides", ())):
            if decision["name"] not in decided:
                message = "the branch of '%s' was not decided" % decision["name"]
                raise Failure(message, kind="order")
            self._result("decision-%d" % number, decided[decision["name"]])
        for event in self.heard:
            if event["event"] == "items":
                self._result("count", event["count"])
                self._result("indexes", list(range(event["count"])))
        if self.part in ("", "gather"):
            metrics = {e["name"]: e["value"] for e in self.heard if e["event"] == "metric"}
            for number, name in enumerate(self.plan["order"].get("metrics", ())):
                if isinstance(metrics.get(name), (int, float)) and isfinite(metrics[name]):
                    self._result("metric-%d" % number, float(metrics[name]))
        if self.part == "items" and not any(event["event"] == "items" for event in self.heard):
            message = "the loop has not told its items"
            raise Failure(message, kind="order")

    @property
    def name(self) -> str:
        """The name of its files among the code."""
        return self.key + "." + self.part if self.part else self.key

    def read(self, name: str) -> Any:
        """Return what a file among the code says."""
        path = os.path.join(self.root, "code", name)
        if os.path.exists(path + ".z"):
            with open(path + ".z", "rb") as packed:
                return json.loads(zlib.decompress(packed.read()))
        with open(path + ".json", encoding="utf-8") as file:
            return json.load(file)

    def _given(self, name: str) -> str:
        """Return the path of an input, "" where it was not given: an empty folder stands there."""
        path = os.path.join(self.root, "in", name)
        return path if os.path.isfile(path) else ""

    def _lay_values(self) -> None:
        values = os.path.join(self.run, "values")
        for number, source in enumerate(self.plan["values"]):
            path = self._given("values-%d" % number)
            if path:
                _link(path, os.path.join(values, source, "values.nbv"))
        own = os.path.join(values, self.step)
        _link(self.out, os.path.join(own, self.index or self.part) if self._inside() else own)
        for name, file in (("items", "values.nbv"), ("items-state", "state.json")):
            if self._given(name):
                _link(self._given(name), os.path.join(own, "items", file))
        for part in self._parts():
            _link(os.path.join(self.root, "in", "parts", part), os.path.join(own, part))

    def _inside(self) -> bool:
        return self.part in ("items", "iteration")

    def _parts(self) -> List[str]:
        folder = os.path.join(self.root, "in", "parts")
        found = os.listdir(folder) if os.path.isdir(folder) else []
        return sorted((name for name in found if name.isdigit()), key=int)

    def _lay_files(self) -> None:
        shipped = os.path.join(self.root, "code", "files.tgz")
        if os.path.exists(shipped):
            _unpack(shipped)
        for number in _numbers(self.plan["files"]):
            path = self._given("files/%d.tar" % number)
            if path:
                _unpack(path)
        path = self._given("items-files")
        if path:
            self.handed += _unpack(path)
        for part in self._parts():
            path = os.path.join(self.root, "in", "parts", part, "files.tar")
            if os.path.isfile(path):
                self.handed += _unpack(path)

    def _parameters(self) -> Dict[str, Any]:
        """Return the values for this run: `name=BASE64` each, of JSON or of the text itself."""
        values = {}
        for item in os.environ.get("NBDAG_PARAMETERS", "").split():
            name, _, encoded = item.partition("=")
            kind = self.plan["types"].get(name)
            if kind is None:
                continue
            text = base64.b64decode(encoded).decode("utf-8", "surrogatepass")
            if text == SCHEDULED:
                values[name] = os.environ.get("NBDAG_SCHEDULED", "")
                if not values[name]:
                    message = "'%s' is when the run was due, but no schedule started it" % name
                    raise Failure(message, kind="order", name=name)
                continue
            try:
                values[name] = text if kind == "str" else json.loads(text)
            except ValueError as error:
                message = "the parameter '%s' (%s) can't be %r" % (name, kind, text)
                raise Failure(message, kind="order", name=name) from error
            if not _is_a(values[name], kind):
                message = "the parameter '%s' (%s) can't be %r" % (name, kind, text)
                raise Failure(message, kind="order", name=name)
        return values

    def _result(self, name: str, value: Any) -> None:
        with open(os.path.join(self.run, "results", name), "w", encoding="utf-8") as file:
            json.dump(value, file)

    def _pack(self) -> None:
        """Put the files that the step wrote, and the names of those that it removed, together."""
        with open(os.path.join(self.out, "report.json"), encoding="utf-8") as file:
            paths = sorted({*self.handed, *json.load(file).get("writes", ())})
        if not paths:
            return
        removed = json.dumps([path for path in paths if not os.path.lexists(path)]).encode()
        path = os.path.join(self.out, "files.tar")
        with tarfile.open(path + ".new", "w") as archive:
            about = tarfile.TarInfo(REMOVED)
            about.size = len(removed)
            archive.addfile(about, io.BytesIO(removed))
            for name in paths:
                if os.path.lexists(name):
                    archive.add(name, recursive=False)
        os.replace(path + ".new", path)


def _is_a(value: Any, kind: str) -> bool:
    """Return whether a value is of a parameter's type; one without a value has been allowed."""
    known: Any = {"int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}
    if value is None or kind not in known:
        return True
    return isinstance(value, known[kind]) and (kind == "bool" or not isinstance(value, bool))


def _numbers(ranges: str) -> Iterator[int]:
    """Yield the numbers of `0-3,5`."""
    for item in filter(None, ranges.split(",")):
        low, _, high = item.partition("-")
        yield from range(int(low), int(high or low) + 1)


def _link(target: str, path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def _unpack(path: str) -> List[str]:
    """Put the files of an archive into the working folder; return their names."""
    names: List[str] = []
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name == REMOVED:
                for name in json.load(archive.extractfile(member)):  # type: ignore[arg-type]
                    names.append(name)
                    if os.path.isdir(name) and not os.path.islink(name):
                        shutil.rmtree(name)
                    elif os.path.lexists(name):
                        os.remove(name)
                continue
            if os.path.isabs(member.name) or ".." in member.name.split("/"):
                raise Failure("%s holds the path %r" % (path, member.name), kind="load")
            names.append(member.name)
            if hasattr(tarfile, "fully_trusted_filter"):
                archive.extract(member, filter="fully_trusted")
            else:
                archive.extract(member)
    return names


def run() -> int:
    """Execute the step of this container; return the exit status."""
    from .step import execute

    step = os.environ.get("NBDAG_STEP", "")
    try:
        pod = Pod()
        step = pod.step
        status = execute(pod.prepare())
        if status == 0:
            pod.finish()
    except (Failure, OrderError, OSError, ValueError, KeyError, tarfile.TarError) as error:
        fields = dict(vars(error)) if isinstance(error, Failure) else {"kind": "order"}
        fields.setdefault("message", "the step can't be executed: %r" % error)
        events.emit("failed", step=step, **fields)
        return 1
    return status
