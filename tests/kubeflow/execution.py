"""`python execution.py PACKAGE VALUES ROOT [FIRST]`: runs a package by `kfp.local`, and says so.

`ROOT/tasks.jsonl` gets a line when a task begins and one when it ends; what it prints goes to a
file beside it, as a pod's log.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import kfp.components  # pyright: ignore[reportMissingImports] - a virtualenv of its own
import kfp.local  # pyright: ignore[reportMissingImports]
from kfp.local import cache as local_cache  # pyright: ignore[reportMissingImports]
from kfp.local import subprocess_task_handler  # pyright: ignore[reportMissingImports]

_NUMBERS = itertools.count(int(sys.argv[4]) if len(sys.argv) > 4 else 0)


def main() -> None:
    """Run the package."""
    package, values, root = sys.argv[1:4]
    subprocess_task_handler.run_local_subprocess = _run
    local_cache.LocalCache.get = _get
    runner = kfp.local.SubprocessRunner(use_venv=False)
    kept = str(Path(root).parent / "cache")
    kfp.local.init(
        runner, pipeline_root=root, raise_on_error=True, enable_caching=True, cache_root=kept
    )
    kfp.components.load_component_from_text(Path(package).read_text())(**json.loads(values))


def _run(full_command: list[str], env_vars: dict[str, str] | None = None) -> int:
    given = json.loads(full_command[full_command.index("--executor_input") + 1])
    number = next(_NUMBERS)
    told: dict[str, Any] = {
        "number": number,
        "task": Path(given["outputs"]["outputFile"]).parent.name,
        "index": given["inputs"].get("parameterValues", {}).get("index"),
    }
    _tell({**told, "state": "RUNNING"})
    with (Path(sys.argv[3]) / f"{number}.log").open("wb") as log:
        status = subprocess.call(
            full_command, stdout=log, stderr=log, env={**os.environ, **(env_vars or {})}
        )
    _tell({**told, "state": "FAILED" if status else "SUCCEEDED"})
    return status


def _get(self: Any, key: str, get: Any = local_cache.LocalCache.get) -> Any:
    found: dict[str, Any] | None = get(self, key)
    if found:  # it is named by the folder of what it left in the run from which it is taken
        name = Path(next(each.uri for each in found.values() if hasattr(each, "uri"))).parent.name
        _tell({"number": next(_NUMBERS), "task": name, "index": None, "state": "CACHED"})
    return found


def _tell(line: dict[str, Any]) -> None:
    with (Path(sys.argv[3]) / "tasks.jsonl").open("a") as file:
        file.write(json.dumps({**line, "time": time.time()}) + "\n")


if __name__ == "__main__":
    main()
