"""Submit: makes the objects of a pipeline on a cluster, and starts a run of it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbdag.runs.base import OnEvent
from nbdag.runs.history import RunFolder, create_run
from nbdag.runs.prepare import parameter_values
from nbdag.runs.remote.started import discarded_unless_started
from nbdag_converters.compilers.argo import Compiled, Options
from nbdag_converters.model import Value

from .api import TEMPLATES, WORKFLOWS, Api
from .connection import ApiError, Place
from .link import Link
from .named import named
from .run import ClusterRun
from .told import code_of

_NOT_THERE = re.compile(r"workflowtemplates\.argoproj\.io .* not found")
_PATIENCE = 10  # seconds in which a controller usually begins
_AGAIN = (0.2, 0.5, 1.0, 2.0, 5.0)  # seconds until it is tried again


def submit(  # noqa: PLR0913 - what can be said of a run
    compiled: Compiled,
    options: Options,
    *,
    notebook: Path,
    parameters: Mapping[str, Value] | None = None,
    place: Place | None = None,
    on_event: OnEvent | None = None,
    content: bytes | None = None,
    detached: bool = False,
) -> ClusterRun:
    """Start a run of *compiled*, by these *options*, and return; the cluster goes on by itself.

    The run lies in the history beside the notebook, as a run here does, with the notebook as
    *content* says, or as its file is. Nobody follows a *detached* one.

    Raises
    ------
    ParameterError
        If a parameter is unknown or has another type.
    ApiError
        If the cluster refuses it, or can't be reached; then nothing runs.
    """
    place = place or Place()
    values = parameter_values(compiled.pipeline, parameters or {})
    api = connect_for(compiled, place)
    folder = create_run(
        compiled.pipeline,
        notebook=notebook.absolute(),
        parameters=values,
        python="",
        remote=True,
        content=content,
    )
    with discarded_unless_started(folder):
        workflow = compiled.workflow(values)
        name_workflow(workflow, folder, api.namespace)
        link = Link(
            context=place.context,
            namespace=api.namespace,
            workflow=workflow["metadata"]["name"],
            tasks=dict(compiled.tasks),
            code=tuple(item["metadata"]["name"] for item in compiled.config_maps),
            options=options.kept(),
        )
        link.write(folder)
        put_code(api, compiled)
        _start(api, workflow, compiled)
    return ClusterRun(folder, on_event, once=detached)


def put_code(api: Api, compiled: Compiled) -> None:
    """Make what runs of *compiled* take: config maps, and the template that names them."""
    for item in compiled.config_maps:
        api.make_config_map(in_namespace(item, api.namespace))
    if compiled.template["kind"] == "WorkflowTemplate":
        api.put(TEMPLATES, in_namespace(compiled.template, api.namespace))


def _start(api: Api, workflow: Mapping[str, Any], compiled: Compiled) -> None:
    """Make the workflow, and see the controller begin it with this code.

    The controller learns of a new WorkflowTemplate a moment later than the API server, and until
    then fails with it, or takes the one before. It does nothing then that could not be done again.
    """
    code = {item["metadata"]["name"] for item in compiled.config_maps}
    for pause in _AGAIN:
        made = api.make_workflow(workflow)
        if _has_begun(api, made, code):
            return
        api.remove(WORKFLOWS, made["metadata"]["name"])
        time.sleep(pause)
    name = compiled.template["metadata"]["name"]
    msg = f"Somebody else writes the WorkflowTemplate {name} too; submit again."
    raise ApiError(msg)


def _has_begun(api: Api, made: Mapping[str, Any], code: set[str]) -> bool:
    """Return whether the workflow runs *code*, or waits for a controller that has much to do."""
    metadata = made["metadata"]
    changes = api.watch(metadata["name"], metadata["resourceVersion"], _PATIENCE)
    for _, workflow in changes:
        status = workflow.get("status") or {}
        if status.get("phase") == "Error" and _NOT_THERE.search(str(status.get("message", ""))):
            return False
        taken = code_of(workflow)
        if taken is not None:
            return taken.issuperset(code)
        if status.get("phase"):
            return True
    return True


def name_workflow(workflow: dict[str, Any], folder: RunFolder, namespace: str) -> None:
    """Name a workflow after its run; of the 63 letters, Argo wants some for the pods."""
    metadata = workflow["metadata"]
    stem = str(metadata.pop("generateName")).rstrip("-")[:40].rstrip("-")
    metadata["name"] = f"{stem}-{folder.id[9:15]}-{folder.id.rpartition('-')[2]}"
    metadata["namespace"] = namespace
    metadata.setdefault("labels", {})["nbdag/run"] = folder.id


def connect_for(compiled: Compiled, place: Place | None) -> Api:
    """Return the connection to where *compiled* is wanted: *place* says it before the notebook."""
    place = place or Place()
    wanted = str(compiled.template["metadata"].get("namespace", ""))
    usual = named(place.context).namespace or wanted
    return Api(Place(place.namespace or usual, place.context))


def in_namespace(item: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """Return an object as one of that namespace."""
    return {**item, "metadata": {**item["metadata"], "namespace": namespace}}
