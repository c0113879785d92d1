"""Exceptions of nbdag: they carry data, `__str__` formats it, nobody reads a message to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .diagnostics import Diagnostic


class PipelineError(Exception):
    """Base of all errors that nbdag raises on purpose."""


class NotebookError(PipelineError):
    """The notebook can't become a pipeline; `diagnostics` say why, at least one is an error."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n".join(str(d) for d in self.diagnostics if d.severity == "error")


class TagError(NotebookError):
    """A tag is wrong."""


class ParameterError(NotebookError):
    """A parameter is wrong: its cell, or the value given for a run."""


class CycleError(NotebookError):
    """The steps wait for one another; `names` are those on the cycle, in order."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...], names: tuple[str, ...]) -> None:
        super().__init__(diagnostics)
        self.names = names


class CompileError(PipelineError):
    """The target can't express *field* of *step*."""

    def __init__(self, target: str, step: str, field: str, message: str) -> None:
        super().__init__(target, step, field, message)
        self.target, self.step, self.field, self.message = target, step, field, message

    def __str__(self) -> str:
        return f"{self.target}: step '{self.step}', {self.field}: {self.message}"
