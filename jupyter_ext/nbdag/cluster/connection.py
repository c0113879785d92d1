"""Connection: the way to a cluster, as the kubeconfig or the pod says, and what fails on it."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes import config as _config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError

from nbdag.runs.base import RunError

from .named import Named, named

MOST_FOLLOWED = 30
"""Logs that are followed at once, each of which holds a connection."""
_NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

config: Any = _config  # its functions have no types


@dataclass(frozen=True, slots=True)
class Place:
    """Where on which cluster: a context of the kubeconfig ("" for the current one), a namespace.

    The context may be `cluster:NAME`, for one that the settings name.
    """

    namespace: str = ""
    context: str = ""


class ApiError(RunError):
    """The cluster refused a request, or can't be reached; `status` is 0 for the latter."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def connect(place: Place) -> tuple[client.ApiClient, str]:
    """Return a client, and the namespace that is meant where none is said.

    The kubeconfig counts, and where there is none, and no context is asked for, the service account
    of the pod in which this runs.
    """
    said = named(place.context)
    # As it is now: a notebook may have set it since it was started.
    file = said.kubeconfig or os.environ.get("KUBECONFIG") or None
    try:
        contexts, active = config.list_kube_config_contexts(file)
    except ConfigException as error:
        return _inside(said, error)
    names = [str(each["name"]) for each in contexts]
    if said.context and said.context not in names:
        msg = f"The kubeconfig has no context '{said.context}'; it has: {', '.join(names)}."
        raise ApiError(msg)
    name = said.context or str(active["name"])
    chosen = next(each for each in contexts if each["name"] == name)
    settings = _settings()
    config.load_kube_config(file, context=name, client_configuration=settings)
    usual = said.namespace or str(chosen["context"].get("namespace") or "default")
    return client.ApiClient(settings), usual


def _inside(said: Named, error: Exception) -> tuple[client.ApiClient, str]:
    if said.context or said.kubeconfig:
        what = f"context '{said.context}'" if said.context else f"file {said.kubeconfig}"
        msg = f"There is no {what}, as there is no kubeconfig: {error}."
        raise ApiError(msg) from None
    settings = _settings()
    try:
        config.load_incluster_config(client_configuration=settings)
        namespace = _NAMESPACE_FILE.read_text(encoding="utf-8").strip()
    except (ConfigException, OSError):
        msg = (
            f"No cluster is known: {error}, and this is no pod of one. "
            "Set KUBECONFIG, or log in with kubectl or oc."
        )
        raise ApiError(msg) from None
    return client.ApiClient(settings), said.namespace or namespace


def _settings() -> client.Configuration:
    made = client.Configuration()
    made.connection_pool_maxsize = 2 * MOST_FOLLOWED
    return made


@contextmanager
def saying(what: str) -> Generator[None]:
    """Say what could not be done, and why."""
    try:
        yield
    except ApiException as error:
        status = int(error.status or 0)
        raise ApiError(_refused(what, status, error), status) from None
    except (HTTPError, OSError) as error:
        message = f"Can't {what}: the cluster can't be reached ({_reason(error)})."
        raise ApiError(message) from None


_ADVICE = {
    401: "Log in again: your token is not accepted.",
    403: "Ask for the right, or set it up: nbdag setup.",
    404: "Is Argo Workflows installed there, and is it the right namespace? Ask nbdag doctor.",
}


def _refused(what: str, status: int, error: ApiException) -> str:
    try:
        reason = str(json.loads(error.body or "{}").get("message") or error.reason)
    except (TypeError, ValueError):
        reason = str(error.reason)
    advice = _ADVICE.get(status, "")
    return f"Can't {what}: {reason} (status {status}). {advice}".rstrip()


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", None) or error
    return str(inner).split(">: ")[-1] or type(error).__name__
