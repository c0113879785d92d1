"""Magic: one use of a magic or a shell line in a cell, and what it does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .arguments import (
    assigned_by_options,
    installed_packages,
    interpolated,
    words_that_are_names,
)
from .known import Effect, Known, known_magic

# Line magics whose argument is a variable's name.
NAMING = frozenset({"pinfo", "pinfo2", "pdoc", "pdef", "psource", "pfile", "page", "pycat"})
SHELL_CELLS = frozenset({"!", "sx", "system"})


@dataclass(frozen=True, slots=True)
class Magic:
    """A magic or shell line, at `line` to `end_line` of its cell, from 1.

    `name` is without `%`; `!` and `!!` are shell lines. `assigns` are variables that it sets,
    `reads` are those that it names and that IPython puts in, which may be more than there are.
    `writes` are files, `packages` what it installs.
    """

    name: str
    argument: str
    line: int
    end_line: int
    cell_magic: bool = False
    body: str | None = None
    effect: Effect = "unknown"
    assigns: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    packages: tuple[str, ...] | None = None

    @property
    def setup(self) -> bool:
        """Return whether it changes the process or IPython and sets no variable."""
        return self.effect == "setup"


def line_magic(
    name: str, argument: str, lines: tuple[int, int], *, assigns: tuple[str, ...] = ()
) -> Magic:
    """Return a line magic, or a shell line when *name* is `!` or `!!`."""
    known = known_magic("!" if name == "!!" else name, cell_magic=False)
    reads = interpolated(argument) if known.expands else ()
    if known.effect == "unknown" or name in NAMING:
        reads = (*reads, *words_that_are_names(argument))
    return Magic(
        name=name,
        argument=argument,
        line=lines[0],
        end_line=lines[1],
        effect=known.effect,
        assigns=(*assigns, *assigned_by_options(argument, known.assigning)),
        reads=tuple(dict.fromkeys(reads)),
        packages=packages_of(known, name, argument),
    )


def cell_magic(name: str, argument: str, body: str, lines: tuple[int, int]) -> Magic:
    """Return a cell magic; *body* is the cell below its line."""
    known = known_magic(name, cell_magic=True)
    reads = interpolated(argument) if known.expands else ()
    if name in SHELL_CELLS:
        reads = (*reads, *interpolated(body))
    assigns = assigned_by_options(argument, known.assigning)
    if name == "capture":
        assigns = tuple(word for word in argument.split() if word.isidentifier())[:1]
    writes = (file_of(argument),) if known.effect == "write" else ()
    return Magic(
        name=name,
        argument=argument,
        line=lines[0],
        end_line=lines[1],
        cell_magic=True,
        body=body,
        effect=known.effect,
        assigns=assigns,
        reads=tuple(dict.fromkeys(reads)),
        writes=writes,
        packages=installed_packages(body) if known.effect == "process" else None,
    )


def packages_of(known: Known, name: str, argument: str) -> tuple[str, ...] | None:
    """Return the packages that a line magic or shell line installs, `None` if it doesn't."""
    if known.effect == "install":
        return installed_packages(f"{name} {argument}")
    return installed_packages(argument) if known.effect == "process" else None


def file_of(argument: str) -> str:
    """Return the file that `%%writefile` writes."""
    return re.sub(r"^(-a|--append)\s+", "", argument.strip()).strip("\"'")
