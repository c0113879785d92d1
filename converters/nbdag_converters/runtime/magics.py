"""The part of IPython's syntax that needs no IPython: `!command`, and a few magics."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import time
from typing import Any, List

NAME = "__nbdag__"
NOTHING = ("matplotlib", "config", "autosave", "pylab")  # they only set how things are shown
SHELLS = ("bash", "sh", "script")
CELL = re.compile(r"\s*%%(\w+)[ \t]*(.*)\n?([\s\S]*)")
LINE = re.compile(r"(\s*)(?:([\w.,\[\]'\" ]+?)\s*=\s*)?(!{1,2}|%)(.+)")


class MagicError(Exception):
    """A magic that only IPython has."""


def translate(source: str) -> str:
    """Return *source* with magics and shell lines as calls of `Magics`, each on its line."""
    found = CELL.match(source)
    if found:
        return "await %s.cell(%r, %r, %r)" % (NAME, *found.groups())
    lines = []
    for line in source.split("\n"):
        found = LINE.fullmatch(line)
        if not found:
            lines.append(line)
            continue
        indent, target, mark, rest = found.groups()
        name, _, text = rest.partition(" ")
        if mark != "%":
            call = "%s.shell(%r, %r)" % (NAME, rest, bool(target))
        elif name in ("time", "timeit", "prun"):
            call = text  # the statement itself, whose result matters
        else:
            call = "%s.line(%r, %r)" % (NAME, name, text)
        lines.append(indent + (target + " = " if target else "") + call)
    return "\n".join(lines)


class Magics:
    """What translated cells call; `cells` runs them."""

    def __init__(self, cells: Any) -> None:
        self.cells = cells

    def expand(self, text: str) -> str:
        """Return *text* with `{expression}` and `$name` replaced."""

        def value(found: Any) -> str:
            source = found.group(1) or found.group(2)
            try:
                return str(eval(source, self.cells.namespace))  # noqa: S307
            except Exception:
                return str(found.group(0))

        return re.sub(r"\{([^{}]+)\}|\$(\w+)", value, text)

    def shell(self, command: str, captured: bool) -> Any:  # noqa: FBT001
        """Run *command*; return its lines where the cell takes them, else show them."""
        return self._run(["/bin/sh", "-c", self.expand(command)], None, captured)

    def _run(self, command: List[str], text: Any, captured: bool) -> Any:  # noqa: FBT001
        with subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if captured else subprocess.STDOUT,
            universal_newlines=True,
        ) as process:
            if text is not None:
                process.stdin.write(text)  # type: ignore[union-attr]
                process.stdin.close()  # type: ignore[union-attr]
            lines = []
            for line in process.stdout:  # type: ignore[union-attr]
                lines.append(line.rstrip("\n")) if captured else sys.stdout.write(line)
        self.cells.namespace["_exit_code"] = process.returncode
        if text is not None and process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return lines if captured else None

    def line(self, name: str, text: str) -> Any:
        """Run a line magic."""
        if name in NOTHING:
            return None
        if name == "cd":
            return os.chdir(os.path.expanduser(self.expand(text) or "~"))
        if name == "env" and "=" in text:
            key, _, value = text.partition("=")
            os.environ[key.strip()] = self.expand(value.strip())
            return None
        raise MagicError(
            "%%%s needs IPython, which this step's Python does not have. Install it" % name
        )

    async def cell(self, name: str, text: str, body: str) -> Any:
        """Run a cell magic."""
        if name in SHELLS:
            return self._run(shlex.split(text) if name == "script" else [name], body, False)  # noqa: FBT003
        if name == "writefile":
            *options, path = shlex.split(self.expand(text))
            with open(path, "a" if "-a" in options else "w", encoding="utf-8") as file:
                file.write(body)
            print("Writing", path)
        elif name == "time":
            start = time.time()
            await self.cells.execute(self.cells.cell, "\n" + body)
            print("Wall time: %.3g s" % (time.time() - start))
        elif name == "capture":
            await self._capture(text.split(), body)
        else:
            raise MagicError(
                "%%%%%s needs IPython, which this step's Python does not have. Install it" % name
            )
        return None

    async def _capture(self, words: List[str], body: str) -> None:
        text = io.StringIO()
        recorder = self.cells.recorder
        cell, recorder.cell = recorder.cell, None
        try:
            with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
                await self.cells.execute(self.cells.cell, "\n" + body)
        finally:
            recorder.cell = cell
        if words:
            self.cells.namespace[words[-1]] = text.getvalue()
