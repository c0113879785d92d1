"""Start: begins a run on Kubeflow, which lies in the history beside the notebook as one here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbdag.runs.base import OnEvent
from nbdag.runs.history import create_run
from nbdag.runs.prepare import parameter_values
from nbdag.runs.remote.started import discarded_unless_started
from nbdag_converters.compilers.kfp import task_names
from nbdag_converters.model import Pipeline, Value

from .endpoint import Endpoint
from .link import Link
from .run import KubeflowRun
from .submit import submit


def start(  # noqa: PLR0913 - what can be said of a run
    pipeline: Pipeline,
    package: str,
    endpoint: Endpoint,
    *,
    notebook: Path,
    parameters: Mapping[str, Value] | None = None,
    on_event: OnEvent | None = None,
    content: bytes | None = None,
) -> KubeflowRun:
    """Start a run of *package*, that of *pipeline*, and return; Kubeflow goes on by itself.

    The notebook is kept as *content* says, or as its file is.

    Raises
    ------
    ParameterError
        If a parameter is unknown, has another type, or can't be given without being changed.
    EndpointError
        If Kubeflow refuses it, or can't be reached; then there is no run here.
    """
    values = parameter_values(pipeline, parameters or {})
    folder = create_run(
        pipeline,
        notebook=notebook.absolute(),
        parameters=values,
        python="",
        remote=True,
        content=content,
    )
    with discarded_unless_started(folder):
        started = submit(pipeline, package, endpoint, parameters=parameters or {})
        link = Link(
            url=endpoint.url,
            namespace=endpoint.namespace,
            run=started.run,
            page=started.page,
            tasks=task_names(pipeline),
            token_file=str(endpoint.token_file.absolute()) if endpoint.token_file else "",
            authorities=str(endpoint.authorities.absolute()) if endpoint.authorities else "",
        )
        link.write(folder)
    return KubeflowRun(folder, on_event)
