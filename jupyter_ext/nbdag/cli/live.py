"""LiveDag: the DAG with the states of its steps, redrawn in place, for terminals."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nbdag.runs.base import OnEvent
from nbdag.runs.events import Phase, Run, RunEvent, StepRun, apply
from nbdag.runs.history import RunFolder
from nbdag.runs.progress import durations_in_history
from nbdag_converters.drawing.text import TextRow, text_rows
from nbdag_converters.model import Pipeline

from .progress import attempts, clock, doing, finished, iterations, remaining, state_of
from .tables import COLOURS
from .terminal import counted

_SPIN = "◐◓◑◒"
_TURNS = 4.0  # pictures of the spinning icon a second
_BELOW = 4  # lines that are no steps: how many are above and below, a blank one, the bar


@dataclass(frozen=True, slots=True)
class _Line:
    rails: Text
    name: Text
    detail: Text


class LiveDag:
    """Takes events, and draws the state of now each time that rich asks."""

    def __init__(
        self, pipeline: Pipeline, console: Console, *, now: Callable[[], float] = time.time
    ) -> None:
        self._pipeline = pipeline
        self._console = console
        self._run = Run()
        self._rows: dict[int, tuple[TextRow, ...]] = {}
        self._now = now
        self._live: Live | None = None
        self._folder: Path | None = None
        self._expected: Mapping[str, float] | None = None

    @contextmanager
    def running(self) -> Generator[OnEvent]:
        """Draw until the end of the block; then nothing of it is left on the screen."""
        with Live(self, console=self._console, refresh_per_second=8, transient=True) as live:
            self._live = live
            yield self.show

    @contextmanager
    def paused(self) -> Generator[None]:
        """Draw nothing in the block, so that something can be asked."""
        if self._live:
            self._live.stop()
        try:
            yield
        finally:
            if self._live and not self._run.phase.done:
                self._live.start(refresh=True)

    def waits(self, step: str) -> bool:
        """Return whether *step* waits at its gate, in a run that goes on."""
        return not self._run.phase.done and _is(self._run, step, Phase.SUSPENDED)

    def show(self, event: RunEvent) -> None:
        """Take the event into the state that the next picture shows."""
        self._run = apply(self._run, event)
        if event.kind == "run-started" and "folder" in event.data:
            self._folder = Path(str(event.data["folder"]))

    def _durations(self) -> Mapping[str, float]:
        """Return how long steps took in earlier runs; read once, in the thread that draws."""
        if self._folder is None:
            return {}
        if self._expected is None:
            self._expected = durations_in_history(RunFolder(self._folder))
        return self._expected

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw: rich's protocol."""
        yield self.picture(width=options.max_width, height=console.height)

    def picture(self, *, width: int, height: int) -> Group:
        """Return the steps, as many as there is room for, and the bar below."""
        run, now = self._run, self._now()
        rows = self._rows_of(width)
        told = remaining(run, self._pipeline, self._durations(), now)
        first, last = _window([row.step.name for row in rows], run, max(height - _BELOW, 3))
        table = Table.grid(padding=(0, 2, 0, 0), expand=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=max(width // 3, 20))
        table.add_column(no_wrap=True, overflow="ellipsis")
        for row in rows[first:last]:
            line = self._line(row, run, now)
            table.add_row(line.rails, line.name, line.detail)
        above = [Text(f"  … {counted(first, 'step')} above", "bright_black")] if first else []
        rest = len(rows) - last
        below = [Text(f"  … {counted(rest, 'step')} below", "bright_black")] if rest else []
        return Group(*above, table, *below, Text(), _bar(run, len(rows), now, told, width=width))

    def _rows_of(self, width: int) -> tuple[TextRow, ...]:
        """Return the steps with their rails, worked out once for each width."""
        if width not in self._rows:
            self._rows = {width: text_rows(self._pipeline, width=width)}
        return self._rows[width]

    def _line(self, row: TextRow, run: Run, now: float) -> _Line:
        step = run.steps.get(row.step.name, StepRun(row.step.name))
        state = state_of(step, now)
        icon, words = state.icon, [state.label]
        if state.look == "pending":
            words = []
        elif state.look == "running":
            icon = _SPIN[int(now * _TURNS) % len(_SPIN)]
            words = [clock(state.seconds or 0.0)]
        words += [iterations(step), attempts(step, self._pipeline, now)]
        words += [state.detail, doing(step, self._pipeline, run)]
        colour = COLOURS[state.look]
        rails = Text.assemble((row.before, "bright_black"), (icon, colour))
        rails.append(row.after, "bright_black")
        name = Text(row.step.name, "bold" if state.look == "running" else "")
        return _Line(rails, name, Text(" · ".join(filter(None, words)), colour))


def _window(names: list[str], run: Run, room: int) -> tuple[int, int]:
    """Return the first and the last + 1 of the steps to show: those that run are among them."""
    if len(names) <= room:
        return 0, len(names)
    active = [n for n, name in enumerate(names) if _is(run, name, Phase.RUNNING, Phase.SUSPENDED)]
    pending = [n for n, name in enumerate(names) if _is(run, name, Phase.PENDING)]
    start = min([*active, *pending[:1]], default=len(names))
    first = max(0, min(start - room // 4, len(names) - room))
    return first, first + room


def _is(run: Run, name: str, *phases: Phase) -> bool:
    return run.steps.get(name, StepRun(name)).phase in phases


def _bar(run: Run, total: int, now: float, told: str, *, width: int) -> Table:
    """Return the bar with how many steps are done, how many failed, and the time."""
    done, failed = finished(run), len(run.failures)
    words = [f"{done}/{total} steps"]
    if failed:
        words.append(f"{failed} failed")
    if run.started is not None:
        words.append(clock(max(now - run.started, 0.0)))
    words += [told] if told else []
    words += ["suspended: nbdag resume"] if run.phase is Phase.SUSPENDED else []
    style = "red" if failed else "green"
    table = Table.grid(padding=(0, 2, 0, 0))
    bar = ProgressBar(
        max(total, 1), done, width=min(40, width // 2), complete_style=style, finished_style=style
    )
    table.add_row(bar, " · ".join(words))
    return table
