"""Pickles values with what Python's own pickle refuses, and remembers which objects they hold."""

from __future__ import annotations

import functools
import gc
import itertools
import pickle
import sys
import threading
import types
import weakref
from operator import itemgetter
from typing import Any, Callable, Dict, List, Set, Tuple

from . import sets
from .arrays import add_bytes, inner_parts, memory_of, reduce_arrow
from .atoms import is_atomic
from .definitions import (
    CACHED,
    CELL,
    LoadError,
    Maker,
    call,
    find,
    is_importable,
    reduce_cell,
    reduce_class,
    reduce_code,
    reduce_function,
    signature,
    singletons,
)
from .digest import blake2b
from .instances import has_hooks, reduce_instance
from .mapped import origin

SMALL = 2048  # bytes; a smaller buffer stays inside the pickle
SENTINELS = ("MISSING", "_FIELD", "_FIELD_CLASSVAR", "_FIELD_INITVAR")
FIXED = (tuple, frozenset, type, types.FunctionType)
LOCKS = {type(getattr(threading, name)()): name for name in ("Lock", "RLock")}
VIEWS = {type(getattr({}, name)()): name for name in ("keys", "values", "items")}
# These would travel as dead shells of what they are.
BOUND = (
    ("threading", "Thread"),
    ("subprocess", "Popen"),
    ("concurrent.futures", "Executor"),
    ("concurrent.futures", "Future"),
    ("tempfile", "TemporaryDirectory"),
    ("asyncio", "AbstractEventLoop"),
)


class Catalog:
    """What the pickles of one container have in common.

    `definitions` holds the notebook's functions and classes that a value refers to by key.
    """

    def __init__(self, namespace: Any) -> None:
        self.namespace = namespace
        self.names = {id(value): name for name, value in list(namespace.items())}
        self.definitions: Dict[str, Any] = {}
        self.keys: Dict[int, str] = {}
        self.trouble: Dict[int, str] = {}
        self.hooked: Dict[Any, bool] = {}  # classes by whether they say how they are pickled
        self.plain: Set[Any] = set()  # classes whose objects need nothing of what is here
        self.whole: Dict[int, bool] = {}  # ids of their objects by whether all of it can be pickled
        self.bound = tuple(_loaded(BOUND))
        self.singletons = singletons()
        numpy = sys.modules.get("numpy")
        self.array: Any = getattr(numpy, "ndarray", None)
        self.figure: Any = getattr(sys.modules.get("matplotlib.figure"), "Figure", ())

    def key(self, value: Any) -> str:
        """Return the key of a definition, a new one for a new definition."""
        if id(value) not in self.keys:
            self.keys[id(value)] = key = "%s#%d" % (value.__qualname__, len(self.keys))
            self.definitions[key] = value
        return self.keys[id(value)]


def _loaded(names: Any) -> Any:
    for module, name in names:
        if hasattr(sys.modules.get(module), name):
            yield getattr(sys.modules[module], name)


class Parts:
    """Takes a pickle in the parts in which it comes: a large one is not copied."""

    def __init__(self) -> None:
        self.parts: List[bytes] = []
        self.size = 0

    def write(self, data: Any) -> None:
        """Take one."""
        self.parts.append(data if type(data) is bytes else bytes(data))
        self.size += len(data)


class Pickler(pickle.Pickler):
    """Pickles the values of one component; `roots` are definitions to pickle by value.

    `arrays` are those that it met; `views` maps the id of an array to (memory, offset) where it is
    to stay a part of that memory.
    """

    def __init__(self, catalog: Catalog, values: Dict[str, Any], views: Dict[int, Any]) -> None:
        self.catalog, self.views = catalog, views
        self.roots = {id(value) for value in values.values()}
        self.by_value: List[Any] = []
        self.referred: Set[str] = set()  # keys of definitions
        self.arrays: List[Any] = []
        self.hidden: Set[int] = set()  # ids of arrays inside objects that copy before they write
        self.buffers: List[memoryview] = []
        self.met: Dict[int, Any] = {}
        self.keys: Set[int] | None = None
        self.file: Any = self.open()
        super().__init__(self.file, 5, buffer_callback=self._buffer)
        self.dump(values)

    def open(self) -> Any:
        """Return the file that gets the pickle."""
        return Parts()

    def _buffer(self, buffer: Any) -> bool:
        raw = buffer.raw()
        if raw.nbytes >= SMALL:
            self.buffers.append(raw)
        return bool(raw.nbytes < SMALL)

    def objects(self) -> Dict[int, Tuple[int, Any]]:
        """Return all objects that were met and can be met again: by id their number and they."""
        if not self.met:
            self.met = self.memo.copy()
        return self.met

    def kinds(self) -> Set[Any]:
        """Return the types of these."""
        return set(map(type, map(itemgetter(1), self.objects().values())))

    def shareable(self) -> Set[int]:
        """Return the ids of what was met and that a program can change; arrays by their memory."""
        if self.keys is None:
            kinds = self.kinds()
            kinds = {kind for kind in kinds if not is_atomic(kind) and not issubclass(kind, FIXED)}
            self.keys = {key for key, (_, value) in self.objects().items() if type(value) in kinds}
            self.keys.update(self._others())
            self.keys.difference_update(self.hidden, self.catalog.singletons)
        return self.keys

    def shares(self, keys: Set[int]) -> bool:
        """Return whether one of the ids *keys*, shareable ones of another pickler, was met too."""
        found = keys.intersection(self.objects()) | keys.intersection(self._others())
        return not found <= self.hidden

    def _others(self) -> Set[int]:
        """Return the ids of what can be shared and is not among the objects that pickle notes."""
        return {*map(id, self.by_value), *(id(memory_of(array)) for array in self.arrays)}

    def reducer_override(self, value: Any) -> Any:
        """Return how to make *value* again, or NotImplemented where pickle knows."""
        kind: Any = type(value)
        if kind in self.catalog.plain:
            return NotImplemented
        if kind is types.FunctionType or issubclass(kind, type):
            return self._definition(value)
        if kind is self.catalog.array:
            return self._array(value)
        reducer = _reducer(kind)
        if kind is type(CACHED) and id(value) in self.roots and value.cache_info().currsize:
            raise TypeError("the results that it remembers can't be saved")  # noqa: EM101
        if reducer is not None:
            return reducer(value)
        if id(value) in self.catalog.singletons:
            return call, ("global", *self.catalog.singletons[id(value)])
        if value is self.catalog.namespace:
            return call, ("namespace",)
        self.hidden.update(inner_parts(value))
        if isinstance(value, self.catalog.bound):
            raise TypeError("cannot pickle %r object" % kind.__name__)
        if isinstance(value, self.catalog.figure):
            reduced = value.__reduce_ex__(4)
            reduced[2].pop("_restore_to_pylab", None)  # it must not become pyplot's current figure
            return reduced
        return reduce_arrow(value) or self._instance(value)

    def _instance(self, value: Any) -> Any:
        """Return how to make an object past its class's hooks, where all of it can be pickled."""
        catalog, kind = self.catalog, type(value)
        if kind not in catalog.hooked:
            catalog.hooked[kind] = has_hooks(kind)
        if not catalog.hooked[kind]:
            if kind.__module__ == "__main__":
                catalog.plain.add(kind)
            return NotImplemented
        if id(value) not in catalog.whole:
            catalog.whole[id(value)] = True  # for when it holds itself
            _, args, attributes, items, pairs, _ = reduce_instance(value)
            parts = args[2], attributes, list(items or ()), list(pairs or ())
            try:
                Survey(catalog, {"": parts}, {})
            except Exception:  # a hook is there for what can't be pickled
                catalog.whole[id(value)] = False
        return reduce_instance(value) if catalog.whole[id(value)] else NotImplemented

    def _definition(self, value: Any) -> Any:
        if is_importable(value) or (value.__module__ == "builtins" and isinstance(value, type)):
            return NotImplemented
        catalog = self.catalog
        name = catalog.names.get(id(value), value.__qualname__)
        # Others may have had its name: `def f` in a loop makes one function after the other.
        renamed = type(value) is types.FunctionType and find(catalog.namespace, name) is not value
        local = "<" in name or renamed
        if id(value) not in self.roots and not local:
            trouble = catalog.trouble.get(id(value), "")
            key = catalog.key(value)
            self.referred.add(key)
            return call, (
                "definition",
                key,
                name,
                signature(value),
                list(sys.version_info[:2]),
                trouble,
            )
        if id(value) not in self.roots:
            self.by_value.append(value)
        if isinstance(value, type):
            reduced = reduce_class(value, name)
            for item in vars(value).values():
                self.roots.add(id(getattr(item, "fget", getattr(item, "__func__", item))))
            return reduced
        return reduce_function(value, catalog.namespace)

    def _array(self, value: Any) -> Any:
        if id(value) in self.hidden:
            return NotImplemented
        self.arrays.append(value)
        view = self.views.get(id(value))
        if view is None:
            return NotImplemented
        return call, ("view", *view, value.shape, value.strides, value.dtype)


class Probe(Pickler):
    """Pickles one value only to see what it holds and whether it changes, in `digest`."""

    def open(self) -> Any:
        """Return a file that feeds the hash."""
        self.digest = blake2b(digest_size=16)
        return types.SimpleNamespace(write=self.digest.update)

    def _buffer(self, buffer: Any) -> bool:
        numpy: Any = sys.modules.get("numpy")
        raw = buffer.raw()
        if numpy is None or raw.nbytes < SMALL:
            self.digest.update(raw)
        else:
            where = origin(raw)
            self.digest.update(where.encode())
            if not where:
                add_bytes(self.digest, numpy.frombuffer(raw, "u1"))
        return False


class Survey(Pickler):
    """Pickles one value only to see which objects it holds."""

    def open(self) -> Any:
        """Return a file that takes all and keeps nothing."""
        return types.SimpleNamespace(write=len)

    def _buffer(self, buffer: Any) -> bool:  # noqa: ARG002
        return False


class OrderedPickler(Pickler):
    """A pickler that also keeps the order of the sets in `orders`: id of a set to its recipe."""

    def __init__(self, orders: Dict[int, Any], *args: Any) -> None:
        self.orders = orders
        super().__init__(*args)

    def persistent_id(self, value: Any) -> Any:
        """Return a set's recipe."""
        return self.orders.get(id(value)) if type(value) in (set, frozenset) else None


class Unpickler(pickle.Unpickler):
    """Loads what a Pickler wrote to *file*, with a Maker."""

    def __init__(self, file: Any, buffers: Any, maker: Maker) -> None:
        super().__init__(file, buffers=buffers)
        self.maker = maker
        self.sets: Dict[int, Any] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Return a global; the notebook's own come from the namespace."""
        if module == "__main__":
            value = find(self.maker.namespace, name)
            if value is None:
                raise LoadError("it needs %r of the notebook. Write that name in the cell" % name)
            return value
        if module.endswith(".definitions") and name in ("call", "settle"):
            return getattr(self.maker, name)
        return super().find_class(module, name)

    def persistent_load(self, recipe: Any) -> Any:
        """Return the set of that recipe, the same one each time."""
        number, *how = recipe
        if number not in self.sets:
            self.sets[number] = sets.make(*how)
        return self.sets[number]


def _lock(value: Any) -> Any:
    if value.locked() if hasattr(value, "locked") else value._is_owned():
        raise TypeError("cannot pickle a lock that is held")  # noqa: EM101
    return call, ("lock", LOCKS[type(value)])


def _tee(value: Any) -> Any:
    raise TypeError("cannot pickle %r, which shares what it runs over" % type(value).__name__)


def _cached(value: Any) -> Any:
    if is_importable(value):
        return NotImplemented
    size, typed = _cache_parameters(value)
    return call, ("cached", value.__qualname__, value.__wrapped__, size, typed)


def _cache_parameters(value: Any) -> Any:
    if not hasattr(value, "cache_parameters"):  # Python 3.8
        return value.cache_info().maxsize, False
    parameters = value.cache_parameters()
    return parameters["maxsize"], parameters["typed"]


def _weak(value: Any) -> Any:  # noqa: ARG001
    raise TypeError("a weak reference belongs to its process")  # noqa: EM101


def _sentinel(value: Any) -> Any:
    """Return by name what `dataclasses` compares by identity."""
    dataclasses = sys.modules["dataclasses"]
    for name in SENTINELS:
        if getattr(dataclasses, name, None) is value:
            return call, ("global", "dataclasses", name)
    return NotImplemented


def _variable(value: Any) -> Any:
    return call, ("alike", type(value), value.__name__, *value.__constraints__)


REDUCERS: Dict[Any, Callable[[Any], Any]] = {
    types.CodeType: reduce_code,
    CELL: reduce_cell,
    types.ModuleType: lambda value: (__import__("importlib").import_module, (value.__name__,)),
    types.MappingProxyType: lambda value: (call, ("proxy", gc.get_referents(value)[0])),
    property: lambda value: (
        call,
        ("alike", property, value.fget, value.fset, value.fdel, value.__doc__),
    ),
    classmethod: lambda value: (call, ("alike", classmethod, value.__func__)),
    staticmethod: lambda value: (call, ("alike", staticmethod, value.__func__)),
}
REDUCERS[type(CACHED)] = _cached
REDUCERS[type(itertools.tee(())[0])] = _tee
REDUCERS.update((kind, _weak) for kind in (*weakref.ProxyTypes, weakref.ref))
REDUCERS.update((kind, _lock) for kind in LOCKS)
REDUCERS.update(
    (kind, lambda value: (call, ("items", gc.get_referents(value)[0], VIEWS[type(value)])))
    for kind in VIEWS
)
# By module and name where the module need not have been imported.
NAMED: Dict[Any, Callable[[Any], Any]] = {
    ("typing", "TypeVar"): _variable,
    ("dataclasses", "_MISSING_TYPE"): _sentinel,
    ("dataclasses", "_FIELD_BASE"): _sentinel,
}


@functools.lru_cache(maxsize=None)  # Python 3.8 has no `cache`
def _reducer(kind: Any) -> Any:
    """Return what reduces objects of a type, or None; it is asked for each object."""
    return REDUCERS.get(kind) or NAMED.get((str(kind.__module__), kind.__name__))
