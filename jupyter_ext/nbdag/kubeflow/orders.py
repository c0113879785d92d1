"""Orders: what may be asked of a run while it goes on there."""

from __future__ import annotations

from urllib.parse import quote

from nbdag.runs.base import RunError
from nbdag.runs.control import Command
from nbdag.runs.history import RunFolder

from .link import link_of
from .nodes import OVER


def send(run: RunFolder, command: Command, step: str | None = None) -> None:
    """Ask Kubeflow to do *command* with *run*: it can only end it.

    Raises
    ------
    RunError
        If the run is over, Kubeflow has no such command, or refuses it.
    """
    link = link_of(run)
    if command != "stop" or step is not None:
        msg = f"Kubeflow can't {command} a run: it can only be stopped. Its page: {link.page}"
        raise RunError(msg)
    path = f"/runs/{quote(link.run)}"
    state = str(link.endpoint.get("look at the run", path).get("state", ""))
    if state in OVER:
        msg = f"Run {run.id} is over ({state.capitalize()}), so it can't be asked to stop."
        raise RunError(msg)
    link.endpoint.post("end the run", f"{path}:terminate", {})
