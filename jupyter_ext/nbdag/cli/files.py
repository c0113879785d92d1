"""Writing what a command made to where the user said."""

from __future__ import annotations

from pathlib import Path

from nbdag.runs.files import write_atomic
from nbdag_converters.errors import PipelineError


class WriteError(PipelineError):
    """A file can't be written; the message says which and why."""


def write_text(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all.

    Raises
    ------
    WriteError
        If it can't be written.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write *content* to *path*, whole or not at all.

    Raises
    ------
    WriteError
        If it can't be written.
    """
    try:
        write_atomic(path, content)
    except OSError as error:
        msg = f"can't write {path}: {(error.strerror or str(error)).lower()}"
        raise WriteError(msg) from None
