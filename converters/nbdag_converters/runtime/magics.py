"""The part of IPython's syntax that needs no IPython: `!command`, and a few magics.

What would be another thing than IPython's is refused.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import string
import subprocess
import sys
import time
from typing import Any, Generator, Iterator, List

NAME = "__nbdag__"
NOTHING = ("matplotlib", "config", "autosave")  # they only set how things are shown
SHELLS = ("bash", "sh", "script")
CELL = re.compile(r"\s*%%(\w+)[ \t]*(.*)\n?([\s\S]*)")
LINE = re.compile(r"(\s*)(?:([\w.,\[\]'\" ]+?)\s*=\s*)?(!!?|%)([^%!\s].*|\s+\S.*)")
DOLLAR = re.compile(r"\$(\$?[\w.]+)(?=(?:[^']*'[^']*')*[^']*$)")  # not between single quotes
FILE = re.compile(r"(-a )?\s*([^\s'\"-]\S*|'[^']+'|\"[^\"]+\")\s*")


class MagicError(Exception):
    """Something that only IPython has."""


def needs_ipython(what: str) -> MagicError:
    """Return the error of what only IPython has."""
    message = "%s needs IPython, which this step's Python does not have. Use an image with it"
    return MagicError(message % what)


def translate(source: str) -> str:
    """Return *source* with magics and shell lines as calls of `Magics`, each on its line.

    Those lines are ones that Python can't read; a line of a text is none.
    """
    found = CELL.match(source)
    if found:
        return "await %s.cell(%r, %r, %r)" % (NAME, *found.groups())
    lines = source.split("\n")
    at = _unread(lines)
    while 0 <= at < len(lines) and _translate_line(lines, at):
        at = _unread(lines)
    return "\n".join(lines)


def _unread(lines: List[str]) -> int:
    """Return the index of a line that Python can't read, -1 if there is none."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return (error.lineno or 0) - 1
    return -1


def _translate_line(lines: List[str], at: int) -> bool:
    """Translate a line and those that continue it; return whether it is one of IPython's."""
    end, whole = at, lines[at]
    while whole.endswith("\\") and end + 1 < len(lines):
        end += 1
        whole = whole[:-1] + lines[end]
    found = LINE.fullmatch(whole)
    if not found:
        return False
    indent, target, mark, rest = found.groups()
    name, _, text = rest.strip().partition(" ")
    if mark != "%":
        call = "%s.shell(%r, %r)" % (NAME, rest, bool(target) or mark == "!!")
    elif name == "time":
        call = "await %s.time(%r)" % (NAME, text)
    else:
        call = "%s.line(%r, %r)" % (NAME, name, text)
    lines[at : end + 1] = [indent + (target + " = " if target else "") + call] + [""] * (end - at)
    return True


def expand(text: str, names: Any, local: Any) -> str:
    """Return *text* with `{expression}` and `$name` replaced; as it is where one can't be."""
    try:
        return "".join(_parts(text, names, local))
    except Exception:
        return text


def _parts(text: str, names: Any, local: Any) -> Iterator[str]:
    for literal, field, spec, conversion in string.Formatter().parse(text):
        at = 0
        for found in DOLLAR.finditer(literal):
            yield literal[at : found.start()]
            name, at = found.group(1), found.end()
            yield name if name[0] == "$" else format(eval(name, names, local))  # noqa: S307
        yield literal[at:]
        if field is not None:
            value = eval(field + ":" + spec if spec else field, names, local)  # noqa: S307
            yield format(string.Formatter().convert_field(value, conversion))


class Magics:
    """What translated cells call; `cells` runs them."""

    def __init__(self, cells: Any) -> None:
        self.cells = cells

    def expand(self, text: str) -> str:
        """Return *text* with what it names replaced, as the code sees it that has the magic."""
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
        return expand(text, self.cells.namespace, frame.f_locals)

    def shell(self, command: str, captured: bool) -> Any:  # noqa: FBT001
        """Run *command*; return its lines where the cell takes them, else show them."""
        with subprocess.Popen(  # noqa: S603
            [os.environ.get("SHELL", "/bin/sh"), "-c", self.expand(command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            output: Any = process.stdout
            if captured:
                return output.read().splitlines()
            for line in output:
                sys.stdout.write(line)
        self.cells.namespace["_exit_code"] = process.returncode
        return None

    def line(self, name: str, text: str) -> Any:
        """Run a line magic."""
        if name in NOTHING:
            return None
        text = self.expand(text).strip()
        if name == "cd" and not text.startswith(("-", "'", '"')):
            os.chdir(os.path.expanduser(text or "~"))
            print(os.getcwd())
            return None
        if name in ("env", "set_env") and text:
            key, *values = (part.strip() for part in text.split("=" if "=" in text else " ", 1))
            if values:
                os.environ[key] = values[0]
                print("env: %s=%s" % (key, values[0]))
                return None
            if name == "env" and key in os.environ:
                return os.environ[key]
        raise needs_ipython("%" + (name + " " + text).strip())

    async def time(self, text: str) -> Any:
        """Run a statement, and tell how long it took."""
        with _timed():
            return await self.cells.evaluate(text)

    async def cell(self, name: str, text: str, body: str) -> None:
        """Run a cell magic."""
        text = self.expand(text)
        if name in SHELLS and "-" not in text and (name == "script") == bool(text):
            self._script(shlex.split(text) or [name], body)
        elif name == "writefile" and FILE.fullmatch(text) and body:
            appended, path = text.startswith("-a "), shlex.split(text)[-1]
            _write(os.path.expanduser(path), _with_end(body), appended)
        elif name == "time" and not text:
            with _timed():
                await self.cells.execute(self.cells.cell, "\n" + body)
        elif name == "capture" and not text:
            await self._unseen(body)
        else:
            raise needs_ipython("%%" + (name + " " + text).strip())

    def _script(self, command: List[str], body: str) -> None:
        done = subprocess.run(  # noqa: S603
            command,
            check=False,
            input=_with_end(body),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        sys.stdout.write(done.stdout)
        sys.stderr.write(done.stderr)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, _with_end(body))

    async def _unseen(self, body: str) -> None:
        recorder, text = self.cells.recorder, io.StringIO()
        cell, recorder.cell = recorder.cell, None
        try:
            with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
                await self.cells.execute(self.cells.cell, "\n" + body)
        finally:
            recorder.cell = cell


def _with_end(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _write(path: str, text: str, appended: bool) -> None:  # noqa: FBT001
    is_there = os.path.exists(path)
    print(("Appending to" if appended else "Overwriting") if is_there else "Writing", path)
    with open(path, "a" if appended else "w", encoding="utf-8") as file:
        file.write(text)


@contextlib.contextmanager
def _timed() -> Generator[None, None, None]:
    before, start = os.times(), time.time()
    yield
    after, took = os.times(), time.time() - start
    spent = after.user - before.user, after.system - before.system
    print("CPU times: user %.3g s, sys: %.3g s, total: %.3g s" % (*spent, sum(spent)))
    print("Wall time: %.3g s" % took)
