"""Reports what a step really did: which values it changed, which files it used. Others judge."""

from __future__ import annotations

import os
import re
import reprlib
import sys
import types
import zlib
from functools import partial
from typing import Any, Dict, Iterable, List, Mapping, Tuple

from . import generators, process
from .audit import Audit
from .container import Loader, Piece
from .effects import Effects
from .files import Files
from .fingerprint import Fingerprint
from .local_modules import LocalModules
from .modules import MODULES
from .namespace import guard_of
from .order import Order
from .sources import last_binding
from .watch import Watched, find_shared

# IPython's own names
HIDDEN = re.compile(
    r"__.*__|_i*\d*|_i?i?i|__|___|_[iod]h|_exit_code|In|Out|exit|quit|get_ipython|open|display"
)
NOTHING: Dict[str, Piece] = {}
# Libraries set these when they are imported.
OWN_ENVIRONMENT = ("KMP_", "NBDAG_", "COLUMNS", "LINES")


class Guard:
    """Compares the namespace before the cells with what it is after them."""

    def __init__(self, order: Order, namespace: Any, folder: str) -> None:
        self.order, self.namespace = order, namespace
        self.report: Dict[str, Any] = {"loaded": dict(order.inputs)}
        if not MODULES.last:
            MODULES.settle()
        self.audit, self.finished = Audit(), False
        self.after: Any = None
        kept = (os.environ.get("NBDAG_VALUES") or folder, folder)
        self.files = Files(self.audit, *kept)
        self.effects = Effects(self.audit, self.files.root, *kept)
        self.start: Dict[str, Any] = {}
        self.watched: List[Tuple[str, Watched]] = []
        self.environ: Dict[str, str] = {}
        self.cwd = os.getcwd()
        self.modules = LocalModules(self.files.root)
        self.settings: Dict[str, Any] = {}
        self.random = generators.snapshot()

    def begin(self) -> None:
        """Remember how all is before the first cell."""
        self.start = self.variables()
        for name, value in self.start.items():
            if not isinstance(value, types.ModuleType):
                reload = partial(self._reload, name) if name in self.order.inputs else None
                self.watched.append((name, Watched(value, self.namespace, reload)))
        self.random = generators.snapshot()
        self.environ, self.cwd = _environment(), os.getcwd()
        self.settings = process.look()
        self.modules.begin()

    def _reload(self, name: str) -> Any:
        """Return an input as it was saved; its classes are others than those of the step."""
        folder = os.environ.get("NBDAG_VALUES", "")
        return Loader(folder, {"__name__": "__main__"}).load({name: self.order.inputs[name]})[name]

    def variables(self) -> Dict[str, Any]:
        """Return what the notebook's code has bound."""
        return {
            name: value
            for name, value in dict.items(self.namespace)
            if isinstance(name, str)
            and name[:1] != "@"
            and not (HIDDEN.fullmatch(name) and name not in self.order.outputs)
        }

    def missed(self) -> List[str]:
        """Return the guarded names that were read; the notebook may have hidden the error."""
        guard = guard_of(self.namespace)
        return list(dict.fromkeys(guard.missed)) if guard else []

    def end(self) -> None:
        """Remember how all is after the last cell: to pickle a value may run code of its own."""
        if self.after is None:
            self.audit.end()
            self.files.end()
            modules, settings = self.modules.changed(), process.look()
            self.after = generators.snapshot(), _environment(), os.getcwd(), modules, settings

    def finish(self, pickled: Mapping[str, Piece] = NOTHING) -> None:
        """Complete the report, once; *pickled* are variables that are pickled already."""
        if self.finished:
            return
        self.finished = True
        self.end()
        states, environ, cwd, modules, settings = self.after
        now = self.variables()
        changed = [name for name, watched in self.watched if watched.has_changed()]
        bound = [
            name for name in now if name not in self.start or now[name] is not self.start[name]
        ]
        deleted = [name for name in self.start if name not in now]
        known = {name: watched.probe for name, watched in self.watched if watched.probe}
        known.update((name, piece.pickler) for name, piece in pickled.items())
        pyplot: Any = sys.modules.get("matplotlib.pyplot")
        random = generators.changed(self.random, states)
        self.report.update(
            changed=changed,
            bound=bound,
            deleted=deleted,
            missed=self.missed(),
            shared=find_shared(now, self.namespace, known),
            random=random,
            modules=modules,
            figures=bool(pyplot and pyplot.get_fignums()),
            states={kind: [_check(self.random.get(kind)), _check(states[kind])] for kind in random},
            environ=environ != self.environ,
            cwd=cwd != self.cwd,
            settings=process.changed(self.settings, settings),
            reads=sorted(self.files.reads),
            writes=sorted(self.files.writes),
            made=sorted(self.files.made),
            looks=sorted(self.files.looks - self.files.reads - self.files.writes),
            lines=self._lines(changed + bound + deleted),
            **self.effects.report(),
        )
        if self.order.fingerprint:
            self.report["values"] = {
                name: _describe(value) for name, value in now.items() if _counts(name, value)
            }

    def saved(self, saved: Dict[str, Any]) -> None:
        """Note what the container holds and lacks."""
        self.report.update((key, saved[key]) for key in ("absent", "skipped", "unordered"))

    def others(self) -> List[str]:
        """Return the variables that the step has bound or changed and that no later step needs."""
        names = {*self.report["bound"], *self.report["changed"]}.difference(self.order.outputs)
        return [
            name
            for name, value in self.variables().items()
            if name in names and not isinstance(value, types.ModuleType)
        ]

    def _lines(self, names: Iterable[str]) -> Dict[str, List[Any]]:
        found = {name: list(last_binding(self.order.cells, name)) for name in names}
        return {name: place for name, place in found.items() if place[0] is not None}


def _check(state: Any) -> int:
    """Return a checksum of a generator's state, 0 where there was none."""
    return zlib.crc32(state.encode()) if state else 0


def _environment() -> Dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(OWN_ENVIRONMENT)
    }


def _counts(name: str, value: Any) -> bool:
    """Return whether two runs are compared by that variable."""
    return not name.startswith("_") and not isinstance(value, types.ModuleType)


def _describe(value: Any) -> Dict[str, str]:
    try:
        exact = type(value) in (list, tuple, dict, set, frozenset, str, bytes)
        preview = (reprlib.repr if exact else repr)(value)
    except Exception as error:
        preview = "<%s>" % error
    return {"hash": Fingerprint(value).hash, "type": type(value).__name__, "preview": preview[:200]}
