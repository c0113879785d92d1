"""KubeflowRun: a run there, followed into the same folder, events and states as a run here."""

from __future__ import annotations

from nbdag.runs.base import OnEvent
from nbdag.runs.remote.run import RemoteRun

from .follower import Follower
from .orders import send


class KubeflowRun(RemoteRun):
    """A run of Kubeflow Pipelines."""

    def stop(self) -> None:
        """Ask the run to end."""
        send(self.folder, "stop")

    def follower(self, on_event: OnEvent | None, *, told: int) -> Follower:
        """Return what writes the run's folder."""
        return Follower(self.folder, on_event, told=told)
