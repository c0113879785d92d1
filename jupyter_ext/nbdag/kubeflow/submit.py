"""Submit: uploads a package as a version of its pipeline, and starts a run of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from nbdag_converters.compilers.kfp import run_values
from nbdag_converters.model import Pipeline, Value

from .endpoint import Endpoint, EndpointError


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A package that is there: the ids of its pipeline, its version and its experiment."""

    pipeline: str
    version: str
    experiment: str

    @property
    def reference(self) -> dict[str, Any]:
        """What a run says of it."""
        ids = {"pipeline_id": self.pipeline, "pipeline_version_id": self.version}
        return {"pipeline_version_reference": ids, "experiment_id": self.experiment}


@dataclass(frozen=True, slots=True)
class Started:
    """A run that goes on there, by the ids that Kubeflow has given."""

    run: str
    pipeline: str
    version: str
    experiment: str
    page: str


def submit(
    pipeline: Pipeline, package: str, endpoint: Endpoint, *, parameters: Mapping[str, Value]
) -> Started:
    """Start a run of *package*, which is that of *pipeline*.

    A package that is there already is not uploaded again.

    Raises
    ------
    ParameterError
        If a value can't be given without being changed.
    EndpointError
        If Kubeflow refuses it, or can't be reached.
    """
    values = run_values(pipeline, parameters)
    uploaded = upload(pipeline, package, endpoint)
    body: dict[str, Any] = {
        **uploaded.reference,
        "display_name": pipeline.name,
        "runtime_config": {"parameters": values},
    }
    if pipeline.config.service_account:
        body["service_account"] = pipeline.config.service_account
    run = str(endpoint.post("start the run", "/runs", body)["run_id"])
    page = f"{endpoint.url.rstrip('/')}/#/runs/details/{quote(run)}"
    return Started(run, uploaded.pipeline, uploaded.version, uploaded.experiment, page)


def upload(pipeline: Pipeline, package: str, endpoint: Endpoint) -> Uploaded:
    """See that *package* is there, and the experiment of its runs.

    Raises
    ------
    EndpointError
        If Kubeflow refuses it, or can't be reached.
    """
    pipeline_id, version = _uploaded(pipeline.name, package, endpoint)
    experiment = _experiment(pipeline.config.experiment or "Default", endpoint)
    return Uploaded(pipeline_id, version, experiment)


def _uploaded(name: str, package: str, endpoint: Endpoint) -> tuple[str, str]:
    """Return the ids of the pipeline and of its version with this package, made where missing."""
    content = package.encode()
    version = f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"
    pipeline = _pipeline(name, endpoint)
    if pipeline is None:
        query = {"name": name, "namespace": endpoint.namespace}
        try:
            made = endpoint.upload(
                "upload the pipeline", "/pipelines/upload", query, "pipeline.yaml", content
            )
            pipeline = str(made["pipeline_id"])
        except EndpointError as error:
            pipeline = _pipeline(name, endpoint) if error.status == 409 else None
            if pipeline is None:
                raise
    known = _version(pipeline, version, endpoint)
    if known is None:
        query = {"name": version, "pipelineid": pipeline}
        try:
            made = endpoint.upload(
                "upload the version", "/pipelines/upload_version", query, "pipeline.yaml", content
            )
            known = str(made["pipeline_version_id"])
        except EndpointError as error:
            known = _version(pipeline, version, endpoint) if error.status == 409 else None
            if known is None:
                raise
    return pipeline, known


def _pipeline(name: str, endpoint: Endpoint) -> str | None:
    return _named(
        endpoint, "/pipelines", "pipelines", "pipeline_id", name, {"namespace": endpoint.namespace}
    )


def _version(pipeline: str, name: str, endpoint: Endpoint) -> str | None:
    path = f"/pipelines/{quote(pipeline, safe='')}/versions"
    return _named(endpoint, path, "pipeline_versions", "pipeline_version_id", name, {})


def _experiment(name: str, endpoint: Endpoint) -> str:
    query = {"namespace": endpoint.namespace}
    found = _named(endpoint, "/experiments", "experiments", "experiment_id", name, query)
    if found is not None:
        return found
    body = {"display_name": name}
    if endpoint.namespace:
        body["namespace"] = endpoint.namespace
    try:
        return str(endpoint.post("make the experiment", "/experiments", body)["experiment_id"])
    except EndpointError as error:
        found = None
        if error.status == 409:
            found = _named(endpoint, "/experiments", "experiments", "experiment_id", name, query)
        if found is None:
            raise
        return found


def _named(
    endpoint: Endpoint, path: str, items: str, key: str, name: str, query: Mapping[str, str]
) -> str | None:
    """Return the id of the one with this name in a list; Kubeflow has one of a name at most."""
    wanted = {"operation": "EQUALS", "key": "display_name", "stringValue": name}
    asked = {**query, "filter": json.dumps({"predicates": [wanted]})}
    answer = endpoint.get(f"look for '{name}'", path, asked)
    found = [item for item in answer.get(items) or () if item.get("display_name") == name]
    return str(found[0][key]) if found else None
