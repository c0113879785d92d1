"""Values: brings what the steps of a run have left in Kubeflow's store into the run's folder.

The API doesn't tell where artifacts lie. So each step says in its log where its own are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import S3Store

from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.history import RunFolder
from nbdag.runs.remote.objects import ENDPOINT, fetch_object, unreachable

from .link import link_of
from .logs import ARTIFACTS

_AMAZON = "https://s3.amazonaws.com"


def fetch_values(run: RunFolder, steps: Iterable[str]) -> None:
    """See that the values which *steps* left are in the run's folder.

    Raises
    ------
    RunError
        If it isn't known where they are, or the store can't be reached.
    """
    state = run.state()
    for step in steps:
        if state.steps[step].phase is not Phase.SKIPPED:
            _fetch(run, step)


def _fetch(run: RunFolder, step: str) -> None:
    path = run.steps / step / "values.nbv"
    if path.exists():
        return
    try:
        uri = str(json.loads((run.steps / step / ARTIFACTS).read_text("utf-8"))["values"])
    except (OSError, ValueError, KeyError):
        msg = (
            f"It isn't known where the values of step '{step}' are, as its log was not read: see "
            f"the artifact `values` in {link_of(run).page}"
        )
        raise RunError(msg) from None
    place = urlsplit(uri)
    if not fetch_object(_store(place.scheme, place.netloc, uri), place.path.lstrip("/"), path):
        msg = f"There are no values of step '{step}' any more at {uri}."
        raise RunError(msg)


def _store(scheme: str, bucket: str, uri: str) -> S3Store:
    endpoint = os.environ.get(ENDPOINT, _AMAZON if scheme == "s3" else "")
    if scheme not in ("s3", "minio") or not endpoint:
        advice = (
            f"set {ENDPOINT} to its address, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            if scheme == "minio"
            else "only S3 stores are known here, so fetch it by its own tools"
        )
        msg = f"The values are at {uri}: {advice}."
        raise RunError(msg)
    settings: Any = {
        "endpoint": endpoint,
        "region": os.environ.get("AWS_REGION", "us-east-1"),
        "virtual_hosted_style_request": False,
    }
    try:
        return S3Store.from_url(
            f"s3://{bucket}",
            config=settings,
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s"},
            retry_config={"max_retries": 3},
        )
    except BaseError as error:
        raise unreachable(error) from None
