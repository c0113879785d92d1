"""When each step ran: spans of time from the events of a run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nbdag.runs.events import RunEvent


@dataclass(frozen=True, slots=True)
class Span:
    """One attempt of a step, from *start* to *end* in seconds; *last* of its attempts."""

    start: float
    end: float
    last: bool = True

    def shifted(self, seconds: float) -> Span:
        """Return the span that much later."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


def spans_of(events: Iterable[RunEvent], *, end: float) -> dict[str, tuple[Span, ...]]:
    """Return the spans of each step that ran or was cached; what still runs does so until *end*."""
    found: dict[str, list[Span]] = {}
    begun: dict[str, float] = {}
    for event in events:
        if "part" in event.data:
            continue  # of a loop, whose step has a span of its own
        if event.kind in ("launched", "started"):
            begun[event.step] = event.time
        elif event.kind == "retrying" and event.step in begun:
            span = Span(begun.pop(event.step), event.time, last=False)
            found.setdefault(event.step, []).append(span)
        elif event.kind == "finished":
            start = begun.pop(event.step, event.time if event.data.get("cached") else None)
            if start is not None:
                found.setdefault(event.step, []).append(Span(start, max(event.time, start)))
    for name, start in begun.items():
        found.setdefault(name, []).append(Span(start, max(end, start)))
    return {name: tuple(spans) for name, spans in found.items()}


def most_at_once(spans: Mapping[str, tuple[Span, ...]]) -> int:
    """Return how many steps ran at the same time, at most."""
    return max((count for _, count in counts(spans.values())), default=0)


def counts(spans: Iterable[Iterable[Span]]) -> list[tuple[float, int]]:
    """Return the moments at which another number of steps runs, and that number."""
    changes: dict[float, int] = {}
    for each in spans:
        for span in each:
            if span.end > span.start:
                changes[span.start] = changes.get(span.start, 0) + 1
                changes[span.end] = changes.get(span.end, 0) - 1
    found: list[tuple[float, int]] = []
    running = 0
    for moment in sorted(changes):
        if changes[moment]:
            running += changes[moment]
            found.append((moment, running))
    return found
