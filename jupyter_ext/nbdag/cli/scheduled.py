"""What `nbdag schedule --here` does: waits for the clock on this machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from nbdag.supervisor.clock import keep
from nbdag.supervisor.due import Times
from nbdag.supervisor.started import run_here
from nbdag.supervisor.units import System, unit
from nbdag_converters.cron import parse_cron

from .terminal import say

if TYPE_CHECKING:
    from nbdag_converters.compilers.argo import Schedule
    from nbdag_converters.model import Value


@dataclass(frozen=True)
class Scheduled:
    """A schedule of a notebook here; *name* tells it from others of the notebook."""

    notebook: Path
    schedule: Schedule
    values: Mapping[str, Value]
    time_as: str
    name: str
    backfill: bool

    @property
    def kept(self) -> Path:
        """The file that remembers which times are done with."""
        name = f"{self.notebook.stem}-{self.name}" if self.name else self.notebook.stem
        return self.notebook.absolute().parent / ".nbdag" / "schedules" / f"{name}.json"


def keep_here(scheduled: Scheduled) -> bool:
    """Start runs until the process is ended; return False where too many have failed."""
    wanted = scheduled.schedule
    times = Times(
        tuple(parse_cron(text) for text in wanted.crons),
        ZoneInfo(wanted.timezone),
        timedelta(seconds=wanted.deadline or 0),
        scheduled.backfill,
    )
    coming = times.following(datetime.now(timezone.utc))
    say(f"{scheduled.notebook.name}: next at {coming}; Ctrl-C ends it")

    def start(moment: datetime) -> bool:
        values = dict(scheduled.values)
        if scheduled.time_as:
            values[scheduled.time_as] = f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        return run_here(scheduled.notebook, values, say, f"its schedule, for {moment}")

    return keep(times, start, scheduled.kept, failures=wanted.failures)


def print_unit(scheduled: Scheduled, system: str, given: tuple[str, ...]) -> None:
    """Print what has the system run the command."""
    wanted, notebook = scheduled.schedule, scheduled.notebook.absolute()
    command = [sys.executable, "-m", "nbdag.cli", "schedule", str(notebook), "--here"]
    for text in wanted.crons:
        command += ["--cron", text]
    command += ["--timezone", wanted.timezone, "--deadline", f"{wanted.deadline}s"]
    for text in given:
        command += ["-p", text]
    for option, value in (("--time-as", scheduled.time_as), ("--name", scheduled.name)):
        command += [option, value] if value else []
    command += ["--failures", str(wanted.failures)] if wanted.failures else []
    command += ["--backfill"] if scheduled.backfill else []
    name = f"{notebook.stem} {scheduled.name}".strip()
    say(unit(cast("System", system), name, command, notebook.parent).removesuffix("\n"))
