"""Due: which times of a schedule are to be run now, of those that have passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from nbdag_converters.cron import Cron


@dataclass(frozen=True, slots=True)
class Times:
    """A schedule here.

    Of the times that were missed, because a run went on or nobody was there, the last one is made
    up for if it is not longer ago than `deadline`; with `backfill` each of them is, however old.
    """

    crons: tuple[Cron, ...]
    zone: tzinfo
    deadline: timedelta = timedelta(minutes=10)
    backfill: bool = False

    def due(self, last: datetime, now: datetime) -> list[datetime]:
        """Return the times to run, the oldest first; all until *last* are done with."""
        passed = list(self._between(last, now))
        if self.backfill:
            return passed
        return [moment for moment in passed[-1:] if now - moment <= self.deadline]

    def following(self, now: datetime) -> datetime:
        """Return the next time after *now*."""
        return min(next(cron.after(now, self.zone)) for cron in self.crons)

    def _between(self, last: datetime, now: datetime) -> Sequence[datetime]:
        return sorted({moment for cron in self.crons for moment in _until(cron, last, now, self)})


def _until(cron: Cron, last: datetime, now: datetime, times: Times) -> Iterator[datetime]:
    for moment in cron.after(last, times.zone):
        if moment > now:
            return
        yield moment
