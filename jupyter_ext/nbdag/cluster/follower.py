"""Follower: takes what a workflow's status and pods say into a run's folder, as its only writer."""

from __future__ import annotations

import atexit
import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from urllib3.exceptions import HTTPError

from nbdag.runs.base import OnEvent, RunError
from nbdag.runs.events import Phase, Run
from nbdag.runs.history import RunFolder
from nbdag.runs.remote.ledger import Ledger
from nbdag.runs.remote.told import Told
from nbdag_converters.compilers.argo import FOLLOWED

from .api import WORKFLOWS, Api, Gone
from .connection import ApiError, Place
from .fetch import Fetch
from .link import Link, link_of
from .logs import Logs
from .told import code_of, is_suspended, over, own_failure, told, too_long

_AGAIN = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds between two tries to reach the cluster
_PATIENCE = 20  # tries in a row, after which the run is left alone
_DELETED = "the workflow was deleted on the cluster"


class Follower:
    """Writes the events of a run on a cluster; one at a time may, which the caller sees to.

    *told*: how many of the events that are there *on_event* need not hear any more.
    """

    def __init__(
        self, folder: RunFolder, on_event: OnEvent | None = None, *, told: int = 0
    ) -> None:
        self.link: Link = link_of(folder)
        self.api = Api(Place(self.link.namespace, self.link.context))
        self._fetch = Fetch(folder, self.api)
        self._ledger = Ledger(folder, self._fetch, on_event, told=told)
        self._logs = Logs(self.api, self.link.workflow, folder.steps, self._ledger.keep)
        self._promised = False

    @property
    def state(self) -> Run:
        """The fold of all events until now."""
        return self._ledger.state

    def close(self) -> None:
        """Write no more; a run that goes on is left to judge itself."""
        atexit.unregister(self._leave)
        self._leave()
        self._logs.closed = True
        self._ledger.close()

    def _promise(self, *, once: bool) -> None:
        """Tell the workflow that it is judged here; not where others are told how it has ended."""
        if not (once or self.state.settled or self._ledger.pipeline.config.notify):
            self._promised = True
            atexit.register(self._leave)
            self._label("yes")

    def _leave(self) -> None:
        if self._promised and not self.state.phase.done:
            self._label(None)

    def _label(self, text: str | None) -> None:
        with contextlib.suppress(ApiError, HTTPError):  # it judges itself then
            self.api.change(self.link.workflow, {"metadata": {"labels": {FOLLOWED: text}}})

    def follow(self, *, once: bool = False) -> None:
        """Take in the workflow now and after each change, whatever happens to the connection.

        With *once* only what is known now.

        Raises
        ------
        RunError
            If the cluster refuses it, or can't be reached for long.
        """
        name, version, lost = self.link.workflow, "", 0
        self._promise(once=once)
        while not self.state.settled:
            try:
                for change, workflow in self._changes(name, version):
                    if change == "DELETED":
                        self._ledger.end(Phase.ERROR, _DELETED)
                    elif change in ("ADDED", "MODIFIED"):
                        self._take(workflow)
                    if self.state.phase.done or once:
                        return
                    version, lost = str(workflow["metadata"]["resourceVersion"]), 0
            except Gone:  # noqa: PERF203 - each try is a request
                version = ""
            except (ApiError, HTTPError) as error:
                status = getattr(error, "status", 0)
                if status == 404 and self.state.started is not None:
                    self._ledger.end(Phase.ERROR, _DELETED)
                    return
                if status in (401, 403, 404) or lost >= _PATIENCE:
                    raise
                time.sleep(_AGAIN[min(lost, len(_AGAIN) - 1)])
                version, lost = "", lost + 1  # what was not taken in whole is taken in again

    def _changes(self, name: str, version: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the workflow as it is now, where no *version* of it is known, or its changes."""
        if version:
            yield from self.api.watch(name, version)
        else:
            yield "ADDED", self.api.get(WORKFLOWS, name)

    # What the cluster says --------------------------------------------------------------

    def _take(self, workflow: Mapping[str, Any]) -> None:
        self._linked(workflow)
        if self._is_another(workflow):
            return
        if is_suspended(workflow) != (self.state.phase is Phase.SUSPENDED):
            kind = "run-suspended" if is_suspended(workflow) else "run-resumed"
            self._ledger.record(kind)
        found = self._told(workflow)
        self._ledger.leave_out(found)
        self._ledger.take(found, self._logs.see)
        if over(workflow):
            self._finished(workflow)

    def _linked(self, workflow: Mapping[str, Any]) -> None:
        """Note where the workflow's artifacts are, as soon as that is known."""
        used = (workflow.get("status") or {}).get("artifactRepositoryRef")
        uid = str(workflow["metadata"]["uid"])
        if self.link.uid != uid or (used and self.link.repository is None):
            from .store import repository_of

            found = None
            with contextlib.suppress(RunError):
                found = repository_of(workflow, self.api)
            self.link = replace(self.link, uid=uid, repository=found)
            self.link.write(self._ledger.folder)

    def _is_another(self, workflow: Mapping[str, Any]) -> bool:
        """Return whether the template was changed by somebody before the workflow took it."""
        code = code_of(workflow)
        if code is None or code.issuperset(self.link.code):
            return False
        self.api.change(self.link.workflow, {"spec": {"shutdown": "Terminate"}})
        self._ledger.end(
            Phase.ERROR, "another notebook was submitted under this name; submit again"
        )
        return True

    def _finished(self, workflow: Mapping[str, Any]) -> None:
        self._ledger.look_again(self._told(workflow))
        self._ledger.fetch_failed()
        if _stopped(workflow):
            self._ledger.skip_rest("the run was stopped")
            self._ledger.end(Phase.FAILED, "interrupted")
            return
        self._ledger.skip_rest("the run ended before")
        if late := too_long(workflow, self._ledger.pipeline):
            self._ledger.end(Phase.FAILED, late)
            return
        message = str(workflow["status"].get("message", "")) or own_failure(workflow)
        self._ledger.finish(Phase(over(workflow)), message)

    def _told(self, workflow: Mapping[str, Any]) -> list[Told]:
        return told(workflow, self._ledger.pipeline, self.link.tasks)


def _stopped(workflow: Mapping[str, Any]) -> bool:
    return bool(workflow["spec"].get("shutdown"))
