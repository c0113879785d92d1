"""What each of IPython's magics does to the notebook: the table, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from nbdag_converters.rules import Rule, travel

Effect: TypeAlias = Literal[
    "setup",  # changes the process or IPython, sets no variable
    "show",  # displays something, changes nothing
    "look",  # displays files
    "python",  # runs Python in the notebook's namespace
    "timed",  # runs Python in a namespace of its own
    "process",  # runs another program
    "write",  # writes its body to a file
    "install",  # installs packages
    "pylab",  # imports all of pylab
    "refused",  # can't be part of a pipeline
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Known:
    """A magic: `options` are the one-letter options that take a value.

    `assigning` are the options whose value is a variable's name. `expands` says whether IPython
    puts variables in for `{name}` and `$name` in its line.
    """

    effect: Effect
    options: str = ""
    assigning: tuple[str, ...] = ()
    expands: bool = True
    rule: Rule | None = None


def table(**groups: tuple[Known, str]) -> dict[str, Known]:
    """Return the magics by name; a group is what its magics do, and their names."""
    return {name: known for known, names in groups.values() for name in names.split()}


LINE_MAGICS = table(
    setup=(
        Known("setup"),
        "alias aimport autoawait autocall automagic autoreload bookmark cd colors config "
        "doctest_mode env gui load_ext matplotlib popd pprint precision pushd rehashx reload_ext "
        "set_env unalias unload_ext xmode alias_magic logging_level",
    ),
    show=(
        Known("show"),
        "dhist dirs lsmagic magic notebook page pastebin pdef "
        "pdoc pfile pinfo pinfo2 psearch psource pwd quickref tb guiref man "
        "connect_info qtconsole logon logoff logstart logstate logstop killbgscripts subshell",
    ),
    look=(Known("look"), "cat ldir less lf lk ll load loadpy ls lx more pycat"),
    time=(Known("python", expands=False), "time"),
    prun=(Known("python", options="DlsT", expands=False), "prun"),
    timeit=(Known("timed", options="nrpv", assigning=("-v",), expands=False), "timeit"),
    process=(Known("process"), "sx system ! cp mkdir mv rep rm rmdir sc"),
    install=(Known("install"), "pip conda mamba micromamba uv"),
    pylab=(Known("pylab"), "pylab"),
    store=(Known("refused", rule=travel.STORE), "store"),
    debug=(Known("refused", rule=travel.DEBUGGER), "debug pdb"),
    run=(Known("refused", rule=travel.RUN_FILE), "run"),
    reset=(Known("refused", rule=travel.RESET), "reset reset_selective xdel"),
    names=(Known("refused", rule=travel.ALL_NAMES), "who who_ls whos"),
    history=(
        Known("refused", rule=travel.HISTORY),
        "ed edit hist history macro recall rerun save",
    ),
)

CELL_MAGICS = table(
    time=(Known("python", expands=False), "time"),
    capture=(Known("python", expands=False), "capture"),
    prun=(Known("python", options="DlsT", expands=False), "prun"),
    timeit=(Known("timed", options="nrpv", assigning=("-v",), expands=False), "timeit"),
    process=(
        Known("process", assigning=("--out", "--err", "--proc")),
        "bash sh script perl ruby python python2 python3 pypy cmd",
    ),
    commands=(Known("process", assigning=("--out", "-o", "--out=")), "! sx system"),
    write=(Known("write"), "writefile file"),
    show=(Known("show"), "HTML SVG html javascript js latex markdown svg"),
    debug=(Known("refused", rule=travel.DEBUGGER), "debug"),
)

UNKNOWN = Known("unknown")
UNKNOWN_CELL = Known("refused", rule=travel.UNKNOWN_CELL_MAGIC)


def known_magic(name: str, *, cell_magic: bool) -> Known:
    """Return what the magic *name*, without its `%`, does."""
    if cell_magic:
        return CELL_MAGICS.get(name, UNKNOWN_CELL)
    return LINE_MAGICS.get(name, UNKNOWN)
