"""Following a run that another process drives: told by the system, without polling."""

from __future__ import annotations

from collections.abc import Iterator

from nbdag.runs.events import Run, RunEvent, parse_event
from nbdag.runs.history import RunFolder
from nbdag.runs.tail import LOOK, Tail


def changes(run: RunFolder) -> Iterator[Run]:
    """Yield the run's state now and whenever its folder changes, the last time at its end."""
    from watchfiles import watch

    state = run.state()
    yield state
    if state.phase.done:
        return
    watching = watch(
        run.path, debounce=100, rust_timeout=LOOK, yield_on_timeout=True, raise_interrupt=True
    )
    for _ in watching:
        state = run.state()
        yield state
        if state.phase.done:
            return


def events(run: RunFolder) -> Iterator[RunEvent]:
    """Yield the run's events, those to come too, until it is over."""
    tail = Tail(run.events_file)
    for _ in changes(run):
        for line in tail.lines():
            event = parse_event(line)
            if event:
                yield event
