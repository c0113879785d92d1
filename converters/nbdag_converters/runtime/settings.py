"""Settings of the process and of libraries that travel from step to step, as `@state.NAME`.

Where a statement that sets them can't be run again, its step saves how they are at its end.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Dict, Tuple

PREFIX = "@state."


def get_setting(name: str) -> Any:
    """Return the settings that *name* stands for, None where their library is not in use."""
    return _SETTINGS[name[len(PREFIX) :]][0]()


def set_setting(name: str, value: Any) -> None:
    """Set what `get_setting` returned."""
    _SETTINGS[name[len(PREFIX) :]][1](value)


def _get_environ() -> Any:
    own = ("NBDAG_", "PYTHONHASHSEED")
    return {key: value for key, value in os.environ.items() if not key.startswith(own)}


def _set_environ(value: Any) -> None:
    for key in set(_get_environ()) - set(value):
        del os.environ[key]
    os.environ.update(value)


def _get_umask() -> Any:
    value = os.umask(0o77)
    os.umask(value)
    return value


def _set_umask(value: Any) -> None:
    os.umask(value)


def _get_warnings() -> Any:
    import warnings

    return list(warnings.filters)


def _set_warnings(value: Any) -> None:
    import warnings

    warnings.filters[:] = value  # type: ignore[index]
    getattr(warnings, "_filters_mutated", lambda: None)()  # it keeps what it has worked out


def _get_sys() -> Any:
    return sys.path[:], sys.argv[:], sys.getrecursionlimit()


def _set_sys(value: Any) -> None:
    sys.path[:], sys.argv[:] = value[0], value[1]
    sys.setrecursionlimit(value[2])


def _get_matplotlib() -> Any:
    library = sys.modules.get("matplotlib")
    return None if library is None else dict(library.rcParams)


def _set_matplotlib(value: Any) -> None:
    import warnings

    import matplotlib

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated settings among them
        matplotlib.rcParams.update(value)


def _get_numpy() -> Any:
    numpy = sys.modules.get("numpy")
    return None if numpy is None else (numpy.get_printoptions(), numpy.geterr())


def _set_numpy(value: Any) -> None:
    import numpy

    known = {key: item for key, item in value[0].items() if key != "override_repr"}
    numpy.set_printoptions(**known)
    numpy.seterr(**value[1])


def _get_pandas() -> Any:
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return None
    names = _pandas_options(pandas.options, "")
    return {name: pandas.get_option(name) for name in names}


def _pandas_options(options: Any, prefix: str) -> Any:
    for name in dir(options):
        inner = getattr(options, name, None)
        if type(inner).__name__ == "DictWrapper":
            yield from _pandas_options(inner, prefix + name + ".")
        else:
            yield prefix + name


def _set_pandas(value: Any) -> None:
    import warnings

    import pandas

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, item in value.items():
            if pandas.get_option(name) != item:
                pandas.set_option(name, item)


def _get_decimal() -> Any:
    decimal = sys.modules.get("decimal")
    return None if decimal is None else decimal.getcontext().copy()


def _set_decimal(value: Any) -> None:
    import decimal

    decimal.setcontext(value)


def _get_locale() -> Any:
    locale = sys.modules.get("locale")
    return None if locale is None else locale.setlocale(locale.LC_ALL)


def _set_locale(value: Any) -> None:
    import locale

    locale.setlocale(locale.LC_ALL, value)


_SETTINGS: Dict[str, Tuple[Callable[[], Any], Callable[[Any], None]]] = {
    "environ": (_get_environ, _set_environ),
    "cwd": (os.getcwd, os.chdir),
    "umask": (_get_umask, _set_umask),
    "warnings": (_get_warnings, _set_warnings),
    "sys": (_get_sys, _set_sys),
    "matplotlib": (_get_matplotlib, _set_matplotlib),
    "numpy": (_get_numpy, _set_numpy),
    "pandas": (_get_pandas, _set_pandas),
    "decimal": (_get_decimal, _set_decimal),
    "locale": (_get_locale, _set_locale),
}
