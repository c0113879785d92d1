"""Runs a pipeline's objects on the cluster, and reads what its workflow left."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kubernetes import watch
from kubernetes.client import ApiClient, CoreV1Api, CustomObjectsApi
from kubernetes.client.exceptions import ApiException
from minio import Minio

from nbdag_converters.runtime.container import Reader

GROUP, VERSION = "argoproj.io", "v1alpha1"
_MARK = "::nbdag::"
_UNKNOWN = re.compile(r"workflowtemplates\.argoproj\.io .* not found")
_PLURALS = {"WorkflowTemplate": "workflowtemplates", "CronWorkflow": "cronworkflows"}


@dataclass(frozen=True)
class Store:
    """A bucket, which pods and this process know by the same address."""

    client: Minio
    bucket: str

    def read(self, key: str) -> bytes:
        """Return an object's content."""
        answer = self.client.get_object(self.bucket, key)
        try:
            return answer.read()
        finally:
            answer.close()

    def write(self, key: str, content: bytes) -> None:
        """Make an object."""
        self.client.put_object(self.bucket, key, io.BytesIO(content), len(content))

    def names(self, folder: str) -> list[str]:
        """Return the keys below *folder*, without it, sorted."""
        found = self.client.list_objects(self.bucket, f"{folder}/", recursive=True)
        return sorted(str(each.object_name).removeprefix(f"{folder}/") for each in found)


@dataclass(frozen=True)
class Workflow:
    """A workflow that is over."""

    made: Mapping[str, Any]
    api: ApiClient
    store: Store

    @property
    def phase(self) -> str:
        """How it ended."""
        return str(self.made["status"]["phase"])

    @property
    def phases(self) -> dict[str, str]:
        """The phases of its nodes: `train`, `spread.each(0:0)`, `stubborn(2)`."""
        start = f"{self._name}."
        nodes = self.made["status"].get("nodes", {}).values()
        return {
            node["name"].removeprefix(start): node["phase"]
            for node in nodes
            if node["name"].startswith(start)
        }

    @property
    def folder(self) -> str:
        """Where in the bucket its artifacts lie."""
        return f"nbdag/{self.made['metadata']['uid']}"

    def files(self, *parts: str) -> list[str]:
        """Return the names of its artifacts, or of those in one of its folders."""
        return self.store.names("/".join((self.folder, *parts)))

    def read(self, *parts: str) -> bytes:
        """Return an artifact."""
        return self.store.read("/".join((self.folder, *parts)))

    def outputs(self, task: str) -> list[dict[str, Any]]:
        """Return what a step's cells displayed."""
        lines = self.read(task, "outputs.jsonl").decode().splitlines()
        return [json.loads(line)["output"] for line in lines]

    def printed(self, task: str) -> str:
        """Return what a step's cells printed."""
        return "".join(output.get("text", "") for output in self.outputs(task))

    def value(self, task: str, name: str, folder: Path) -> Any:
        """Return a variable that a step saved; *folder* gets its container."""
        path = folder / f"{task}.nbv"
        path.write_bytes(self.read(task, "values.nbv"))
        return Reader(str(path), {"__name__": "__main__"}, {}).load(name)

    def log(self, node: str) -> str:
        """Return what a node's container printed."""
        core: Any = CoreV1Api(self.api)
        namespace, name = self.made["metadata"]["namespace"], f"{self._name}.{node}"
        label = f"workflows.argoproj.io/workflow={self._name}"
        for pod in core.list_namespaced_pod(namespace, label_selector=label).items:
            if pod.metadata.annotations["workflows.argoproj.io/node-name"] == name:
                return str(
                    core.read_namespaced_pod_log(pod.metadata.name, namespace, container="main")
                )
        raise KeyError(node)

    def events(self, node: str) -> list[dict[str, Any]]:
        """Return the events that a node's container told."""
        lines = self.log(node).splitlines()
        return [json.loads(line[len(_MARK) :]) for line in lines if line.startswith(_MARK)]

    def why(self) -> str:
        """Return what nodes say of their failures, and the logs of pods that failed."""
        told = [str(self.made["status"].get("message", ""))]
        for node in self.made["status"].get("nodes", {}).values():
            if node["phase"] in ("Failed", "Error"):
                told.append(f"{node['name']}: {node.get('message', '')}")
                if node["type"] == "Pod":
                    told.append(self.log(node["name"].removeprefix(f"{self._name}.")))
        return "\n".join(told)

    @property
    def _name(self) -> str:
        return str(self.made["metadata"]["name"])


@dataclass(frozen=True)
class Cluster:
    """A namespace of the cluster, and the store of its artifacts."""

    api: ApiClient
    namespace: str
    store: Store

    def run(
        self, objects: Sequence[dict[str, Any]], workflow: dict[str, Any], timeout: int = 300
    ) -> Workflow:
        """Make the objects, start the workflow, and return it when it is over."""
        for item in objects:
            self._make(item)
        while True:
            made = self._custom("workflows", workflow)
            ended = Workflow(self._end(made["metadata"]["name"], timeout), self.api, self.store)
            if not _UNKNOWN.search(str(ended.made["status"].get("message", ""))):
                return ended
            time.sleep(1)  # the controller has not heard of a new template yet

    def _make(self, item: dict[str, Any]) -> None:
        core: Any = CoreV1Api(self.api)
        try:
            if item["kind"] == "ConfigMap":
                core.create_namespaced_config_map(self.namespace, item, field_validation="Strict")
            else:
                self._custom(_PLURALS[item["kind"]], item)
        except ApiException as error:
            if error.status != 409:  # another test has made the same
                raise

    def _custom(self, plural: str, item: dict[str, Any]) -> Any:
        return CustomObjectsApi(self.api).create_namespaced_custom_object(
            GROUP, VERSION, self.namespace, plural, item, field_validation="Strict"
        )

    def _end(self, name: str, timeout: int) -> dict[str, Any]:
        last: Any = None
        for event in watch.Watch().stream(
            CustomObjectsApi(self.api).list_namespaced_custom_object,
            *(GROUP, VERSION, self.namespace, "workflows"),
            field_selector=f"metadata.name={name}",
            timeout_seconds=timeout,
        ):
            last = cast("dict[str, Any]", event)["object"]
            if last["metadata"].get("labels", {}).get("workflows.argoproj.io/completed") == "true":
                return dict(last)
        message = f"workflow {name} is not over after {timeout} s: {last and last.get('status')}"
        raise TimeoutError(message)
