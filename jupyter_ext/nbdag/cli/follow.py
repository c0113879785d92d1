"""Following a run that another process drives: told by the system, without polling."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

from nbdag.runs.events import Run, RunEvent, parse_event
from nbdag.runs.history import RunFolder

_LOOK = 2000  # ms after which to look anyway: a killed process tells nobody


def changes(run: RunFolder) -> Iterator[Run]:
    """Yield the run's state now and whenever its folder changes, the last time at its end."""
    from watchfiles import watch

    state = run.state()
    yield state
    if state.phase.done:
        return
    watching = watch(
        run.path, debounce=100, rust_timeout=_LOOK, yield_on_timeout=True, raise_interrupt=True
    )
    for _ in watching:
        state = run.state()
        yield state
        if state.phase.done:
            return


class Tail:
    """What was appended to a file since it was last asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._rest = b""

    def lines(self) -> Generator[bytes]:
        """Yield the lines that are whole by now, without their ends."""
        *whole, self._rest = (self._rest + self.read()).split(b"\n")
        yield from whole

    def read(self) -> bytes:
        """Return the new bytes; a file that was made anew is read from its beginning."""
        try:
            with self._path.open("rb") as file:
                if self._path.stat().st_size < self._at:
                    self._at = 0
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return b""
        self._at += len(data)
        return data


def events(run: RunFolder) -> Iterator[RunEvent]:
    """Yield the run's events, those to come too, until it is over."""
    tail = Tail(run.events_file)
    for _ in changes(run):
        for line in tail.lines():
            event = parse_event(line)
            if event:
                yield event
