"""Retry: has Kubeflow go on with a run that failed, which is a new run in the history here."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from nbdag.runs.base import OnEvent, RunError
from nbdag.runs.history import RunFolder, create_run
from nbdag.runs.remote.started import discarded_unless_started
from nbdag.runs.taken import check_unfinished

from .link import link_of
from .nodes import seconds
from .run import KubeflowRun

_FAILED = ("FAILED", "CANCELED")


def retry(run: RunFolder, on_event: OnEvent | None = None) -> KubeflowRun:
    """Have Kubeflow do again what has not succeeded in *run*, by the code of that run.

    There it is the same run that goes on: what its tasks have left is where it was.

    Raises
    ------
    RunError
        If there is nothing to retry, or Kubeflow refuses it.
    """
    check_unfinished(run)
    link, facts = link_of(run), run.facts()
    path = f"/runs/{quote(link.run)}"
    found = link.endpoint.get("look at the run", path)
    state = str(found.get("state", ""))
    if state not in _FAILED:
        msg = (
            f"Run {run.id} can't be retried: Kubeflow says of it {state.capitalize()!r}, and goes "
            f"on only with one that failed. Its page: {link.page}"
        )
        raise RunError(msg)
    folder = create_run(
        run.pipeline(),
        notebook=Path(str(facts["notebook"])),
        parameters=facts["parameters"],
        python="",
        retried=run,
        remote=True,
    )
    with discarded_unless_started(folder):
        since = seconds(found.get("finished_at")) or time.time()
        replace(link, since=since).write(folder)
        link.endpoint.post("retry the run", f"{path}:retry", {})
    return KubeflowRun(folder, on_event)
