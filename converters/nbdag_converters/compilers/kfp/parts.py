"""Parts of a package: a task, where an artifact comes from, and of which kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def make_task(
    name: str,
    component: str,
    parameters: Mapping[str, Any],
    artifacts: Mapping[str, Any],
    *,
    cache: bool = False,
) -> dict[str, Any]:
    """Return a task of *component* that waits for those from which it takes something."""
    made: dict[str, Any] = {
        # A value that only seems to be the same is never taken: caching has to be asked for.
        "cachingOptions": {"enableCache": True} if cache else {},
        "componentRef": {"name": component},
    }
    depends = {
        output["producerTask"]
        for source in (*parameters.values(), *artifacts.values())
        for output in source.values()
        if isinstance(output, Mapping) and "producerTask" in output
    }
    if depends:
        made["dependentTasks"] = sorted(depends)
    inputs = {"artifacts": artifacts, "parameters": parameters}
    made["inputs"] = {kind: dict(found) for kind, found in inputs.items() if found}
    made["taskInfo"] = {"name": name}
    return made


def artifact(task: str, key: str) -> dict[str, Any]:
    """Return where an artifact comes from."""
    return {"taskOutputArtifact": {"outputArtifactKey": key, "producerTask": task}}


def kind(name: str = "Artifact") -> dict[str, Any]:
    """Return the type of an artifact."""
    return {"artifactType": {"schemaTitle": f"system.{name}", "schemaVersion": "0.0.1"}}
