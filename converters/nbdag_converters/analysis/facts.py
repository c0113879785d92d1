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

    `mode` is `r`, `w` or `rw`, or `m` for a module that is imported by that name.
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


@dataclass
class Effects:
    """What a piece of code does to names outside of it; filled by a `Visitor`."""

    reads: dict[str, ast.AST] = field(default_factory=dict[str, ast.AST])
    late: dict[str, None] = field(default_factory=dict[str, None])
    binds: dict[str, ast.AST | None] = field(default_factory=dict[str, "ast.AST | None"])
    bound: set[str] = field(default_factory=set[str])  # certainly, so far
    deletes: dict[str, None] = field(default_factory=dict[str, None])
    changes: dict[str, int] = field(default_factory=dict[str, int])
    inner_changes: dict[str, int] = field(default_factory=dict[str, int])  # bound before, here
    aliases: list[Alias] = field(default_factory=list[Alias])
    random: list[RandomUse] = field(default_factory=list[RandomUse])
    setup: list[str] = field(default_factory=list[str])
    files: list[FileUse] = field(default_factory=list[FileUse])
    captured: dict[str, None] = field(default_factory=dict[str, None])
    escaping: set[str] = field(default_factory=set[str])  # functions used other than by calling
    flags: set[Flag] = field(default_factory=set[Flag])


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A top-level statement and what it does.

    `index` counts statements in notebook order; `cell`, `line`, `end_line` count from 1. `source`
    is the text as written. `reads` maps names that are read before the statement binds them to
    (line, column, end column). `late` are globals that functions read when this statement calls
    them or hands them on. `binds` are bound for sure, `may_bind` perhaps. `changes` maps names
    whose object is changed in place to how sure that is. `captured` are functions, classes and
    their globals that the bound or changed values may carry inside. `loop` says of a `for` whether
    its iterations may run at once.
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
