"""Tail: what another process appends to a file, read piece by piece."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from threading import Event

LOOK = 2_000
"""Milliseconds after which a file is looked at anyway: a killed process tells nobody."""
_DEBOUNCE = 80


class Tail:
    """What was appended to a file since it was last asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._rest = b""

    def lines(self) -> Generator[bytes]:
        """Yield the lines that are whole by now, without their ends."""
        *whole, self._rest = (self._rest + self.read()).split(b"\n")
        yield from whole

    def read(self) -> bytes:
        """Return the new bytes; a file that was made anew is read from its beginning."""
        try:
            with self._path.open("rb") as file:
                if self._path.stat().st_size < self._at:
                    self._at = 0
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return b""
        self._at += len(data)
        return data


def looks(folder: Path, stop: Event | None = None) -> Iterator[bool]:
    """Yield when to look at the files of *folder*: True after a change; ends when *stop* is set."""
    from watchfiles import watch

    watching = watch(
        folder,
        recursive=False,
        debounce=_DEBOUNCE,
        step=20,
        stop_event=stop,
        rust_timeout=LOOK,
        yield_on_timeout=True,
    )
    yield from map(bool, watching)
