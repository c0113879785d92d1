"""Bytes that a step of a package of Kubeflow fetches before its code runs.

A step of ours is run as its container would be, where there is no network: it has to do well, and
the kernel counts what came in. One of Kale's fails there, as it has pip install what it needs: so
that is fetched beside it, by the same pip, and weighed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

_PIP = re.compile(r"pip install[^\n&|]*")
_PACKAGE = re.compile(r"'([A-Za-z][^']*)'")
_COUNTED = '"$@" >&2 && cat /proc/net/dev'
MINUTES = 10


def without_network(package: str, folder: Path) -> int:
    """Return the bytes that the first step of a package fetches where there is no network.

    Raises
    ------
    RuntimeError
        If it doesn't do well without.
    """
    document = _document(package)
    task = next(iter(document["root"]["dag"]["tasks"].values()))
    component = document["components"][task["componentRef"]["name"]]
    executor = document["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
    given = json.dumps(_given(task, component, folder))
    words = [*executor["command"], *executor["args"]]
    line = [given if word == "{{$}}" else word for word in words]
    alone = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    image = str(Path(sys.executable).parent)  # has what the notebook imports, as the step's would
    done = subprocess.run(
        [*alone, "sh", "-c", _COUNTED, "sh", *line],
        env={**os.environ, "PATH": f"{image}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"a step doesn't run without a network:\n{done.stderr[-2000:]}"
        raise RuntimeError(msg)
    counters = [line.partition(":")[2].split() for line in done.stdout.splitlines() if ":" in line]
    return sum(int(counter[0]) for counter in counters)


def asked(package: str) -> list[str]:
    """Return the packages that a step of a package has pip install, of that which has the most."""
    found = [
        _PACKAGE.findall(
            "".join(_PIP.findall(" ".join(map(str, executor["container"]["command"]))))
        )
        for executor in _document(package)["deploymentSpec"]["executors"].values()
    ]
    return max(found, key=len)


def weighed(python: str, packages: list[str]) -> int:
    """Return the bytes of what pip fetches to install *packages* for *python*.

    Raises
    ------
    subprocess.CalledProcessError
        If they can't be fetched.
    """
    if not packages:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-m", "pip", "download", "--quiet", "--dest", folder, *packages]
        subprocess.run(command, check=True, timeout=60 * MINUTES)
        return sum(path.stat().st_size for path in Path(folder).iterdir())


def _document(package: str) -> dict[str, Any]:
    document: dict[str, Any] = next(iter(yaml.safe_load_all(package)))
    return document


def _given(task: dict[str, Any], component: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the executor input of a task that takes nothing of others."""
    parameters = task["inputs"].get("parameters", {})
    values = {
        name: source["runtimeValue"]["constant"]
        for name, source in parameters.items()
        if "runtimeValue" in source
    }
    outputs = component["outputDefinitions"]["artifacts"]
    artifacts = {
        name: {"artifacts": [{"name": name, "uri": str(folder / name), "metadata": {}}]}
        for name in outputs
    }
    return {
        "inputs": {"parameterValues": values},
        "outputs": {"artifacts": artifacts, "outputFile": str(folder / "output.json")},
    }
