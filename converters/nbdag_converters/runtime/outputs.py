"""Records what cells display, as nbformat's outputs, and passes what they print on to the log."""

from __future__ import annotations

import base64
import io
import os
import stat
from json import dumps as to_json  # the notebook's code may put another in its place
from typing import Any, Callable, List

TEXT = 1 << 20  # characters of printed text that a cell keeps; the log has all
RICH = 1 << 25  # and of what it displays
CUT = "\n[nbdag: this cell printed more than %d characters; the log has them all]\n" % TEXT


class Recorder:
    """The outputs of a step's cells, in order; `outputs.jsonl` at *path* holds them.

    What programs and C code write to the log's descriptor themselves is recorded too, where the
    log is a file that can be read back.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.entries: List[Any] = []
        self.written = 0
        self.cell: int | None = None  # None: nothing is recorded
        self.text = self.rich = 0
        self.clearing = False
        self.pid = os.getpid()
        self.log = _readable_log()
        self.end = os.fstat(1).st_size if self.log else 0

    def begin(self, cell: int | None) -> None:
        """Record for *cell* from now on, or nothing if it is None."""
        self.catch_up()
        self.cell, self.text, self.rich, self.clearing = cell, TEXT, RICH, False

    def finish(self) -> None:
        """Write the outputs of the cell to the file."""
        self.catch_up()
        self.cell = None
        new = self.entries[self.written :]
        self.written = len(self.entries)
        with open(self.path, "a", encoding="utf-8") as file:
            file.writelines(to_json(entry) + "\n" for entry in new)

    def catch_up(self) -> None:
        """Record what others have written to the log since the last time."""
        if not self.log or os.getpid() != self.pid:
            return
        size = os.fstat(1).st_size
        start, self.end = self.end, size
        if size > start and self.cell is not None and self.text > 0:
            foreign = os.pread(1, min(size - start, self.text * 4), start)
            self._stream("stdout", foreign.decode("utf-8", "replace"))

    def stream(self, name: str, text: str) -> None:
        """Write *text* to the log and record it."""
        if self.cell is None:
            return
        self.catch_up()
        data = memoryview(text.encode("utf-8", "replace"))
        while data:
            count = os.write(1 if self.log or name == "stdout" else 2, data)
            self.end += count
            data = data[count:]
        self._stream(name, text)

    def _stream(self, name: str, text: str) -> None:
        if self.text <= 0 or not text:
            return
        kept, self.text = text[: self.text], self.text - len(text)
        if self.text <= 0:
            kept += CUT
        last = self._last()
        if last is not None and last.get("name") == name and "text" in last:
            last["text"] += kept
        else:
            self.add({"output_type": "stream", "name": name, "text": kept})

    def _last(self) -> Any:
        if self.clearing or self.written == len(self.entries):
            return None
        return self.entries[-1]["output"]

    def add(self, output: Any, display_id: str | None = None) -> None:
        """Record *output*; one that is too large is replaced by a note."""
        if self.cell is None:
            return
        self.catch_up()
        if self.clearing:
            self.clear(wait=False)
        if "data" in output:
            self.rich -= sum(len(str(part)) for part in output["data"].values())
            if self.rich < 0:
                output["data"] = {"text/plain": "[nbdag: too large to keep]"}
        entry = {"cell": self.cell, "output": output}
        self.entries.append(dict(entry, display_id=display_id) if display_id else entry)

    def display(
        self, data: Any, metadata: Any, *, display_id: str | None = None, update: bool = False
    ) -> None:
        """Record a display, or replace all displays of that id."""
        output = {
            "output_type": "display_data",
            "data": {kind: as_json(part) for kind, part in data.items()},
            "metadata": as_json(metadata or {}),
        }
        if not update:
            self.add(output, display_id)
            return
        shown = [item for item in self.entries if item.get("display_id") == display_id]
        for item in shown:
            item["output"] = dict(output, output_type=item["output"]["output_type"])
        if not shown:  # an earlier step shows it
            self.entries.append({"cell": self.cell, "update": display_id, "output": output})
        elif self.entries.index(shown[0]) < self.written:
            self._rewrite()

    def _rewrite(self) -> None:
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.writelines(to_json(item) + "\n" for item in self.entries[: self.written])
        os.replace(self.path + ".new", self.path)

    def result(self, data: Any, metadata: Any) -> None:
        """Record the value of a cell's last expression; the notebook's writer numbers it."""
        self.add(
            {
                "output_type": "execute_result",
                "execution_count": None,
                "data": {kind: as_json(part) for kind, part in data.items()},
                "metadata": as_json(metadata or {}),
            }
        )

    def error(self, name: str, value: str, lines: List[str]) -> None:
        """Record a traceback."""
        self.add({"output_type": "error", "ename": name, "evalue": value, "traceback": lines})
        os.write(1 if self.log else 2, ("\n".join(lines) + "\n").encode("utf-8", "replace"))
        self.end = os.fstat(1).st_size if self.log else 0

    def clear(self, *, wait: bool = False) -> None:
        """Remove what the cell has displayed, when *wait* is set only at its next output."""
        self.clearing = wait
        if not wait:
            del self.entries[self.written :]


class Stream(io.TextIOBase):
    """What `sys.stdout` and `sys.stderr` are while cells run."""

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, name: str, number: int, write: Callable[[str, str], None]) -> None:
        self.name, self._number, self._write = name, number, write

    def write(self, text: Any) -> int:
        """Record *text* and write it to the log."""
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        self._write(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the log, which subprocesses may write to."""
        return self._number


def as_json(value: Any) -> Any:
    """Return *value* as JSON can hold it: bytes in base64, other objects as text."""
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else repr(value)  # noqa: PLR0124
    return str(value)


def _readable_log() -> bool:
    try:
        if not stat.S_ISREG(os.fstat(1).st_mode):
            return False
        os.pread(1, 1, 0)
    except OSError:
        return False
    return os.path.sameopenfile(1, 2)
