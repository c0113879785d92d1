"""A step as a task of Kubeflow Pipelines: between its executor input and the folders of `pod`.

`python -c BOOT PAYLOAD FILES --executor_input JSON …` needs no `kfp` in the image. The compiler
of the target and this module agree on the names of inputs and outputs:

| input | is |
|---|---|
| `order` | the plan of the step: JSON, compressed, in base64 |
| `branch` | the branch that was decided; of another one the step leaves empty artifacts |
| `index` | the item of an iteration, -1 where there is none |
| `p-NAME` | a parameter of the notebook |
| `values-N` | the container of a step, empty where it did not run |
| `files-N` | a folder with archives of files, `NUMBER.tar` of a step, and `reports.json` |
| `items`, `parts` | folders of the parts of a loop |
"""

from __future__ import annotations

import base64
import html
import json
import os
import shutil
import sys
import tempfile
import zlib
from typing import Any, Dict, List

from . import events, pod, sent
from .__main__ import end
from .artifacts import LEFT, place, reports, write_reports

PART = ("values.nbv", "state.json", "files.tar", "outputs.jsonl", "report.json")
WHOLE = {"values": "values.nbv", "outputs": "outputs.jsonl", "report": "report.json"}
RESULTS = {"Output": "indexes"}


class Task:
    """One task: the executor input *given*, and the archive of the notebook's files, or `-`."""

    def __init__(self, given: Dict[str, Any], shipped: str) -> None:
        inputs = given.get("inputs", {})
        self.values: Dict[str, Any] = inputs.get("parameterValues", {})
        self.artifacts: Dict[str, Any] = inputs.get("artifacts", {})
        self.outputs: Dict[str, Any] = given.get("outputs", {})
        self.plan = json.loads(zlib.decompress(base64.b64decode(self.values["order"])))
        self.shipped = shipped
        self.part: str = self.plan["part"]
        self.root = tempfile.mkdtemp(prefix="nbdag-")
        self.heard: List[Dict[str, Any]] = []
        events.LISTENERS.append(self.heard.append)

    def run(self) -> int:
        """Do what the task has to do; return the exit status."""
        order = self.plan["order"]
        branch = self.values.get("branch")
        if branch is not None and int(branch) != order["branch"]["branch"]:
            events.emit("skipped", step=order["step"])
            return self._leave(skipped=True)
        if "index" in self.values and int(self.values["index"]) < 0:
            return self._leave(skipped=True)
        self._lay()
        status = pod.run()
        sent.send(os.path.join(self.root, "run", "out"), order["step"])
        for artifact in self.outputs.get("artifacts", {}).get("values", {}).get("artifacts", ()):
            # The API of Kubeflow doesn't tell where it is.
            events.emit("sent", step=order["step"], file="values.nbv", uri=artifact["uri"])
        return status or self._leave(skipped=False)

    def _lay(self) -> None:
        """Put all where the pod looks for it."""
        name = "task." + self.part if self.part else "task"
        code = self._folder("code")
        with open(os.path.join(code, name + ".json"), "w", encoding="utf-8") as file:
            json.dump(self.plan, file)
        if self.shipped != "-":
            with open(os.path.join(code, "files.tgz"), "wb") as archive:
                archive.write(base64.b64decode(self.shipped))
        given = self._folder("in")
        for name, paths in self._inputs("values-").items():
            if os.path.getsize(paths[0]):
                os.symlink(paths[0], os.path.join(given, name))
        files = self._folder("in", "files")
        for name, path in self._archives().items():
            os.symlink(path, os.path.join(files, name))
        environ = {"ROOT": self.root, "STEP": "task", "PART": self.part}
        for paths in self._inputs("items").values():
            environ["COUNT"] = self._lay_items(paths[0], given)
        parts = self._folder("in", "parts")
        for path in self._inputs("parts").get("parts", ()):
            with open(os.path.join(path, "index"), encoding="utf-8") as text:
                index = text.read()
            if index != "-1":
                os.symlink(path, os.path.join(parts, index))
        if "index" in self.values:
            environ["INDEX"] = str(int(self.values["index"]))
        environ["PARAMETERS"] = " ".join(self._parameters())
        os.environ.update({"NBDAG_" + key: value for key, value in environ.items()})

    def _lay_items(self, folder: str, given: str) -> str:
        """Put what the items' part left where the pod looks for it; return how many there are."""
        for inside, outside in zip(PART, ("items", "items-state", "items-files")):
            path = os.path.join(folder, inside)
            if os.path.exists(path):
                os.symlink(path, os.path.join(given, outside))
        with open(os.path.join(folder, "state.json"), encoding="utf-8") as text:
            return str(json.load(text)["count"])

    def _folder(self, *names: str) -> str:
        path = os.path.join(self.root, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def _inputs(self, prefix: str) -> Dict[str, List[str]]:
        """Return the paths of the artifacts whose names begin with *prefix*."""
        return {
            name: [place(item) for item in found.get("artifacts", ())]
            for name, found in self.artifacts.items()
            if name.startswith(prefix)
        }

    def _archives(self) -> Dict[str, str]:
        """Return the archives of files of all steps before, by their names."""
        return {
            name: os.path.join(paths[0], name)
            for paths in self._inputs("files-").values()
            for name in sorted(os.listdir(paths[0]))
            if name.endswith(".tar")
        }

    def _parameters(self) -> List[str]:
        """Return the values of parameters as the pod reads them.

        A number comes as JSON has it, where 2.0 and 2 are one; its type tells which it is.
        """
        texts = []
        for name, kind in self.plan["types"].items():
            value = self.values.get("p-" + self.plan["names"][name])
            if value is None:
                continue
            if not isinstance(value, str):
                value = json.dumps(float(value) if kind == "float" else _whole(value))
            encoded = base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()
            texts.append("%s=%s" % (name, encoded))
        return texts

    def _leave(self, *, skipped: bool) -> int:
        """Write the outputs that the task names."""
        run = os.path.join(self.root, "run")
        out, results = os.path.join(run, "out"), os.path.join(run, "results")
        artifacts: Dict[str, Any] = {}
        for name, found in self.outputs.get("artifacts", {}).items():
            artifact = found["artifacts"][0]
            self._artifact(name, place(artifact), out, skipped=skipped)
            if name == "metrics":
                artifact["metadata"] = self._metrics()
            elif name == "values" and not skipped and self.plan.get("models"):
                artifact["metadata"] = {"variables": ", ".join(self.plan["models"])}
            artifacts[name] = {"artifacts": [artifact]}
        told = {}
        for name, about in self.outputs.get("parameters", {}).items():
            value = (
                None if skipped else _read(os.path.join(results, RESULTS.get(name) or str(name)))
            )
            if name == "Output":
                value = value or [-1]  # Kubeflow does not gather over no items
            told[name] = -2 if value is None else value  # -2: a branch that no step has
            _write(about["outputFile"], json.dumps(told[name]))
        text = json.dumps({"artifacts": artifacts, "parameterValues": told})
        _write(self.outputs["outputFile"], text)
        shutil.rmtree(self.root, ignore_errors=True)
        return 0

    def _artifact(self, name: str, path: str, out: str, *, skipped: bool) -> None:
        _clear(path)
        if name == "files":
            self._hand_on(path, out, skipped=skipped)
        elif name == "part":
            os.makedirs(path)
            for file in PART:
                _copy(os.path.join(out, file), os.path.join(path, file))
            _write(os.path.join(path, "index"), str(int(self.values.get("index", 0))))
            if skipped:
                _write(os.path.join(path, "state.json"), '{"names": [], "count": 0}')
        elif name == "page":
            _write(path, page(_displayed(out)))
        elif name == "markdown":
            _write(path, markdown(_displayed(out)))
        else:
            _write(path, "")
            _copy(os.path.join(out, WHOLE.get(str(name), "")), path)

    def _hand_on(self, folder: str, out: str, *, skipped: bool) -> None:
        """Put what the step and all before it have written and reported into *folder*."""
        os.makedirs(folder)
        for name, path in self._archives().items():
            _copy(path, os.path.join(folder, name))
        number = str(self.plan["number"])
        _copy(os.path.join(out, "files.tar"), os.path.join(folder, number + ".tar"))
        before = [paths[0] for paths in self._inputs("files-").values()]
        own = (
            []
            if skipped
            else [_read(path) for path in (*self._part_reports(), os.path.join(out, "report.json"))]
        )
        for report in own:
            report.pop("values", None)  # fingerprints are of no use to the guard, and large
        write_reports(folder, {**reports(before), number: own})
        left = {} if skipped else {"uris": self._uris(), "metrics": self._metrics()}
        write_reports(folder, {**reports(before, LEFT), number: left}, LEFT)

    def _uris(self) -> Dict[str, str]:
        """Return where the artifacts lie that others may ask for."""
        found = self.outputs.get("artifacts", {})
        return {name: found[name]["artifacts"][0]["uri"] for name in WHOLE if name in found}

    def _part_reports(self) -> List[str]:
        """Return where the reports of a loop's items and iterations are, in their order."""
        folders = [paths[0] for paths in self._inputs("items").values()]
        parts = os.path.join(self.root, "in", "parts")
        folders += [os.path.join(parts, index) for index in sorted(os.listdir(parts), key=int)]
        return [os.path.join(folder, "report.json") for folder in folders]

    def _metrics(self) -> Dict[str, Any]:
        return {e["name"]: e["value"] for e in self.heard if e["event"] == "metric"}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _clear(path: str) -> None:
    """Take away what an earlier attempt left."""
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def _read(path: str) -> Any:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _copy(source: str, path: str) -> None:
    if os.path.isfile(source):
        shutil.copyfile(source, path)


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _displayed(folder: str) -> List[Dict[str, Any]]:
    """Return what the cells displayed, as nbformat has it."""
    path = os.path.join(folder, "outputs.jsonl")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line)["output"] for line in file]


def page(outputs: List[Dict[str, Any]]) -> str:
    """Return displayed outputs as HTML; each is shown in its richest form that is known."""
    return "<!doctype html><meta charset=utf-8>" + "\n".join(map(_shown, outputs))


def markdown(outputs: List[Dict[str, Any]]) -> str:
    """Return those of the displayed outputs that are Markdown."""
    found = [output.get("data", {}).get("text/markdown") for output in outputs]
    return "\n\n".join("".join(text) for text in found if text)


def _shown(output: Dict[str, Any]) -> str:
    data = output.get("data", {})
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            return "".join(data[kind])
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            return '<img src="data:%s;base64,%s">' % (kind, "".join(data[kind]).strip())
    text = output.get("text") or data.get("text/markdown") or data.get("text/plain") or ""
    return "<pre>%s</pre>" % html.escape("".join(text))


def main() -> None:
    """Run the task that the arguments describe, and exit."""
    shipped, given = sys.argv[1], sys.argv[sys.argv.index("--executor_input") + 1]
    sys.argv[1:] = []
    try:
        status = Task(json.loads(given), shipped).run()
    except (OSError, ValueError, KeyError, zlib.error) as error:
        message = "the task can't be executed: %r" % error
        events.emit("failed", kind="order", message=message)
        status = 1
    end(status)
