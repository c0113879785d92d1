"""How far a run has come, in words: pure, the same for the live display and for plain lines."""

from __future__ import annotations

from nbdag.runs.events import Phase, Run, StepRun
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
    """Return where and why a step went wrong or was skipped, in one line; "" if all is well."""
    if step.phase not in (Phase.FAILED, Phase.ERROR, Phase.SKIPPED):
        return ""
    message = printable(step.message.strip().partition("\n")[0])
    return ": ".join(filter(None, (place_of(step), message)))


def place_of(step: StepRun) -> str:
    """Return where a step failed: `cell 15, line 3`; "" where that isn't known."""
    if not step.phase.bad or step.cell is None:
        return ""
    return f"cell {step.cell}" + (f", line {step.line}" if step.line else "")


def doing(step: StepRun, pipeline: Pipeline, run: Run) -> str:
    """Return what a step does now: the cell that it runs, or whom it waits for."""
    if step.phase is Phase.RUNNING and step.running is not None:
        numbers = [cell.number for cell in pipeline.step(step.name).cells]
        if len(numbers) < 2 or step.running not in numbers:
            return f"cell {step.running}"
        return f"cell {step.running} ({numbers.index(step.running) + 1}/{len(numbers)})"
    if step.phase is Phase.PENDING:
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
