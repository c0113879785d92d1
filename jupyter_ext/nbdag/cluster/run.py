"""ClusterRun: a workflow, followed into the same folder, events and states as a run here."""

from __future__ import annotations

import threading

from nbdag.runs.base import OnEvent
from nbdag.runs.events import Run, apply, parse_event
from nbdag.runs.history import RunFolder
from nbdag.runs.lock import locked
from nbdag.runs.tail import Tail, looks
from nbdag_converters.model import Pipeline

from .follower import Follower
from .orders import send


class ClusterRun:
    """A run on a cluster, known here; it goes on there if this process ends.

    One process at a time writes what happens into the run's folder. Others read along there, and
    one of them goes on with that when the writer ends.

    With *once* it is not followed: all that is known now is taken in, and `wait` returns then.
    """

    def __init__(
        self, folder: RunFolder, on_event: OnEvent | None = None, *, once: bool = False
    ) -> None:
        self.folder = folder
        self.pipeline: Pipeline = folder.pipeline()
        self._on_event, self._once = on_event, once
        self._read = Run(id=folder.id)
        self._told = 0
        self._tail = Tail(folder.events_file)
        self._follower: Follower | None = None
        self._problem: BaseException | None = None
        self._begun, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._drive, name=f"nbdag-{self.id}", daemon=True)
        self._thread.start()
        self._begun.wait()

    @property
    def id(self) -> str:
        """The run's id."""
        return self.folder.id

    @property
    def state(self) -> Run:
        """The fold of all events until now."""
        return self._follower.state if self._follower else self._read

    def wait(self, timeout: float | None = None) -> Run:
        """Return the state when the run is over, or after *timeout* seconds what it is then.

        A KeyboardInterrupt leaves the run alone: it goes on on the cluster.
        """
        self._over.wait(timeout)
        if self._problem and self._over.is_set():
            raise self._problem
        return self.state

    def stop(self) -> None:
        """Ask the run to end; steps at the end still run."""
        send(self.folder, "stop")

    # The thread -------------------------------------------------------------------------

    def _drive(self) -> None:
        try:
            if not self._wrote() and not self._once:
                self._read_along()
        except BaseException as error:  # it is raised in `wait`, by the caller
            self._problem = error
        finally:
            self._begun.set()
            self._over.set()

    def _wrote(self) -> bool:
        """Follow the run if no other process does; return whether that was so."""
        with locked(self.folder.path / "follower.lock") as alone:
            if not alone:
                return False
            follower = Follower(self.folder, self._on_event, told=self._told)
            self._follower = follower
            self._begun.set()
            try:
                follower.follow(once=self._once)
            finally:
                follower.close()
            return True

    def _read_along(self) -> None:
        """Take in what another process writes until the run is over, or that process is."""
        self._take_in()
        self._begun.set()
        for _ in looks(self.folder.path):
            self._take_in()
            if self.state.settled or self._wrote():
                return

    def _take_in(self) -> None:
        for line in self._tail.lines():
            event = parse_event(line)
            if event:
                self._read = apply(self._read, event)
                self._told += 1
                if self._on_event:
                    self._on_event(event)
