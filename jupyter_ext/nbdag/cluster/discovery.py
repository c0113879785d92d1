"""Discovery: runs on a cluster that nobody here has started, as folders of the history.

Schedules, triggers and other people start them. All that is known of such a run lies beside its
code: the pipeline, and what the compiler was told.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from nbdag.runs.base import RunError
from nbdag.runs.history import RunFolder, create_run, list_runs
from nbdag_converters.compilers.argo import SCHEDULED
from nbdag_converters.compilers.names import parameter_names
from nbdag_converters.errors import PipelineError
from nbdag_converters.model import Parameter, Pipeline, Value, pipeline_from_json
from nbdag_converters.notebook import read_notebook

from .api import WORKFLOWS, Api
from .connection import ApiError, Place
from .link import Link, link_of
from .told import code_of

_OURS = "app.kubernetes.io/managed-by=nbdag,nbdag/pipeline"
_DUE = "workflows.argoproj.io/scheduled-time"


def discover(place: Place, folder: Path, notebook: str = "") -> list[RunFolder]:
    """Put the runs of notebooks in *folder*, or of the one named so, into its history.

    Those that have not begun yet, whose code is gone, or whose notebook is not there, are left out.

    Raises
    ------
    ApiError
        If the cluster refuses it, or can't be reached.
    """
    api = Api(place)
    known = set(_known(folder))
    found: list[RunFolder] = []
    for workflow in api.find(WORKFLOWS, _OURS):
        metadata = workflow["metadata"]
        if known & {(api.namespace, metadata["name"]), metadata["uid"]}:
            continue
        about = _about(api, workflow)
        if about is None:
            continue
        pipeline = pipeline_from_json(about["pipeline"])
        path = folder / Path(pipeline.notebook).name
        if path.exists() and notebook in ("", path.name):
            found.append(
                _take_in(workflow, about, pipeline, path, Place(api.namespace, place.context))
            )
    return found


def _known(folder: Path) -> Iterator[object]:
    """Yield what tells the workflows in the history from others."""
    for run in list_runs(folder):
        try:
            link = link_of(run)
        except RunError:
            continue
        yield link.uid or (link.namespace, link.workflow)


def _about(api: Api, workflow: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the compiler has left beside the code of a workflow, if it is there."""
    for name in sorted(code_of(workflow) or ()):
        try:
            packed = api.packed(name).get("_pipeline.z")
        except ApiError as error:
            if error.status != 404:
                raise
            continue
        if packed is not None:
            found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
            return found
    return None


def _take_in(
    workflow: Mapping[str, Any],
    about: Mapping[str, Any],
    pipeline: Pipeline,
    notebook: Path,
    place: Place,
) -> RunFolder:
    metadata = workflow["metadata"]
    run = create_run(
        pipeline,
        notebook=notebook.absolute(),
        parameters=values_of(workflow, pipeline.parameters),
        python="",
        remote=True,
        content=None if _is_of(notebook, pipeline) else b"",
        began=datetime.fromisoformat(metadata["creationTimestamp"].replace("Z", "+00:00")),
    )
    Link(
        context=place.context,
        namespace=place.namespace,
        workflow=metadata["name"],
        tasks=about["tasks"],
        code=tuple(sorted(code_of(workflow) or ())),
        options=about["options"],
    ).write(run)
    return run


def _is_of(notebook: Path, pipeline: Pipeline) -> bool:
    """Return whether the file still holds the cells that were run."""
    try:
        cells = {cell.number: cell.source for cell in read_notebook(notebook).cells}
    except PipelineError:
        return False
    return all(cells.get(c.number) == c.source for step in pipeline for c in step.cells)


def values_of(workflow: Mapping[str, Any], parameters: tuple[Parameter, ...]) -> dict[str, Value]:
    """Return the values that a workflow has got for *parameters*."""
    whole: Mapping[str, Any] = (workflow.get("status") or {}).get(
        "storedWorkflowTemplateSpec"
    ) or {}
    texts = {
        item["name"]: str(item.get("value", ""))
        for spec in (whole, workflow["spec"])
        for item in (spec.get("arguments") or {}).get("parameters") or ()
    }
    due = str(workflow["metadata"].get("annotations", {}).get(_DUE, ""))
    names = parameter_names(parameter.name for parameter in parameters)
    return {
        one.name: _value(
            one, due if texts[names[one.name]] == SCHEDULED else texts[names[one.name]]
        )
        for one in parameters
        if names[one.name] in texts
    }


def _value(parameter: Parameter, text: str) -> Value:
    if parameter.type == "str":
        return text
    try:
        value: Value = json.loads(text)
    except ValueError:
        return text  # its step has failed by it
    return value
