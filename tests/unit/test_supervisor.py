"""Runs that this machine starts by itself: when, after what was missed, and what starts it."""

from __future__ import annotations

import plistlib
import shlex
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Event

import pytest

from nbdag.supervisor import clock
from nbdag.supervisor.clock import keep
from nbdag.supervisor.due import Times
from nbdag.supervisor.event import counts, values_of
from nbdag.supervisor.units import unit
from nbdag_converters.compilers.argo.events import parse_filter
from nbdag_converters.cron import parse_cron
from nbdag_converters.errors import ParameterError
from nbdag_converters.model import Parameter

NOON = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)


def times(*crons: str, deadline: int = 10, backfill: bool = False) -> Times:
    parsed = tuple(parse_cron(text) for text in crons)
    return Times(parsed, timezone.utc, timedelta(minutes=deadline), backfill)


@pytest.mark.parametrize(
    ("schedule", "since", "due"),
    [
        (times("*/15 * * * *"), 0, []),
        (times("*/15 * * * *"), 1, [0]),
        (times("*/15 * * * *"), 60, [0]),
        (times("55 * * * *"), 60, [5]),
        (times("45 * * * *"), 60, []),
        (times("45 * * * *", deadline=15), 60, [15]),
        (times("*/15 * * * *", backfill=True), 60, [45, 30, 15, 0]),
        (times("0 * * * *", "30 11,12 * * *", backfill=True), 61, [60, 30, 0]),
        (times("0 12 * * *", "*/30 * * * *", backfill=True), 20, [0]),
    ],
)
def test_of_what_was_missed_the_last_time_is_due_or_all(
    schedule: Times, since: int, due: list[int]
) -> None:
    found = schedule.due(NOON - timedelta(minutes=since), NOON)
    assert [(NOON - moment) / timedelta(minutes=1) for moment in found] == due


class Waits(Event):
    """A clock that goes on while somebody waits for it, and stops at an end."""

    def __init__(self, start: datetime, end: datetime) -> None:
        super().__init__()
        self.now, self.end = start, end

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timedelta(seconds=max(timeout or 0.0, 0.001))
        return self.is_set()

    def is_set(self) -> bool:
        return self.now >= self.end


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    made = Waits(NOON, NOON + timedelta(hours=1, minutes=1))
    monkeypatch.setattr(clock, "_now", lambda: made.now)
    return made


def test_each_time_starts_one_run_and_those_that_pass_meanwhile_are_left_out(
    waits: Waits, tmp_path: Path
) -> None:
    started: list[int] = []

    def start(moment: datetime) -> bool:
        started.append(moment.minute)
        waits.now += timedelta(minutes=25)  # as long as the run takes
        return True

    assert keep(times("*/10 * * * *"), start, tmp_path / "kept" / "x.json", stop=waits)
    assert started == [10, 30, 0]


def test_what_is_done_with_is_remembered_and_what_was_missed_is_made_up_for(
    waits: Waits, tmp_path: Path
) -> None:
    kept, started = tmp_path / "x.json", list[datetime]()

    def start(moment: datetime) -> bool:
        started.append(moment)
        return True

    every = times("0 * * * *", backfill=True)
    keep(every, start, kept, stop=waits)
    assert started == [NOON + timedelta(hours=1)]
    later = NOON + timedelta(hours=3, minutes=30)
    waits.now, waits.end = later, later + timedelta(seconds=1)
    keep(every, start, kept, stop=waits)
    assert started == [NOON + timedelta(hours=hours) for hours in (1, 2, 3)]


def test_no_more_runs_are_started_once_too_many_have_failed(waits: Waits, tmp_path: Path) -> None:
    started: list[int] = []

    def start(moment: datetime) -> bool:
        started.append(moment.minute)
        return moment.minute == 10

    every = times("*/10 * * * *")
    assert not keep(every, start, tmp_path / "x.json", failures=2, stop=waits)
    assert started == [10, 20, 30]


def test_a_file_that_can_not_be_read_is_as_none(waits: Waits, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"last": "someday"}')
    started: list[datetime] = []

    def start(moment: datetime) -> bool:
        started.append(moment)
        return True

    keep(times("0 13 * * *"), start, tmp_path / "x.json", stop=waits)
    assert len(started) == 1


WORDS = ["/opt/my python", "-p", 'word=a "b" $HOME 100% \\', "--cron", "0 4 * * 1"]


def test_systemd_reads_the_words_of_the_command_as_they_are() -> None:
    text = unit("systemd", "fraud 100%", WORDS, Path("/data/50% off"))
    (line,) = (line for line in text.splitlines() if line.startswith("ExecStart="))
    read = shlex.split(line.removeprefix("ExecStart="))
    assert [word.replace("%%", "%").replace("$$", "$") for word in read] == WORDS
    assert "WorkingDirectory=/data/50%% off" in text.splitlines()


def test_launchd_reads_the_words_of_the_command_as_they_are() -> None:
    made = plistlib.loads(unit("launchd", "fraud Mondays", WORDS, Path("/data")).encode())
    assert made["ProgramArguments"] == WORDS
    assert made["Label"] == "nbdag.fraud-Mondays"


EVENT = {"kind": "new", "items": [{"name": "a b", "size": 3}], "flag": True, "none": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("kind=new", True),
        ("kind=ne", False),
        ("kind!=old", True),
        ("kind~^n", True),
        ("items.0.size>2", True),
        ("items.0.size>=3.5", False),
        ("items.0.name<3", False),
        ("flag>0", False),
        ("items.1.name~.", False),
        ("items.x=1", False),
        ("missing!=x", False),
    ],
)
def test_an_event_counts_where_its_field_compares_so(text: str, *, holds: bool) -> None:
    assert counts(EVENT, [parse_filter(text)]) is holds


def test_fields_of_an_event_are_of_their_parameters_type() -> None:
    parameters = (
        Parameter("name", "str", "", 1, 1),
        Parameter("size", "int", 1, 1, 2),
        Parameter("whole", "dict", {}, 1, 3),
        Parameter("other", "str", "x", 1, 4),
    )
    fields = (("name", "items.0.name"), ("size", "items.0.size"), ("whole", "."), ("other", "no"))
    found = values_of(EVENT, fields, parameters)
    assert found == {"name": "a b", "size": 3, "whole": EVENT}
    with pytest.raises(ParameterError, match="'size' takes int"):
        values_of(EVENT, (("size", "kind"),), parameters)
