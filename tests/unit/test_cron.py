"""Cron schedules: which texts are one, and the moments that they mean."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdag_converters.cron import Cron, CronError, parse_cron

BERLIN = ZoneInfo("Europe/Berlin")


def due(text: str, start: str, count: int, zone: str = "UTC") -> list[str]:
    moment = datetime.fromisoformat(start)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    found = itertools.islice(parse_cron(text).after(moment, ZoneInfo(zone)), count)
    return [each.isoformat(timespec="minutes") for each in found]


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("0 4 * * 1", "2026-11-29T12:00", ["2026-11-30T04:00", "2026-12-07T04:00"]),
        ("@daily", "2026-12-31T00:00", ["2027-01-01T00:00", "2027-01-02T00:00"]),
        ("*/20 9,10 * * *", "2026-01-01T10:30", ["2026-01-01T10:40", "2026-01-02T09:00"]),
        ("50/5 * * * *", "2026-01-01T00:51", ["2026-01-01T00:55", "2026-01-01T01:50"]),
        ("5,3 0 1 JAN,3 *", "2026-01-01T00:03", ["2026-01-01T00:05", "2026-03-01T00:03"]),
        ("0 0 29 2 *", "2096-03-01T00:00", ["2104-02-29T00:00"]),
        # A day of the month or of the week, where both choose; 13 March 2026 is a Friday.
        ("0 0 1 * fri", "2026-02-28T00:00", ["2026-03-01T00:00", "2026-03-06T00:00"]),
        ("0 0 */40 * 5", "2026-03-01T01:00", ["2026-03-06T00:00"]),
        ("0 0 ? * 5", "2026-03-01T01:00", ["2026-03-06T00:00"]),
    ],
)
def test_a_schedule_means_these_moments(text: str, start: str, expected: list[str]) -> None:
    assert due(text, start, len(expected)) == [f"{each}+00:00" for each in expected]


def test_a_time_that_clocks_leave_out_is_left_out_and_one_that_they_show_twice_comes_twice() -> (
    None
):
    assert due("30 2 * * *", "2026-03-28T12:00", 2, "Europe/Berlin") == [
        "2026-03-30T02:30+02:00",
        "2026-03-31T02:30+02:00",
    ]
    assert due("30 2 * * *", "2026-10-24T12:00", 3, "Europe/Berlin") == [
        "2026-10-25T02:30+02:00",
        "2026-10-25T02:30+01:00",
        "2026-10-26T02:30+01:00",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("daily", "five fields"),
        ("", "five fields"),
        ("0 0 4 * * 1", "five fields"),
        ("@every 20s", "five fields"),
        ("60 * * * *", "`60` as its minute, which goes from 0 to 59"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day of the month"),
        ("* * * 13 *", "month"),
        ("* * * * 7", "`7` as its day of the week, which goes from 0 to 6"),
        ("* * * * mondays", "day of the week"),
        ("9-3 * * * *", "`9-3`"),
        ("*/0 * * * *", "`*/0`"),
        ("*-3 * * * *", "`*-3`"),
        ("1,,2 * * * *", "minute"),
        ("* * L * *", "day of the month"),
        ("* * * * 5#2", "day of the week"),
        ("0 0 30 2 *", "never due"),
        ("0 0 31 4,6,9,11 *", "never due"),
    ],
)
def test_what_argo_would_refuse_or_never_start_is_no_schedule(text: str, told: str) -> None:
    with pytest.raises(CronError) as caught:
        parse_cron(text)
    assert told in str(caught.value)


fields = st.tuples(
    st.sampled_from(["*", "*/7", "3", "0-10/5", "59"]),
    st.sampled_from(["*", "2", "1-3", "*/6"]),
    st.sampled_from(["*", "1", "28-31", "*/3"]),
    st.sampled_from(["*", "3,10", "feb"]),
    st.sampled_from(["*", "0", "mon-fri"]),
)


def shown(cron: Cron, moment: datetime) -> bool:
    """Return whether the clock shows a time of the schedule, looked at minute by minute."""
    by_month, by_week = moment.day in cron.days, moment.isoweekday() % 7 in cron.weekdays
    return (
        moment.minute in cron.minutes
        and moment.hour in cron.hours
        and moment.month in cron.months
        and ((by_month or by_week) if cron.either else (by_month and by_week))
    )


@given(fields, st.integers(0, 365 * 24 * 60))
def test_the_next_moment_is_the_first_minute_whose_clock_shows_it(
    parts: tuple[str, ...], minutes: int
) -> None:
    cron = parse_cron(" ".join(parts))
    start = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=minutes)
    found = next(cron.after(start, BERLIN))
    step, moment = timedelta(minutes=1), start
    for _ in range(3 * 24 * 60):  # three days are enough to see a wrong one
        moment += step
        if shown(cron, moment.astimezone(BERLIN)):
            assert found == moment
            return
    assert found > moment
