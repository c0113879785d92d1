"""Fingerprints of values: equal for equal values in any process.

They follow what pickle would save, so that caches that an object fills by the way don't count. An
object that is met again is told by when it was first met, so aliases and cycles are a part of the
value.
"""

from __future__ import annotations

import enum
import functools
import gc
import marshal
import pickle
import sys
import types
from typing import Any, Dict, Iterable, List

from .arrays import add_bytes, memory_of
from .atoms import SCALARS, is_atom
from .definitions import CACHED, NOT_STATE, is_importable, registered, signature
from .digest import blake2b
from .instances import has_hooks, reduce_instance

TREES = {list, dict}
# Their objects count how often they were asked, among the numbers of their state.
COUNTING = ("sklearn.neighbors._kd_tree", "sklearn.neighbors._ball_tree")
DEPTH = 50  # of plain containers that are read at once
BUDGET = 100_000  # objects of a value that are looked at one by one
# Only the type of these counts: they change when drawn, hold times or addresses, or can't be read.
OPAQUE = (
    "matplotlib",
    "seaborn",
    "plotly",
    "IPython",
    "nbdag_runtime",
    "threading",
    "_thread",
    "_io",
)


class Fingerprint:
    """Reads one value; `seen` are the objects in it that can change, arrays as their memory.

    With *contents* false only these objects are looked for, and no array is read.
    """

    def __init__(self, value: Any, *, contents: bool = True) -> None:
        self.contents = contents
        self.digest = blake2b(digest_size=16)
        self.seen: Dict[int, Any] = {}
        self.visited: Dict[int, int] = {}
        self.held: List[Any] = []  # so that no id is used twice
        self.budget = BUDGET
        try:
            self._add(value)
        except RecursionError:
            self._token("deep")
        self.hash = self.digest.hexdigest()

    def _token(self, *parts: Any) -> None:
        self.digest.update(repr(parts).encode("utf-8", "replace"))

    def _add(self, value: Any) -> None:
        kind = type(value)
        if kind in SCALARS:
            return self._token(kind.__name__, value)
        if kind in (types.FunctionType, types.MethodType) or isinstance(value, type):
            return self._definition(value)
        if is_atom(value):
            # A function by its name, as its text holds an address.
            told = getattr(value, "__qualname__", getattr(value, "pattern", value))
            return self._token(kind.__name__, told)
        if kind is type(CACHED):
            self._token(value.cache_info())
            return self._definition(value.__wrapped__)
        self.budget -= 1
        if self.budget < 0:
            return None
        if id(value) in self.visited and not _is(value, "numpy", "ndarray"):
            return self._token("again", self.visited[id(value)])
        if kind is not tuple and kind is not frozenset:
            self.visited[id(value)] = len(self.visited)
            self.seen[id(value)] = value
        self.held.append(value)
        self._token(kind.__module__, kind.__qualname__)
        return self._content(value, kind)

    def _content(self, value: Any, kind: Any) -> None:
        if kind in (list, tuple):
            self._items(value)
        elif kind is dict:
            self._items(value)
            self._items(list(value.values()))
        elif kind in (set, frozenset):
            parts = [Fingerprint(item) for item in value]
            for part in sorted(parts, key=lambda part: part.hash):
                self._token(part.hash)
                self.seen.update(part.seen)
        elif kind.__module__.partition(".")[0] == "pandas" and self._pandas(value):
            return
        elif _is(value, "numpy", "ndarray"):
            self._array(value)
        elif kind.__module__.partition(".")[0] in OPAQUE or _is_global_generator(value):
            self._token("opaque")
        else:
            self._object(value)

    def _items(self, items: Iterable[Any]) -> None:
        """Add items one after the other; where all are scalars, at the speed of C."""
        items = list(items)
        self._token(len(items))
        if set(map(type, items)) <= SCALARS:
            if self.contents:
                pickler = pickle.Pickler(_Sink(self.digest), 4)
                pickler.fast = True  # without a memo, so that equal strings may be one or two
                pickler.dump(items)
            return
        if self._is_tree(items):
            if self.contents:
                self.digest.update(marshal.dumps(items, 2))
            return
        for item in items:
            self._add(item)

    def _is_tree(self, items: List[Any]) -> bool:
        """Return whether *items* hold only plain containers, each once, and scalars; note these."""
        found: Dict[int, Any] = {}
        level: List[Any] = [items]
        for _ in range(DEPTH):
            parts = gc.get_referents(*level)
            kinds = set(map(type, parts)) - SCALARS
            if not kinds:
                break
            level = [part for part in parts if type(part) in TREES]
            fresh = dict(zip(map(id, level), level))
            if not kinds <= TREES or len(fresh) < len(level) or not found.keys().isdisjoint(fresh):
                return False
            found.update(fresh)
        else:
            return False
        if not self.visited.keys().isdisjoint(found):
            return False
        self.held.append(items)
        self.visited.update(zip(found, range(len(self.visited), len(self.visited) + len(found))))
        self.seen.update(found)
        return True

    def _array(self, value: Any) -> None:
        self._token(str(value.dtype), value.shape)
        self.seen.pop(id(value), None)
        memory = memory_of(value)
        self.seen[id(memory)] = memory
        self.held.append(memory)
        if value.dtype.hasobject:
            self._items(value.ravel().tolist())
        elif self.contents:
            self._bytes(value)
        if type(value).__name__ == "MaskedArray":
            self._add(value.mask)

    def _bytes(self, value: Any) -> None:
        numpy: Any = sys.modules["numpy"]
        turned = value.flags.f_contiguous and not value.flags.c_contiguous
        self._token(turned)
        data = (value.ravel("K") if turned else numpy.ascontiguousarray(value).reshape(-1)).view(
            "u1"
        )
        add_bytes(self.digest, data)

    def _pandas(self, value: Any) -> bool:
        """Add a frame, series, index or array of pandas; return False for anything else."""
        pandas: Any = sys.modules["pandas"]
        if isinstance(value, pandas.DataFrame):
            self._add(value.columns)
            self._add(value.index)
            for place in range(value.shape[1]):
                self._add(value.iloc[:, place].array)
        elif isinstance(value, pandas.Series):
            self._token(repr(value.name))
            self._add(value.index)
            self._add(value.array)
        elif isinstance(value, pandas.Index):
            self.seen.pop(id(value), None)
            self._token(repr(list(value.names)))
            self._token(repr(value)) if isinstance(value, pandas.RangeIndex) else self._extension(
                value
            )
        elif isinstance(value, pandas.api.extensions.ExtensionArray):
            self._extension(value)
        else:
            return False
        if getattr(value, "attrs", None):
            self._add(value.attrs)
        return True

    def _extension(self, value: Any) -> None:
        """Add the dtype and the items of an array; pandas hashes each faster than we could."""
        self.seen.pop(id(value), None)
        pandas: Any = sys.modules["pandas"]
        self._token(str(value.dtype), len(value), repr(getattr(value, "freq", None)))
        if str(value.dtype) == "category":
            self._token(value.dtype.ordered)
            self._add(value.dtype.categories)
        if value.dtype == object or type(value).__name__ in _WRAPPERS:
            plain = value.to_numpy()
            self._items(list(plain)) if plain.dtype == object else self._array(plain)
        elif isinstance(value, pandas.MultiIndex):
            self._items(value.tolist())
        elif self.contents:
            plain = getattr(value, "values", value)
            plain = value.to_numpy() if str(value.dtype) in _NUMBERS else plain
            if _is(plain, "numpy", "ndarray") and not plain.dtype.hasobject:
                self._bytes(plain)
            elif _is(plain, "numpy", "ndarray"):
                self._items(list(plain))
            else:
                self._bytes(pandas.util.hash_array(plain))

    def _definition(self, value: Any) -> None:
        """Add a function, a bound method or a class; the notebook's own by their code."""
        if isinstance(value, types.MethodType):
            self._add(value.__self__)
            return self._token("method", value.__func__.__qualname__)
        self._token(value.__qualname__)
        if is_importable(value) or value.__module__ == "builtins":
            return self._token(value.__module__)
        if id(value) in self.visited or (isinstance(value, type) and self.visited):
            return None  # an object's class is a variable of its own: here only its name counts
        self._token(signature(value))
        self.visited[id(value)] = len(self.visited)
        self.seen[id(value)] = value
        if isinstance(value, enum.EnumMeta):
            members: Any = value.__members__
            self._add({name: member.value for name, member in members.items()})
        elif isinstance(value, type):
            self._token(sorted(map(str, registered(value))))
            self._attributes(
                {key: item for key, item in vars(value).items() if key not in NOT_STATE}
            )
        else:
            self._items([value.__defaults__, value.__kwdefaults__, contents_of(value)])
            self._attributes(
                {key: item for key, item in vars(value).items() if key != "__wrapped__"}
            )
        return None

    def _attributes(self, attributes: Dict[str, Any]) -> None:
        for name in sorted(attributes):
            item = attributes[name]
            item = getattr(item, "fget", getattr(item, "__func__", item))
            if name in ("__doc__", "__annotations__") or (
                type(item).__module__ in ("builtins", "_abc")
                and (type(item).__name__.endswith(("descriptor", "_data")))
            ):
                continue
            self._token(name)
            self._add(item)

    def _object(self, value: Any) -> None:
        """Add what pickle would save of any other object."""
        try:
            whole = has_hooks(type(value))
            reduced = reduce_instance(value) if whole else value.__reduce_ex__(4)
        except Exception:
            return self._token("opaque")
        if isinstance(reduced, str):
            return self._token(reduced)
        self._add(reduced[0])
        if reduced[0] is iter and type(reduced[1][0]) in (list, tuple, str) and not reduced[1][0]:
            return None  # used up: a copy holds an empty list, the original may hold none
        for part in reduced[1:3]:
            self._state(part, type(value))
        for part in reduced[3:5]:
            self._items(list(part or ()))
        return None

    def _state(self, state: Any, kind: Any) -> None:
        """Add a state; attributes count by name, whatever the order in which they were set."""
        if kind.__module__ in COUNTING:
            state = [part for part in state if type(part) is not int]
        if type(state) is dict and all(type(key) is str for key in state):
            for key in sorted(state):
                if isinstance(_attribute(kind, key), functools.cached_property):
                    continue  # worked out from the others when it was first asked for
                if key == "_deprecated_key_to_warnings":
                    continue  # sklearn's Bunch leaves it out of its own pickles
                self._token(key)
                self._add(state[key])
        elif state is not None:  # else there was no attribute to save
            self._add(state)


class _Sink:
    """A file that feeds a hash."""

    def __init__(self, digest: Any) -> None:
        self.write = digest.update


_WRAPPERS = ("NumpyExtensionArray", "PandasArray")  # of plain arrays of numpy
_NUMBERS = {
    "%s%d" % (kind, 8 << power)
    for kind in ("int", "uint", "float", "complex")
    for power in range(5)
} | {"bool"}


def contents_of(function: Any) -> List[Any]:
    """Return what the variables of a closure hold."""
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # noqa: PERF203 - there is no other way to see it
            found.append("empty")
    return found


def _attribute(kind: Any, name: str) -> Any:
    """Return what a class or one of its bases holds under *name*, None where there is nothing."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def _is(value: Any, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)


def _is_global_generator(value: Any) -> bool:
    places = (("numpy.random.mtrand", "_rand"), ("random", "_inst"))
    return any(value is getattr(sys.modules.get(module), name, places) for module, name in places)
