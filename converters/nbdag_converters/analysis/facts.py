"""Facts about a statement, as dataflow reads them, and the accumulator that gathers them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from .loops import Carried, Parallel

#: How sure it is that an object changes in place; from LIKELY on it counts as changed.
POSSIBLE, LIKELY, KNOWN, CERTAIN = 1, 2, 3, 4

StatementKind: TypeAlias = Literal[
    "import", "star", "definition", "constant", "setup", "data", "nothing"
]
Flag: TypeAlias = Literal[
    "reads-all",  # may read any name: globals(), eval of computed text
    "binds-any",  # may bind or change any name: exec, %run
    "history",  # uses In, Out, _3 …: they count executions, which a DAG hasn't
    "identity",  # compares identities: `is`, id()
    "unknown-magic",
    "clock",  # reads the clock, the process, or fresh entropy
]


@dataclass(frozen=True, slots=True)
class Alias:
    """After the statement *target* and *source* may share an object that can change."""

    target: str
    source: str


@dataclass(frozen=True, slots=True)
class FileUse:
    """A path relative to the notebook, or absolute; a last `*` stands for an unknown rest.

    `mode` is `r`, `w` or `rw`, or `m` for a module that is imported by that name; `wd` makes a
    folder and those above it.
    """

    mode: str
    path: str


@dataclass(frozen=True, slots=True)
class RandomUse:
    """A global generator (`random`, `numpy`, `torch`, `tensorflow`) is seeded or drawn from.

    `constant`: the seed does not depend on data. Not `sure`: the model that is fitted may be one
    that draws; it matters only where the generator was seeded.
    """

    generator: str
    action: Literal["seed", "draw"]
    constant: bool = False
    sure: bool = True


class Effects:
    """What a piece of code does to names outside of it; filled by a `Visitor`.

    It is no dataclass, as thousands are made, and factories of fields are slow.
    """

    def __init__(self) -> None:
        self.reads: dict[str, ast.expr] = {}
        self.late: dict[str, None] = {}
        self.binds: dict[str, ast.AST | None] = {}
        self.bound: set[str] = set()  # certainly, so far
        self.deletes: dict[str, None] = {}
        self.changes: dict[str, int] = {}
        self.inner_changes: dict[str, int] = {}  # of what was bound before, here
        self.aliases: list[Alias] = []
        self.random: list[RandomUse] = []
        self.setup: list[str] = []
        self.files: list[FileUse] = []
        self.captured: dict[str, None] = {}
        self.escaping: set[str] = set()  # functions used other than by calling
        self.flags: set[Flag] = set()


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A top-level statement and what it does.

    `index` counts statements in notebook order; `cell`, `line`, `end_line` count from 1. `source`
    is the text as written. `reads` maps names that are read before the statement binds them to
    (line, column, end column). `late` are globals that functions read when this statement calls
    them or hands them on. `binds` are bound for sure, `may_bind` perhaps. `changes` maps names
    whose object is changed in place to how sure that is. `captured` are functions, classes and
    their globals that the bound or changed values may carry inside. `loop` says of a `for`, in a
    cell that is to fan out, whether its iterations may run at once.
    """

    index: int
    cell: int
    line: int
    end_line: int
    source: str
    node: ast.stmt
    kind: StatementKind
    reads: Mapping[str, tuple[int, int, int]] = field(
        default_factory=dict[str, tuple[int, int, int]]
    )
    late: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    may_bind: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict[str, int])
    aliases: tuple[Alias, ...] = ()
    random: tuple[RandomUse, ...] = ()
    setup: tuple[str, ...] = ()
    files: tuple[FileUse, ...] = ()
    captured: tuple[str, ...] = ()
    flags: frozenset[Flag] = frozenset()
    displays: bool = False
    loop: Parallel | Carried | None = None
