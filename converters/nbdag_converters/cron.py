"""Cron: five fields that say when something is due, and the moments that they mean.

They are read as Argo's controller reads them, so that a schedule means one thing here and there:
no seconds, Sunday is 0 and never 7, `*/2` in a field of days counts as a choice, and where both
fields of days choose, a day that one of them chooses will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo

NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 6, {name: number for number, name in enumerate(_WEEKDAYS)}),
)
_ITEM = re.compile(r"(?P<low>\*|\?|\w+)(?:-(?P<high>\w+))?(?:/(?P<step>[0-9]{1,3}))?")
_HORIZON = 366 * 9  # days until there is a 29 February again, whatever the century


class CronError(ValueError):
    """A text is no schedule; the message is a sentence that starts with it."""


@dataclass(frozen=True, slots=True)
class Cron:
    """When something is due. `either`: a day of the month or a day of the week is enough."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def after(self, moment: datetime, zone: tzinfo = timezone.utc) -> Iterator[datetime]:
        """Yield the moments after *moment*, without an end, as clocks in *zone* show them.

        A time that a zone's clocks leave out is left out, one that they show twice comes twice.
        """
        day = moment.astimezone(zone).date()
        empty = 0
        while empty < _HORIZON:
            empty += 1
            if self._on(day):
                for found in self._moments(day, zone):
                    if found > moment:
                        empty = 0
                        yield found.astimezone(zone)
            day += timedelta(days=1)

    def _on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_month or by_week if self.either else by_month and by_week

    def _moments(self, day: date, zone: tzinfo) -> list[datetime]:
        found: set[datetime] = set()
        for hour in self.hours:
            for minute in self.minutes:
                for fold in (0, 1):
                    shown = datetime(
                        day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold
                    )
                    real = shown.astimezone(timezone.utc)
                    if real.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
                        found.add(real)
        return sorted(found)


def parse_cron(text: str) -> Cron:
    """Return the schedule of `0 4 * * 1` or `@daily`.

    Raises
    ------
    CronError
        If it is none, or if it is never due.
    """
    fields = NICKNAMES.get(text.strip(), text).split()
    if len(fields) != len(_FIELDS):
        known = ", ".join(NICKNAMES)
        msg = f"`{text}` has to have five fields, as `0 4 * * 1`, or be one of {known}"
        raise CronError(msg)
    sets = [_field(field, *about, whole=text) for field, about in zip(fields, _FIELDS, strict=True)]
    (minutes, _), (hours, _), (days, all_days), (months, _), (weekdays, all_weekdays) = sets
    made = Cron(
        text=text.strip(),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=weekdays,
        either=not (all_days or all_weekdays),
    )
    if next(made.after(datetime(2000, 1, 1, tzinfo=timezone.utc)), None) is None:
        msg = f"`{text}` is never due: there is no such day"
        raise CronError(msg)
    return made


def _field(
    text: str, name: str, least: int, most: int, names: dict[str, int], *, whole: str
) -> tuple[frozenset[int], bool]:
    """Return the values of a field, and whether it leaves all of them open."""
    found: set[int] = set()
    is_open = False
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise CronError(_wrong(whole, item, name, least, most))
        low, high, step = match["low"], match["high"], int(match["step"] or 1)
        if low in ("*", "?"):
            first, last = least, most
            is_open |= step == 1
        else:
            first = _number(low, names)
            last = _number(high, names) if high else most if match["step"] else first
        if not least <= first <= last <= most or step < 1 or (low in ("*", "?") and high):
            raise CronError(_wrong(whole, item, name, least, most))
        found.update(range(first, last + 1, step))
    return frozenset(found), is_open


def _number(text: str, names: dict[str, int]) -> int:
    """Return a field's number, -1 where it is none."""
    if text.lower() in names:
        return names[text.lower()]
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text) else -1


def _wrong(whole: str, item: str, name: str, least: int, most: int) -> str:
    return f"`{whole}` can't have `{item}` as its {name}, which goes from {least} to {most}"
