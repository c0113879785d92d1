"""What code may change around the namespace: settings of libraries and of the process, by name.

A later step has a process of its own, so a change that the code doesn't show would be lost. What
libraries change by the way, such as filters of their own warnings, is left out.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Callable, Dict

from .modules import OWN
from .settings import get_setting

# Settings of matplotlib that are made when it draws for the first time.
_LAZY = ("backend", "interactive", "toolbar", "webagg.", "keymap.")
_signal: Any = importlib.import_module("_signal")  # to import `signal` takes longer
# Others are set by whoever runs cells.
_SIGNALS = [
    getattr(_signal, name)
    for name in ("SIGALRM", "SIGHUP", "SIGPIPE", "SIGTERM", "SIGUSR1", "SIGUSR2")
    if hasattr(_signal, name)
]


def look() -> Dict[str, Any]:
    """Return the settings as they are now; a library that isn't imported has none."""
    return {name: read() for name, read in _READ.items()}


def changed(before: Dict[str, Any], after: Dict[str, Any]) -> Any:
    """Return the names of what is another now than it was, where it was known."""
    return sorted(
        name for name, was in before.items() if was is not None and not _same(was, after[name])
    )


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # arrays in a setting
        return repr(one) == repr(other)


def _sys() -> Any:
    own = tuple(path for path in sys.path if not path.startswith(OWN))
    return own, sys.getrecursionlimit()


def _matplotlib() -> Any:
    settings = getattr(sys.modules.get("matplotlib"), "rcParams", None)
    if not isinstance(settings, dict):
        return None
    return {
        key: tuple(item) if type(item) is list else item
        for key, item in dict.items(settings)
        if not key.startswith(_LAZY)
    }


def _numpy() -> Any:
    return get_setting("@state.numpy") if hasattr(sys.modules.get("numpy"), "geterr") else None


def _pandas() -> Any:
    library: Any = sys.modules.get("pandas._config.config")
    return repr(getattr(library, "_global_config", None)) if library else None


def _decimal() -> Any:
    library: Any = sys.modules.get("decimal")
    if library is None:
        return None
    now = library.getcontext()
    numbers = now.prec, now.rounding, now.Emin, now.Emax, now.capitals, now.clamp
    return numbers, [signal for signal, trapped in now.traps.items() if trapped]


def _locale() -> Any:
    return get_setting("@state.locale")


def _logging() -> Any:
    library: Any = sys.modules.get("logging")
    if library is None:
        return None
    known = {
        name: logger
        for name, logger in library.Logger.manager.loggerDict.items()
        if isinstance(logger, library.Logger) and _is_own(name)
    }
    found = {
        name: (logger.level, logger.disabled, logger.propagate, *_outlets(logger))
        for name, logger in {**known, "": library.root}.items()
    }
    plain: Any = (0, False, True, [], [])  # as a logger is that was only asked for
    own = {name: state for name, state in found.items() if state != plain}
    return own, library.root.manager.disable


def _is_own(name: str) -> bool:
    """Return whether a logger is not that of a library, which sets it up where it is imported."""
    module = sys.modules.get(name.partition(".")[0])
    path = getattr(module, "__file__", None) or ""
    return not path.startswith(OWN)


def _outlets(logger: Any) -> Any:
    """Return what tells of handlers and filters; a plain one is there after the first message."""
    kinds = [type(handler) for handler in logger.handlers]
    own = ("logging", "logging.handlers", "__main__")
    outlets = [
        (kind.__name__, handler.level)
        for kind, handler in zip(kinds, logger.handlers)
        if kind.__module__ in own and kind.__name__ not in ("StreamHandler", "NullHandler")
    ]
    return outlets, [type(item).__name__ for item in logger.filters]


def _signals() -> Any:
    return [_signal.getsignal(number) for number in _SIGNALS]


def _warnings() -> Any:
    """Return the filters that hold for all modules and for Python's own kinds of warnings."""
    library: Any = sys.modules.get("warnings")
    if library is None:
        return None
    return [
        (action, kind.__name__)
        for action, message, kind, module, _ in library.filters
        if message is None and module is None and kind.__module__ == "builtins"
    ]


def _streams() -> Any:
    return id(sys.stdout), id(sys.stderr)


_READ: Dict[str, Callable[[], Any]] = {
    "umask": lambda: get_setting("@state.umask"),
    "sys": _sys,
    "matplotlib": _matplotlib,
    "numpy": _numpy,
    "pandas": _pandas,
    "decimal": _decimal,
    "locale": _locale,
    "logging": _logging,
    "signals": _signals,
    "warnings": _warnings,
    "streams": _streams,
}
