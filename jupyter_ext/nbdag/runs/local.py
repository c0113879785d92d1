"""Local runs: a pipeline's steps in parallel processes on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbdag.settings import RunSettings
from nbdag_converters.model import Pipeline, Value

from .base import OnEvent
from .events import Run


def start(
    pipeline: Pipeline,
    *,
    notebook: Path,
    parameters: Mapping[str, Value] | None = None,
    jobs: int | None = None,
    settings: RunSettings | None = None,
    on_event: OnEvent | None = None,
) -> LocalRun:
    """Start *pipeline* here and return at once.

    Steps run in the Python of the notebook's kernelspec, in the notebook's folder. The notebook's
    file is never changed.

    Parameters
    ----------
    notebook
        The file; its folder is the working folder of each step, and holds `.nbdag/`.
    parameters
        Values to replace the defaults of the notebook's parameters cell.
    jobs
        How many steps run at once; as many as there are cores unless said.
    on_event
        Called with each event, in order, in the thread that drives the run, so it must be quick;
        it may fold them with `events.apply`. Where it raises, the run is stopped and `wait` raises
        the same.

    Raises
    ------
    ParameterError
        If a parameter is unknown or has another type.
    RunError
        If the kernelspec is unknown, a target is no step, or nothing can be written anywhere.
    """
    raise NotImplementedError


class LocalRun:
    """A run on this machine, and what it left: events, values, outputs, reports, logs."""

    id: str
    folder: Path
    """`.nbdag/runs/<id>/`: see `history`; `folder / "steps" / <step>` is what the runtime wrote."""

    @property
    def state(self) -> Run:
        """The fold of all events until now."""
        raise NotImplementedError

    def wait(self, timeout: float | None = None) -> Run:
        """Return the run's state when it is done: with failed steps too, look at `.phase`.

        A KeyboardInterrupt that comes here stops the run, waits until nothing is left of it, and is
        raised again.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """End all steps (SIGTERM, then SIGKILL) and the run; it is Failed, "interrupted"."""
        raise NotImplementedError
