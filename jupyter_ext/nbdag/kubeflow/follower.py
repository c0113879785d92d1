"""Follower: takes what Kubeflow says of a run into its folder, as its only writer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from nbdag.runs.base import OnEvent
from nbdag.runs.events import Phase, Run
from nbdag.runs.history import RunFolder
from nbdag.runs.remote.ledger import UNSEEN, Ledger
from nbdag.runs.remote.told import Told
from nbdag_converters.compilers.kfp import EXIT_GUARD, GUARD
from nbdag_converters.model import Step

from .cached import take_cached
from .endpoint import EndpointError
from .link import Link, link_of
from .logs import Logs
from .nodes import OVER, Nodes, seconds
from .told import Heard, told

_LOOKS = (1.0, 1.5, 2.0, 3.0, 5.0)  # seconds between two looks, as nothing changes: none watches
_PATIENCE = 20  # looks in a row that fail, after which the run is left alone
_FOUND = "The guard has found an error, or could not look: see the log of '{}' in {}"
_DELETED = "the run was deleted in the portal"


class Follower:
    """Writes the events of a run on Kubeflow; one at a time may, which the caller sees to.

    *told*: how many of the events that are there *on_event* need not hear any more.
    """

    def __init__(
        self, folder: RunFolder, on_event: OnEvent | None = None, *, told: int = 0
    ) -> None:
        self.link: Link = link_of(folder)
        self._folder = folder
        self.endpoint = self.link.endpoint
        self._logs = Logs(self.endpoint, self.link.run, folder.steps, self._hear)
        self._ledger = Ledger(folder, self._logs, on_event, told=told)
        self._heard = Heard(
            left_out=self._ledger.judge.skipped.__contains__,
            items=lambda step: self.state.steps[step].total,
        )

    @property
    def state(self) -> Run:
        """The fold of all events until now."""
        return self._ledger.state

    def close(self) -> None:
        """Write no more."""
        self._ledger.close()

    def follow(self, *, once: bool = False) -> None:
        """Look at the run until it is over, whatever happens to the connection.

        With *once* only what is known now.

        Raises
        ------
        RunError
            If Kubeflow refuses it, or can't be reached for long.
        """
        lost = quiet = 0
        while True:
            before = self.state
            try:
                self._take(self.endpoint.get("look at the run", f"/runs/{quote(self.link.run)}"))
                lost = 0
            except EndpointError as error:
                if error.status == 404 and self.state.started is not None:
                    self._ledger.end(Phase.ERROR, _DELETED)
                elif error.status in (401, 403, 404) or lost >= _PATIENCE or once:
                    raise
                lost += 1
            if once or self.state.phase.done:
                return
            quiet = quiet + 1 if self.state is before else 0
            time.sleep(_LOOKS[min(quiet, len(_LOOKS) - 1)])

    def _hear(self, event: Any) -> None:
        self._ledger.keep(event)
        self._ledger.leave_out([event])

    def _take(self, run: Mapping[str, Any]) -> None:
        nodes = Nodes(run, since=self.link.since)
        for step in self._ledger.pipeline:
            self._ledger.take(self._told(nodes, step), self._logs.see)
        state = str(run.get("state", ""))
        ended = seconds(run.get("finished_at"))
        if state in OVER and (ended is None or ended > self.link.since):
            self._finished(run, nodes, state)

    def _finished(self, run: Mapping[str, Any], nodes: Nodes, state: str) -> None:
        steps = self._ledger.pipeline.steps
        guards = [nodes.one(name) for name in self._guards()]
        there = [guard for guard in guards if guard]
        for event in take_cached(self._folder, self.state, there, nodes, self.link):
            self._ledger.keep(event)
        self._ledger.look_again([one for step in steps for one in self._told(nodes, step)])
        if all(guard and guard.state in ("SUCCEEDED", "FAILED") for guard in guards):
            self._ledger.unread = None  # whatever can't be read here, it has looked at there
        elif state == "SUCCEEDED" and (lost := self._unjudged()):
            # The run is said to have succeeded; that these have, and are right, nobody knows.
            message = f"{UNSEEN} {self._ledger.unread or f'of {lost[0]!r} nothing is told.'}"
            self._ledger.end(Phase.ERROR, message, unseen=True)
            return
        self._ledger.skip_rest(
            "the run was stopped" if state == "CANCELED" else "the run ended before"
        )
        if state == "CANCELED":
            self._ledger.end(Phase.FAILED, "interrupted")
            return
        message = str((run.get("error") or {}).get("message", ""))
        failed = [guard.name for guard in guards if guard and guard.state == "FAILED"]
        if failed:
            message = _FOUND.format(failed[0], self.link.page)
        well = state == "SUCCEEDED" and not failed  # what comes at the end fails no run there
        phase = Phase.SUCCEEDED if well else Phase.FAILED
        self._ledger.finish(phase, message)

    def _guards(self) -> tuple[str, ...]:
        """Return the tasks that judge the run: another one looks at steps at its end."""
        ends = any(step.config.on_exit for step in self._ledger.pipeline)
        return (GUARD, EXIT_GUARD) if ends else (GUARD,)

    def _unjudged(self) -> list[str]:
        """Return the steps that have neither failed nor been left out nor been looked at."""
        return [
            name
            for name, step in self.state.steps.items()
            if not (step.phase.bad or step.phase is Phase.SKIPPED or name in self._ledger.judged)
        ]

    def _told(self, nodes: Nodes, step: Step) -> Iterator[Told]:
        return told(nodes, step, self.link.tasks[step.name], self._heard)
