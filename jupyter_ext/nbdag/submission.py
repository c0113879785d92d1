"""Submission: a built notebook, compiled for a cluster and started there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbdag_converters.model import Value

from .runs.base import RunError

if TYPE_CHECKING:
    from nbdag_converters.build import Built
    from nbdag_converters.compilers.argo import Options
    from nbdag_converters.compilers.kfp import Options as KfpOptions

    from .cluster.connection import Place
    from .cluster.run import ClusterRun
    from .kubeflow.endpoint import Endpoint
    from .kubeflow.run import KubeflowRun


def to_argo(
    built: Built,
    path: Path,
    options: Options,
    parameters: Mapping[str, Value],
    place: Place,
    *,
    content: bytes | None = None,
) -> ClusterRun:
    """Start it on Argo Workflows; the notebook is kept as *content* says, or as its file is.

    Raises
    ------
    PipelineError
        If it can't be compiled for it, or the cluster refuses it.
    """
    from nbdag_converters.compilers.argo import compile_objects
    from nbdag_converters.shipped import shipped_files

    from .cluster.submit import submit

    if not options.files:
        options = replace(options, files=shipped_files(built))
    if not options.python:
        options = replace(options, python=built.notebook.python)
    compiled = compile_objects(built.pipeline, options)
    return submit(
        compiled, options, notebook=path, parameters=parameters, place=place, content=content
    )


def to_kubeflow(
    built: Built,
    path: Path,
    options: KfpOptions,
    parameters: Mapping[str, Value],
    endpoint: Endpoint,
    *,
    content: bytes | None = None,
) -> KubeflowRun:
    """Start it on Kubeflow Pipelines; the notebook is kept as *content* says, or as its file is.

    Raises
    ------
    PipelineError
        If it can't be compiled for it, or Kubeflow refuses it.
    """
    from nbdag_converters.compilers.kfp import compile_kfp
    from nbdag_converters.shipped import shipped_files

    from .kubeflow.start import start

    if not endpoint.url:
        msg = "It needs the address of Kubeflow Pipelines: submit('kfp', endpoint='https://…')."
        raise RunError(msg)
    if not options.files:
        options = replace(options, files=shipped_files(built))
    if not options.python:
        options = replace(options, python=built.notebook.python)
    package = compile_kfp(built.pipeline, options).text
    return start(
        built.pipeline, package, endpoint, notebook=path, parameters=parameters, content=content
    )
