"""Compiler and Manifest: a pipeline becomes the text for one target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.errors import PipelineError
from nbdag_converters.model import Pipeline


@dataclass(frozen=True, slots=True)
class Manifest:
    """The text for one target. `suffix` is that of a file which holds it, with its dot.

    `diagnostics` are what the target does otherwise; an error would have been raised.
    """

    text: str
    media_type: str
    suffix: str
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Compiler:
    """A target's name, and what turns a pipeline into its manifest: pure and deterministic."""

    name: str
    compile: Callable[[Pipeline], Manifest]


class UnknownTargetError(PipelineError):
    """There is no compiler of that name; `known` are those that exist."""

    def __init__(self, target: str, known: tuple[str, ...]) -> None:
        super().__init__(target, known)
        self.target, self.known = target, known

    def __str__(self) -> str:
        return f"There is no target '{self.target}'; the targets are: {', '.join(self.known)}."


# A target's module has its compiler as COMPILER; it is imported when somebody asks for it.
_MODULES = {"local": "local", "argo": "argo", "kfp": "kfp"}


def targets() -> tuple[str, ...]:
    """Return the names of all targets."""
    return tuple(_MODULES)


def find_compiler(target: str) -> Compiler:
    """Return the compiler of *target*.

    Raises
    ------
    UnknownTargetError
        If there is none.
    """
    if target not in _MODULES:
        raise UnknownTargetError(target, targets())
    module = import_module(f"{__package__}.{_MODULES[target]}")
    return cast("Compiler", module.COMPILER)
