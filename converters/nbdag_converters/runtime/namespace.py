"""The namespace of a step, which guards names that an earlier step sets and that were not given.

`LOAD_NAME` and `LOAD_GLOBAL` look in the namespace, then in its `__builtins__`. Both are dicts with
`__missing__`: a class's body looks only at the second, `globals()["x"]` only at the first. The
first one's `__missing__` is a method written in C, so that finding a builtin costs no Python call.
"""

from __future__ import annotations

import builtins
import sys
import types
from typing import Any, Iterable, List

MESSAGE = (
    "step '%s' reads '%s', which an earlier step sets, but analysis did not see it. "
    "Write `%s` by name in this cell, or tag it `prev:…` with that step's name"
)


class MissedNameError(BaseException):
    """Not an Exception, so that the notebook's own `except Exception` does not hide it."""

    def __init__(self, step: str, name: str) -> None:
        super().__init__(MESSAGE % (step, name, name))
        self.name = name


class Builtins(dict):  # type: ignore[type-arg]
    """The builtins without the guarded names; it records in `missed` which of them are read."""

    def __init__(self, step: str, before: Iterable[str]) -> None:
        super().__init__(vars(builtins))
        self.step, self.before = step, set(before)
        self.missed: List[str] = []
        self.guarding = True
        self.refresh()

    def refresh(self) -> None:
        """Take over what a cell has changed in the module `builtins`."""
        self.update(vars(builtins))
        for name in self.before:
            self.pop(name, None)

    def ask(self, name: Any, depth: int = 2) -> None:
        """Raise if *name* is guarded, unless it is IPython that looks, say to inspect."""
        if self.guarding and name in self.before:
            caller = dict.get(sys._getframe(depth).f_globals, "__name__")  # pyright: ignore[reportPrivateUsage]
            if not str(caller).startswith("IPython."):
                self.missed.append(name)
                raise MissedNameError(self.step, name)

    def __missing__(self, name: Any) -> Any:
        self.ask(name)
        if name in self.before:
            raise KeyError(name)
        return vars(builtins)[name]

    def __getattr__(self, name: str) -> Any:
        return getattr(builtins, name)


class Names(dict):  # type: ignore[type-arg]
    """A namespace with guarded names; `make_main` gives it its `__missing__`."""

    guard: Builtins

    def __contains__(self, name: Any) -> bool:
        found = dict.__contains__(self, name)
        if not found:
            self.guard.ask(name)
        return found

    def get(self, name: Any, default: Any = None) -> Any:
        """Return the value of *name*, or *default*."""
        if not dict.__contains__(self, name):
            self.guard.ask(name)
        return dict.get(self, name, default)

    def copy(self) -> Any:
        """Return a copy that is guarded too: pandas looks up `@x` of a query in one."""
        made = type(self)()
        made.update(self)
        return made

    def __delitem__(self, name: Any) -> None:
        if not dict.__contains__(self, name):
            self.guard.ask(name)
        dict.__delitem__(self, name)
        self.guard.before.discard(name)  # from now on a NameError is the notebook's own


class _Main(types.ModuleType):
    """A module whose `__dict__` is a namespace of ours."""

    names: Any

    @property
    def __dict__(self) -> Any:
        return type(self).names

    @__dict__.setter
    def __dict__(self, value: Any) -> None:
        pass  # IPython sets it to what it is

    def __getattr__(self, name: str) -> Any:
        try:
            return type(self).names[name]
        except KeyError:
            raise AttributeError("module '__main__' has no attribute %r" % name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        type(self).names[name] = value

    def __delattr__(self, name: str) -> None:
        del type(self).names[name]


def make_main(step: str, before: Iterable[str]) -> Any:
    """Return a fresh module `__main__`; its `__dict__` guards the names in *before*."""
    before = list(before)
    if not before:
        main = types.ModuleType("__main__")
        main.__dict__["__builtins__"] = builtins
        return main
    guard = Builtins(step, before)
    names = type("Names", (Names,), {"__missing__": guard.__getitem__, "guard": guard})()
    names.update(types.ModuleType("__main__").__dict__, __builtins__=guard)
    return type("module", (_Main,), {"names": names})("__main__")


def guard_of(namespace: Any) -> Any:
    """Return the Builtins that guard *namespace*, or None if nothing is guarded."""
    return getattr(namespace, "guard", None)
