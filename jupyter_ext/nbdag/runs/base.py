"""Runner and RunHandle: what each way to execute a pipeline offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from nbdag_converters.errors import PipelineError
from nbdag_converters.model import Pipeline, Value

from .events import Run, RunEvent

if TYPE_CHECKING:
    from .history import RunFolder

OnEvent: TypeAlias = Callable[[RunEvent], None]


class RunError(PipelineError):
    """A run can't be started, found or read; the message says why and what to do."""


class RunHandle(Protocol):
    """One execution, which goes on while you hold this."""

    @property
    def id(self) -> str:
        """The run's id, which sorts by time."""
        ...

    @property
    def folder(self) -> RunFolder:
        """Where the run is kept in the history."""
        ...

    @property
    def pipeline(self) -> Pipeline:
        """What is run."""
        ...

    @property
    def state(self) -> Run:
        """What is known now."""
        ...

    def wait(self, timeout: float | None = None) -> Run:
        """Return the state once the run is done, or after *timeout* seconds what it is then."""
        ...

    def stop(self) -> None:
        """Ask the run to end; `wait` says when it has."""
        ...


class Runner(Protocol):
    """Executes pipelines somewhere."""

    name: str

    def start(
        self,
        pipeline: Pipeline,
        *,
        notebook: Path,
        parameters: Mapping[str, Value] | None = None,
        on_event: OnEvent | None = None,
    ) -> RunHandle:
        """Start a run and return at once."""
        ...
