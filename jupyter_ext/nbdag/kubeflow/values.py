"""Values: brings what the steps of a run have left in Kubeflow's store into the run's folder.

The API doesn't tell where artifacts lie. So each step says in its log where its own are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from urllib.parse import urlsplit

from nbdag.runs.base import RunError
from nbdag.runs.events import Phase
from nbdag.runs.history import RunFolder
from nbdag.runs.remote.objects import ENDPOINT, Bucket

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
            fetch_artifact(run, step, "values", "values.nbv")


def fetch_artifact(run: RunFolder, step: str, name: str, file: str) -> None:
    """See that an artifact of a step is in its folder, as *file*.

    Raises
    ------
    RunError
        If it isn't known where it is, or the store can't be reached.
    """
    path = run.steps / step / file
    if path.exists():
        return
    try:
        uri = str(json.loads((run.steps / step / ARTIFACTS).read_text("utf-8"))[name])
    except (OSError, ValueError, KeyError):
        msg = (
            f"It isn't known where the {name} of step '{step}' are, as its log was not read: see "
            f"the artifact `{name}` in {link_of(run).page}"
        )
        raise RunError(msg) from None
    place = urlsplit(uri)
    if not _bucket(place.scheme, place.netloc, uri).fetch(place.path.lstrip("/"), path):
        msg = f"There are no {name} of step '{step}' any more at {uri}."
        raise RunError(msg)


def _bucket(scheme: str, name: str, uri: str) -> Bucket:
    endpoint = os.environ.get(ENDPOINT, _AMAZON if scheme == "s3" else "")
    if scheme not in ("s3", "minio") or not endpoint:
        advice = (
            f"set {ENDPOINT} to its address, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            if scheme == "minio"
            else "only S3 stores are known here, so fetch it by its own tools"
        )
        msg = f"The values are at {uri}: {advice}."
        raise RunError(msg)
    return Bucket(name, endpoint, {"region": os.environ.get("AWS_REGION", "us-east-1")})
