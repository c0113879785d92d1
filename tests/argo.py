"""A small Argo: runs compiled objects here, each container a process, with folders for S3.

It does what the compiler relies on and no more, so that a test of the objects runs what they say:
DAGs with `depends` of `&&`, `when` of one comparison, `withParam`, artifacts by key, suspends.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbdag_converters.compilers.argo import Compiled

_B64 = re.compile(r"\{\{=sprig\.b64enc\(workflow\.parameters\['(\w+)'\]\)\}\}")
_OUTPUT = re.compile(r"tasks(?:\.([-\w]+)|\['([-\w]+)'\])\.outputs\.parameters(?:\.|\[')([-\w]+)")
_INPUT = re.compile(r"inputs\.parameters(?:\.|\[')([-\w]+)")


@dataclass
class Node:
    """How a task ended: `Succeeded`, `Failed`, `Skipped` or `Omitted`, and its outputs."""

    phase: str
    outputs: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class SmallArgo:
    """One run of *compiled* in *folder*; `nodes` has each task's last node by its path."""

    compiled: Compiled
    folder: Path
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    answer: str | None = None
    scheduled: str = ""
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    logs: dict[str, str] = field(default_factory=dict[str, str])
    uid: str = "1234"
    pods: int = 0

    def run(self) -> str:
        """Run it; return the phase of the workflow."""
        spec = self.compiled.template["spec"]
        self.templates = {template["name"]: template for template in spec["templates"]}
        arguments = spec.get("arguments", {}).get("parameters", ())
        self.values = {p["name"]: p["value"] for p in arguments} | dict(self.parameters)
        self.code = self.folder / "code"
        self.code.mkdir(parents=True, exist_ok=True)
        for item in self.compiled.config_maps:
            for key, text in item.get("data", {}).items():
                (self.code / key).write_text(text, encoding="utf-8")
            for key, text in item.get("binaryData", {}).items():
                (self.code / key).write_bytes(base64.b64decode(text))
        phase = self._template("main", spec["entrypoint"], {}).phase
        if "onExit" in spec:
            after = self._template("exit", spec["onExit"], {}).phase
            phase = after if phase == "Succeeded" else phase
        return phase

    def stored(self, *parts: str) -> Path:
        """Return where an artifact of the run lies."""
        return self.folder / "s3" / "nbdag" / self.uid / Path(*parts)

    def printed(self, step: str) -> str:
        """Return the text that a step's cells printed."""
        path = self.stored(self.compiled.tasks[step], "outputs.jsonl")
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return "".join(line["output"].get("text", "") for line in lines)

    def _template(self, path: str, name: str, inputs: Mapping[str, str]) -> Node:
        template = self.templates[name]
        defaults = template.get("inputs", {}).get("parameters", ())
        inputs = {p["name"]: p["default"] for p in defaults if "default" in p} | dict(inputs)
        if "dag" in template:
            node = self._dag(path, template, inputs)
        elif "suspend" in template:
            told = template["outputs"]["parameters"][0]
            answer = self.answer or told["valueFrom"]["default"]
            node = Node("Succeeded", {told["name"]: answer})
        else:
            limit = int(template.get("retryStrategy", {"limit": 0})["limit"])
            node = self._pod(path, template, inputs)
            while node.phase == "Failed" and limit:
                limit -= 1
                node = self._pod(path, template, inputs)
        self.nodes[path] = node
        return node

    def _dag(self, path: str, template: Mapping[str, Any], inputs: Mapping[str, str]) -> Node:
        done: dict[str, Node] = {}
        for task in template["dag"]["tasks"]:
            name = task["name"]
            depends = task["depends"].split(" && ") if "depends" in task else []
            if any(done[before].phase not in ("Succeeded", "Skipped") for before in depends):
                node = Node("Omitted")
            elif "when" in task and not self._holds(task["when"], done, inputs):
                node = Node("Skipped")
            else:
                node = self._task(f"{path}/{name}", task, done, inputs)
            done[name] = self.nodes[f"{path}/{name}"] = node
        failed = any(node.phase in ("Failed", "Omitted") for node in done.values())
        outputs = {
            item["name"]: self._filled(item["valueFrom"]["parameter"], done, inputs)
            for item in template.get("outputs", {}).get("parameters", ())
        }
        return Node("Failed" if failed else "Succeeded", outputs)

    def _task(
        self, path: str, task: Mapping[str, Any], done: Mapping[str, Node], inputs: Any
    ) -> Node:
        given = task.get("arguments", {}).get("parameters", ())
        if "withParam" not in task:
            values = {p["name"]: self._filled(p["value"], done, inputs) for p in given}
            return self._template(path, task["template"], values)
        items = json.loads(self._filled(task["withParam"], done, inputs))
        if not items:
            return Node("Skipped")
        phases: set[str] = set()
        for item in items:
            values = {
                p["name"]: str(item)
                if p["value"] == "{{=string(item)}}"
                else self._filled(p["value"], done, inputs)
                for p in given
            }
            phases.add(self._template(f"{path}({item})", task["template"], values).phase)
        return Node("Succeeded" if phases == {"Succeeded"} else "Failed")

    def _holds(self, text: str, done: Mapping[str, Node], inputs: Mapping[str, str]) -> bool:
        if "workflow.labels['nbdag/followed'] != 'yes'" in text:  # nobody follows
            return "workflow.status" not in text or self.nodes["main"].phase == "Succeeded"
        value, _, wanted = text.removeprefix("{{= ").removesuffix(" }}").rpartition(" == ")
        return self._value(value, done, inputs) == wanted.strip("'")

    def _value(self, text: str, done: Mapping[str, Node], inputs: Mapping[str, str]) -> str:
        found = _OUTPUT.search(text)
        if found:
            return done[found[1] or found[2]].outputs.get(found[3], "")
        given = _INPUT.search(text)
        assert given, text
        return inputs[given[1]]

    def _filled(self, text: str, done: Mapping[str, Node], inputs: Mapping[str, str]) -> str:
        def replaced(match: re.Match[str]) -> str:
            value = self._value(match[1], done, inputs)
            if " ? 'yes' : 'no'" in match[1]:
                return "yes" if value == "YES" else "no"
            return value

        return re.sub(r"\{\{(.*?)\}\}", replaced, text)

    def _resolved(self, text: str, inputs: Mapping[str, str]) -> str:
        text = text.replace("{{workflow.uid}}", self.uid)
        text = text.replace("{{=workflow['scheduledTime'] ?? ''}}", self.scheduled)
        text = _B64.sub(lambda m: base64.b64encode(self.values[m[1]].encode()).decode(), text)
        text = re.sub(r"\{\{inputs\.parameters\.([-\w]+)\}\}", lambda m: inputs[m[1]], text)
        assert "{{" not in text, text
        return text

    def _pod(self, path: str, template: Mapping[str, Any], inputs: Mapping[str, str]) -> Node:
        self.pods += 1
        root = self.folder / f"pod-{self.pods}"
        for artifact in template.get("inputs", {}).get("artifacts", ()):
            source = self.folder / "s3" / self._resolved(artifact["s3"]["key"], inputs)
            target = root / Path(artifact["path"]).relative_to("/nbdag")
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.exists():
                shutil.copy(source, target)
            elif artifact.get("optional"):
                target.mkdir()  # that is what Argo does
            else:
                self.logs[path] = f"there is no artifact {source}"
                return Node("Failed")
        (root / "run").mkdir(parents=True)
        (root / "code").symlink_to(self.code)
        container = template["container"]
        env = {
            item["name"]: self._resolved(item.get("value", "secret"), inputs)
            for item in container["env"]
        }
        program = Path(container["command"][1])
        done = subprocess.run(
            [sys.executable, str(root / "code" / program.name), *container["command"][2:]],
            env={"PATH": os.environ["PATH"], "HOME": "/", **env, "NBDAG_ROOT": str(root)},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        self.logs[path] = done.stdout + done.stderr
        left = template.get("outputs", {})
        for artifact in left.get("artifacts", ()):
            source = root / Path(artifact["path"]).relative_to("/nbdag")
            target = self.folder / "s3" / self._resolved(artifact["s3"]["key"], inputs)
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        outputs: dict[str, str] = {}
        for item in left.get("parameters", ()):
            place = root / Path(item["valueFrom"]["path"]).relative_to("/nbdag")
            default = item["valueFrom"]["default"]
            outputs[item["name"]] = place.read_text() if place.exists() else default
        return Node("Succeeded" if done.returncode == 0 else "Failed", outputs)
