"""Seconds on the cluster of KUBECONFIG: a step's start before its code, what steps add to Argo.

NBDAG_PYTHON_IMAGE is an image as the one that steps have unless another is named: Python alone.
NBDAG_STEP_IMAGE has IPython too, NBDAG_MADE_IMAGE is built as `nbdag image` says. Workflows run in
the namespace of the kubeconfig, one after the other, and are deleted. What Argo itself takes for a
step is the floor.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from kubernetes import client, config, watch
from nbformat.v4 import new_code_cell, new_notebook

import nbdag
from nbdag_converters.compilers.argo import Options

from .figure import Figure, main

STEPS = 5
WHERE = ("argoproj.io", "v1alpha1")
# The process's age when the first line of the step's code runs; ticks are hundredths of a second.
AGE = """\
import os, time
_ticks = int(open('/proc/self/stat').read().rpartition(')')[2].split()[19])
age_{n} = time.clock_gettime(time.CLOCK_BOOTTIME) - _ticks / os.sysconf('SC_CLK_TCK')
cpu_{n} = time.process_time()"""
FLOOR = """\
import subprocess, sys, time
floors = []
for _ in range({steps}):
    _start = time.monotonic()
    subprocess.run([sys.executable, '-c', '{floor}'], check=True)
    floors.append(time.monotonic() - _start)"""
IMAGES = (
    ("Python alone", "NBDAG_PYTHON_IMAGE", "pass"),
    ("Python with IPython", "NBDAG_STEP_IMAGE", "import IPython.core.interactiveshell"),
    ("As nbdag image makes it", "NBDAG_MADE_IMAGE", "import IPython.core.interactiveshell"),
)
"""What images have, the variable with their name, what their Python runs for a floor."""
GOAL = 0.1


def measure() -> Sequence[Figure]:
    """Return the seconds before a step's code, and those that a step takes with nbdag and bare."""
    cluster = _Cluster.connect()
    return [
        figure
        for kind, variable, floor in IMAGES
        for figure in _start(cluster, kind, os.environ[variable], floor)
    ]


def _start(cluster: _Cluster, kind: str, image: str, floor: str) -> Sequence[Figure]:
    bare = cluster.seconds(_bare(image)) / (STEPS + 1)
    with tempfile.TemporaryDirectory() as folder:
        run = nbdag.read(_notebook(Path(folder), floor)).submit(options=Options(image=image))
        run.wait()
        if run.phase.bad:
            msg = f"the run failed: {run.state}"
            raise RuntimeError(msg)
        ages, cpus = (
            [run[f"step_{n}"].value(f"{what}_{n}") for n in range(STEPS)] for what in ("age", "cpu")
        )
        floors = run["floor"].value("floors")
        ours = cluster.took(run.id) / (STEPS + 1)
    return [
        Figure(f"{kind}: it starts", statistics.median(floors), "s"),
        Figure(
            "a step's process before its code",
            statistics.median(ages),
            "s",
            goal=GOAL,
            floor=statistics.median(floors),
        ),
        Figure("CPU seconds of that", min(cpus), "CPU s"),
        Figure("a step, in a chain", ours, "s", floor=bare),
        Figure("more than a bare container", ours - bare, "s"),
    ]


def _notebook(folder: Path, floor: str) -> Path:
    path = folder / "pods.ipynb"
    notebook = new_notebook()
    for n in range(STEPS):
        tags = [f"step:step_{n}", *([f"prev:step_{n - 1}"] if n else [])]
        notebook.cells.append(new_code_cell(AGE.format(n=n), metadata={"tags": tags}))
    tags = ["step:floor", f"prev:step_{STEPS - 1}"]
    source = FLOOR.format(steps=STEPS, floor=floor)
    notebook.cells.append(new_code_cell(source, metadata={"tags": tags}))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(notebook, path)
    return path


def _bare(image: str) -> dict[str, Any]:
    """Return a workflow of as many containers in a row that do nothing."""
    tasks = [
        {"name": f"t{n}", "template": "bare", **({"depends": f"t{n - 1}"} if n else {})}
        for n in range(STEPS + 1)
    ]
    container = {"image": image, "command": ["python3", "-c", "pass"]}
    templates = [
        {"name": "main", "dag": {"tasks": tasks}},
        {"name": "bare", "container": container},
    ]
    return {
        "apiVersion": "/".join(WHERE),
        "kind": "Workflow",
        "metadata": {"generateName": "bare-"},
        "spec": {"entrypoint": "main", "templates": templates},
    }


@dataclass(frozen=True, slots=True)
class _Cluster:
    """The namespace of the kubeconfig."""

    custom: Any
    namespace: str

    @classmethod
    def connect(cls) -> _Cluster:
        settings: Any = config
        _, active = settings.list_kube_config_contexts()
        custom = client.CustomObjectsApi(settings.new_client_from_config())
        namespace = str(active["context"].get("namespace", "default"))
        return cls(custom, namespace)

    def seconds(self, workflow: Mapping[str, Any]) -> float:
        """Run a workflow, and return how long it took."""
        made = self.custom.create_namespaced_custom_object(
            *WHERE, self.namespace, "workflows", workflow
        )
        return self._end(f"metadata.name={made['metadata']['name']}", "")

    def took(self, run: str) -> float:
        """Return how long the workflow of a run of nbdag took."""
        return self._end("", f"nbdag/run={run}")

    def _end(self, field: str, label: str) -> float:
        from nbdag.cluster.nodes import seconds

        watcher: Any = watch.Watch()
        for event in watcher.stream(
            self.custom.list_namespaced_custom_object,
            *(*WHERE, self.namespace, "workflows"),
            field_selector=field,
            label_selector=label,
            timeout_seconds=600,
        ):
            item = event["object"]
            start, end = (
                seconds(item.get("status", {}).get(k)) for k in ("startedAt", "finishedAt")
            )
            if start is not None and end is not None:
                name = item["metadata"]["name"]
                self.custom.delete_namespaced_custom_object(
                    *WHERE, self.namespace, "workflows", name
                )
                if item["status"]["phase"] != "Succeeded":
                    msg = f"workflow {name} ended as {item['status']['phase']}"
                    raise RuntimeError(msg)
                return end - start
        msg = "a workflow was not over after ten minutes"
        raise TimeoutError(msg)


if __name__ == "__main__":
    main("Pods: steps on a cluster", measure)
