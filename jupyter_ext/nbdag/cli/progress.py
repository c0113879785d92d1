"""How far a run has come, in words: pure, the same for the live display and for plain lines."""

from __future__ import annotations

from collections.abc import Mapping

from nbdag.runs.events import Phase, Run, StepRun
from nbdag.runs.progress import progress
from nbdag.settings import default_jobs as run_jobs
from nbdag_converters.drawing import StepState
from nbdag_converters.model import Pipeline

from .terminal import printable


def state_of(step: StepRun, now: float) -> StepState:
    """Return a step's state for drawing; *now* is in seconds since 1970."""
    seconds = step.seconds
    if step.phase is Phase.RUNNING and step.started is not None:
        seconds = max(now - step.started, 0.0)
    return StepState("cached" if step.cached else step.phase.value, seconds, trouble(step))


def trouble(step: StepRun) -> str:
    """Return where and why a step went wrong, was skipped or waits, in one line; else ""."""
    if step.phase in (Phase.RUNNING, Phase.SUCCEEDED):
        return ""
    message = printable(step.message.strip().partition("\n")[0])
    return ": ".join(filter(None, (place_of(step), message)))


def place_of(step: StepRun) -> str:
    """Return where a step failed: `cell 15, line 3`; "" where that isn't known."""
    if not step.phase.bad or step.cell is None:
        return ""
    return f"cell {step.cell}" + (f", line {step.line}" if step.line else "")


def iterations(step: StepRun) -> str:
    """Return how many iterations of a loop are done: `3/8`; "" for other steps."""
    return "" if step.progress is None else "{}/{}".format(*step.progress)


def attempts(step: StepRun, pipeline: Pipeline, now: float) -> str:
    """Return which attempt of a step runs, or is waited for: `attempt 2 of 3, waits 4 s`."""
    retry = pipeline.step(step.name).config.retry
    waits = step.retry_at is not None and not step.phase.done
    number = step.attempt + waits
    if retry is None or number < 2 or step.phase is Phase.SKIPPED:
        return ""
    words = f"attempt {number} of {retry.limit + 1}"
    if waits and step.retry_at is not None:
        words += f", waits {max(step.retry_at - now, 0.0):.0f} s"
    return words


def remaining(run: Run, pipeline: Pipeline, expected: Mapping[str, float], now: float) -> str:
    """Return `42 %, 0:08 left`, as far as earlier runs tell; "" where they don't."""
    found = progress(run, pipeline, now=now, jobs=run_jobs(), expected=expected)
    if not expected or found.remaining is None or run.phase.done:
        return ""
    return f"{found.percent:.0f} %, {clock(found.remaining)} left"


def doing(step: StepRun, pipeline: Pipeline, run: Run) -> str:
    """Return what a step does now: the cell that it runs, or whom it waits for."""
    if step.phase is Phase.RUNNING and step.running is not None:
        numbers = [cell.number for cell in pipeline.step(step.name).cells]
        if len(numbers) < 2 or step.running not in numbers:
            return f"cell {step.running}"
        return f"cell {step.running} ({numbers.index(step.running) + 1}/{len(numbers)})"
    if step.phase is Phase.PENDING and not step.message:
        waiting = [
            edge.source
            for edge in pipeline.edges
            if edge.target == step.name and not _done(run, edge.source)
        ]
        return f"waits for {', '.join(waiting)}" if waiting else "ready"
    return ""


def _done(run: Run, name: str) -> bool:
    return name in run.steps and run.steps[name].phase.done


def finished(run: Run) -> int:
    """Return how many steps are done."""
    return sum(step.phase.done for step in run.steps.values())


def clock(seconds: float) -> str:
    """Return a time as a clock shows it: `0:42`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
