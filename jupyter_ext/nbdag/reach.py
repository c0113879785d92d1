"""Reach: asks and follows a run, wherever it goes on: here, or on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from .runs import control
from .runs.control import Command
from .runs.history import RunFolder

if TYPE_CHECKING:
    from .runs.base import OnEvent
    from .runs.remote.run import RemoteRun


def is_remote(run: RunFolder) -> bool:
    """Return whether the run is one on a cluster: of Argo Workflows, or of Kubeflow."""
    return (run.path / "cluster.json").exists() or is_on_kubeflow(run)


def is_on_kubeflow(run: RunFolder) -> bool:
    """Return whether the run is one of Kubeflow Pipelines."""
    return (run.path / "kubeflow.json").exists()


def is_unsettled(run: RunFolder) -> bool:
    """Return whether it isn't known how a run on a cluster ended, or what its result is worth.

    It is worth nothing before the guard has looked at what its steps have reported.
    """
    return is_remote(run) and not run.state().settled


def send(run: RunFolder, command: Command, step: str | None = None, *, now: bool = False) -> None:
    """Ask a run to stop, suspend or go on, see `runs.control.send`.

    Raises
    ------
    RunError
        If it is over, has no such step, or can't be reached.
    """
    if is_on_kubeflow(run):
        from .kubeflow import orders as asked

        asked.send(run, command, step)
    elif is_remote(run):
        from .cluster import orders

        orders.send(run, command, step, now=now)
    else:
        control.send(run, command, step, now=now)


def attach(run: RunFolder, on_event: OnEvent | None = None, *, once: bool = False) -> RemoteRun:
    """Follow a run on a cluster in this process: its folder gets all that happens.

    With *once* only what has happened until now.

    Raises
    ------
    RunError
        If the cluster can't be reached.
    """
    if is_on_kubeflow(run):
        from .kubeflow.run import KubeflowRun

        return KubeflowRun(run, on_event, once=once)
    from .cluster.run import ClusterRun

    return ClusterRun(run, on_event, once=once)


def retry(run: RunFolder, on_event: OnEvent | None = None) -> RemoteRun:
    """Start a new run on the cluster that goes on from what succeeded in *run*.

    Raises
    ------
    RunError
        If there is nothing to retry, or the cluster refuses it.
    """
    if is_on_kubeflow(run):
        from .kubeflow.retry import retry as go_on

        return go_on(run, on_event)
    from .cluster.retry import retry as start

    return start(run, on_event)


def refresh(run: RunFolder) -> None:
    """Take into the folder of a run on a cluster what has happened there since somebody looked.

    Raises
    ------
    RunError
        If the cluster can't be reached.
    """
    if is_unsettled(run):
        attach(run, once=True).wait()


def portal(run: RunFolder, address: str) -> str:
    """Return the address of a run's page in its portal; that of Argo is at *address*."""
    if is_on_kubeflow(run):
        from .kubeflow.link import link_of as linked

        return linked(run).page
    from .cluster.link import link_of

    link = link_of(run)
    return f"{address.rstrip('/')}/workflows/{quote(link.namespace)}/{quote(link.workflow)}"


def fetch_values(run: RunFolder, steps: list[str]) -> None:
    """See that the values which some steps left are in the run's folder.

    Raises
    ------
    RunError
        If they are elsewhere, and can't be reached.
    """
    if is_on_kubeflow(run):
        from .kubeflow.values import fetch_values as fetch_from_kubeflow

        fetch_from_kubeflow(run, steps)
    elif is_remote(run):
        from .cluster.fetch import Fetch

        fetch = Fetch(run)
        for step in steps:
            fetch.values(step)


def fetch_outputs(run: RunFolder) -> None:
    """See that what the cells displayed is in the run's folder.

    Raises
    ------
    RunError
        If it is elsewhere, and can't be reached.
    """
    if is_remote(run) and not is_on_kubeflow(run):  # whose logs have brought it
        from .cluster.fetch import Fetch

        fetch = Fetch(run)
        for name, step in run.state().steps.items():
            if step.phase.done and step.started is not None:
                fetch.step(name)
