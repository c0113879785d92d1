"""Followed: what is new in a run that any process drives, read from its folder."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from threading import Event
from typing import Any

from nbdag.settings import default_jobs
from nbdag_converters.model import Pipeline

from .base import RunError
from .events import Run, apply, parse_event
from .history import RunFolder
from .progress import durations_in_history, progress
from .tail import Tail, looks
from .view import run_view


class Followed:
    """One run as it was last told."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._tail = Tail(folder.events_file)
        self._state = Run(id=folder.id)
        self._told: Run | None = None
        self._expected: Mapping[str, float] = {}
        self._pipeline: Pipeline | None = None

    @property
    def done(self) -> bool:
        """Whether nothing more is to be told."""
        return self._state.phase.done

    def expect(self) -> None:
        """Read how long its steps took before, so that `look` tells how long it goes on."""
        if self._pipeline is None and not self.done:
            try:
                self._pipeline = self.folder.pipeline()
            except RunError:
                return
            self._expected = durations_in_history(self.folder)

    def look(self, *, alive: bool = True) -> dict[str, Any] | None:
        """Return what is new, `None` for nothing; not *alive*, look whether its process is gone."""
        for line in self._tail.lines():
            event = parse_event(line)
            if event:
                self._state = apply(self._state, event)
        if not alive and not self.done:
            found = self.folder.state()
            self._state = found if found.phase.done else self._state
        if self._state is self._told:
            return None
        told = run_view(self._state, self._told)
        told["whole"] = self._told is None
        told["remaining"] = self._remaining()
        self._told = self._state
        return told

    def _remaining(self) -> float | None:
        if not self._expected or self._pipeline is None or self.done:
            return None
        found = progress(
            self._state,
            self._pipeline,
            now=time.time(),
            jobs=default_jobs(),
            expected=self._expected,
        )
        return found.remaining


def follow(run: Followed, stop: Event | None = None) -> Iterator[dict[str, Any]]:
    """Yield what is new in *run* until it ends or *stop* is set; the system says when to look."""
    told = run.look(alive=False)
    if told:
        yield told
    looking = looks(run.folder.path, stop)
    while not run.done:
        changed = next(looking, None)
        if changed is None:  # `stop` is set
            return
        told = run.look(alive=changed)
        if told:
            yield told
