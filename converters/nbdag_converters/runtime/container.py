r"""The values of a step in one file, `values.nbv`.

```
"NBDAG01\n"  length of the index  index (JSON)  …  segments, each at a multiple of 64 bytes
```
Values that share an object that can change are one *component*: one pickle, so that they share it
after loading too. Large buffers lie outside the pickle and are mapped into memory, private to the
process, when loaded: nothing is read before it is used, and nothing is copied.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import struct
import sys
import zlib
from json import dumps as to_json
from json import loads as from_json  # the notebook's code may put others in their place
from typing import Any, Dict, Generator, Iterable, List, Set, Tuple

from . import sets
from .arrays import find_views
from .definitions import LoadError, Maker
from .events import Failure
from .hidden import PREFIXES, get_hidden
from .mapped import note
from .order import Order, last_cell
from .pickling import Catalog, OrderedPickler, Pickler, Unpickler
from .sources import last_binding

MAGIC = b"NBDAG01\n"
ALIGN = 64
CHUNK = 1 << 20  # bytes that are read at once
UNSAVED = (
    "cannot save %r, a value of type %s, for the steps that read it: %s. "
    "Make or open it in the step that uses it, or put those cells into one step"
)
CLASSES = ("type", "Meta")  # how the types of classes are called
KINDS_OF_SETS = {set, frozenset}
DEPTH = 20_000  # of recursion while pickling


class Piece:
    """A component: its values, and the pickler that holds their pickle."""

    def __init__(self, catalog: Catalog, values: Dict[str, Any], views: Any = None) -> None:
        self.values = values
        self.pickler = Pickler(catalog, values, views or {})
        self.unordered = False
        orders: Dict[int, Any] = {}
        some = not KINDS_OF_SETS.isdisjoint(self.pickler.kinds())
        for key, (_, value) in self.pickler.objects().items() if some else ():
            if type(value) in KINDS_OF_SETS and not sets.is_kept(value):
                found = sets.recipe(value)
                if found:
                    orders[key] = (len(orders), type(value), *found)
                else:
                    self.unordered = True
        if orders:
            self.pickler = OrderedPickler(orders, catalog, values, views or {})
        self.size = self.pickler.file.size + sum(item.nbytes for item in self.pickler.buffers)


class Outputs:
    """The outputs of *order*, pickled to be written; `pickled` are they by name.

    Raises
    ------
    Failure
        If one can't be saved.
    """

    def __init__(self, namespace: Any, order: Order) -> None:
        self.namespace, self.order = namespace, order
        self.catalog = Catalog(namespace)
        wanted, self.absent = {}, []
        for name in order.outputs:
            hidden = name.startswith(PREFIXES)
            value = get_hidden(name) if hidden else dict.get(namespace, name, self.catalog)
            if value is self.catalog or (value is None and hidden):
                self.absent.append(name)
            else:
                wanted[name] = value
                self.catalog.keys.setdefault(id(value), name)
        with _deep():
            self.pickled = _required(self.catalog, wanted, order)

    def save(self, path: str, others: Iterable[str] = ()) -> Dict[str, Any]:
        """Write them, and *others* as far as they can be saved within the order's budget.

        Returns
        -------
        dict
            `names` saved, `absent` outputs that have no value, `skipped` others, `unordered` names
            with sets whose order is lost, and the `bytes` of the file.

        Raises
        ------
        Failure
            If the file can't be written.
        """
        order = self.order
        with _deep():
            values = {name: self.namespace[name] for name in others}
            kept, skipped = _others(self.catalog, values, order.keep)
            pieces = [*_components(self.catalog, self.pickled, kept), *kept.values()]
        index = {"step": order.step, "python": list(sys.version_info[:2]), "absent": self.absent}
        try:
            size = _write(path, pieces, index)
        except OSError as error:
            message = "cannot write the values of the step: %s" % error
            raise Failure(message, kind="save", cell=last_cell(order)) from error
        return {
            "names": [name for piece in pieces for name in piece.values if "#" not in name],
            "absent": self.absent,
            "skipped": skipped,
            "unordered": [name for piece in pieces if piece.unordered for name in piece.values],
            "bytes": size,
        }


@contextlib.contextmanager
def _deep() -> Generator[None, None, None]:
    """Let linked lists be pickled, which need recursion."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _required(catalog: Catalog, wanted: Dict[str, Any], order: Order) -> Dict[str, Piece]:
    """Return each of the values *wanted* as a component of its own."""
    single = {}
    for name, value in wanted.items():
        try:
            single[name] = Piece(catalog, {name: value})
        except Exception as error:  # noqa: PERF203 - a value's own code may raise anything
            if isinstance(error, MemoryError):
                raise
            cell, line = last_binding(order.cells, name)
            kind = type(value).__name__
            message = UNSAVED % (name, kind, error)
            raise Failure(message, kind="save", cell=cell, line=line, name=name) from error
    return single


def _components(catalog: Catalog, single: Dict[str, Piece], kept: Dict[str, Piece]) -> List[Piece]:
    """Return the components of *single* and of the definitions that it and *kept* need."""
    everything = {**single, **kept}
    _add_definitions(catalog, everything)
    kept.update((name, everything[name]) for name in kept)
    single = {name: piece for name, piece in everything.items() if name not in kept}
    groups = _union(single)
    views = find_views([array for piece in single.values() for array in piece.pickler.arrays])
    pieces = []
    for names in groups:
        if len(names) > 1 or any(id(array) in views for array in single[names[0]].pickler.arrays):
            pieces.append(
                Piece(catalog, {name: single[name].values[name] for name in names}, views)
            )
        else:
            pieces.append(single[names[0]])
    return pieces


def _add_definitions(catalog: Catalog, single: Dict[str, Piece]) -> None:
    """Pickle the definitions that others refer to, and those that these refer to.

    One that can't travel by value is only found where the loading step makes it from its source;
    the pickles that refer to it are made again, to say why.
    """
    todo = list(catalog.definitions)
    while todo:
        key = todo.pop()
        value = catalog.definitions[key]
        if key in single or id(value) in catalog.trouble:
            continue
        try:
            single[key] = Piece(catalog, {key: value})
        except Exception as error:
            catalog.trouble[id(value)] = str(error)
            for name, piece in list(single.items()):
                if key in piece.pickler.referred:
                    single[name] = Piece(catalog, piece.values)
        todo += [key for key in catalog.definitions if key not in single]


def _union(single: Dict[str, Piece]) -> List[List[str]]:
    """Return the names in groups that share objects; arrays share the memory that they lie in."""
    seen: Dict[str, Set[int]] = {}
    parent = {name: name for name in single}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    small = sorted(single, key=lambda name: len(single[name].pickler.objects()))
    for number, name in enumerate(small, 1):
        pickler = single[name].pickler
        for other, keys in seen.items():
            if pickler.shares(keys):
                parent[root(name)] = root(other)
        if number < len(small):  # of the largest they are not asked for
            seen[name] = pickler.shareable()
    groups: Dict[str, List[str]] = {}
    for name in single:
        groups.setdefault(root(name), []).append(name)
    return list(groups.values())


def _others(
    catalog: Catalog, values: Dict[str, Any], budget: int
) -> Tuple[Dict[str, Piece], List[str]]:
    """Return components of *values* within *budget* bytes, and the names left out."""
    pieces, skipped = {}, []
    for name, value in values.items():
        try:
            piece = Piece(catalog, {name: value})
        except Exception:
            skipped.append(name)
            continue
        if piece.size > budget:
            skipped.append(name)
        else:
            budget -= piece.size
            pieces[name] = piece
    return pieces, skipped


def _write(path: str, pieces: List[Piece], index: Dict[str, Any]) -> int:
    """Write the file at once or not at all; return its size."""
    segments: List[Any] = []
    position = 0

    def place(parts: List[Any], size: int) -> List[int]:
        nonlocal position
        start = -(-position // ALIGN) * ALIGN
        segments.append((start, parts))
        position = start + size
        return [start, size]

    components: List[Any] = []
    types: Dict[str, str] = {}
    index.update(components=components, types=types)
    for piece in pieces:
        data = piece.pickler.file
        check = 0
        for part in data.parts:
            check = zlib.crc32(part, check)
        components.append(
            {
                "names": list(piece.values),
                "pickle": [*place(data.parts, data.size), check],
                "buffers": [place([item], item.nbytes) for item in piece.pickler.buffers],
            }
        )
        types.update((name, type(value).__name__) for name, value in piece.values.items())
    head = to_json(index).encode()
    base = _base(len(head))
    try:
        with open(path + ".new", "wb") as file:
            file.write(MAGIC + struct.pack("<Q", len(head)) + head)
            for start, parts in segments:
                file.seek(base + start)
                file.writelines(parts)
            file.truncate(base + position)
        os.replace(path + ".new", path)
    except OSError:
        if os.path.exists(path + ".new"):
            os.remove(path + ".new")
        raise
    return base + position


def _base(length: int) -> int:
    return -(-(len(MAGIC) + 8 + length) // ALIGN) * ALIGN


@contextlib.contextmanager
def collecting_nothing() -> Generator[None, None, None]:
    """Hold the collector while many objects are made, which all live on."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Reader:
    """Reads one container; values that share objects are loaded together, once.

    Raises
    ------
    LoadError
        If the file is missing or damaged.
    """

    def __init__(self, path: str, namespace: Any, made: Any) -> None:
        try:
            with open(path, "rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            note(mapped)
            self.memory = memoryview(mapped)
            length = struct.unpack("<Q", self.memory[8:16])[0]
            self.index: Dict[str, Any] = from_json(bytes(self.memory[16 : 16 + length]))
        except (OSError, ValueError, struct.error) as error:
            raise LoadError("%s can't be read: %s" % (path, error)) from error
        self.path, self.base = path, _base(length)
        self.maker = Maker(namespace, self.load, made)
        self.values: Dict[str, Any] = {}
        self.names = {
            name: component for component in self.index["components"] for name in component["names"]
        }

    def load(self, name: str) -> Any:
        """Return the value of *name*."""
        if name not in self.values:
            component = self.names[name]
            start, size, check = component["pickle"]
            buffers = [self._segment(*where) for where in component["buffers"]]
            with open(self.path, "rb") as file:  # not the memory: a large value is there once
                self._check(file, start, size, check)
                file.seek(self.base + start)
                with collecting_nothing():
                    self.values.update(Unpickler(file, buffers, self.maker).load())
        return self.values[name]

    def _check(self, file: Any, start: int, size: int, check: int) -> None:
        found, end = 0, self.base + start + size
        file.seek(self.base + start)
        while file.tell() < end:
            part = file.read(min(CHUNK, end - file.tell()))
            if not part:
                raise LoadError("%s is cut off" % self.path)
            found = zlib.crc32(part, found)
        if found != check:
            raise LoadError("%s is damaged" % self.path)

    def _segment(self, start: int, size: int) -> memoryview:
        part = self.memory[self.base + start : self.base + start + size]
        if part.nbytes < size:
            raise LoadError("%s is cut off" % self.path)
        return part


class Loader:
    """Loads values of the steps whose containers lie in *folder*, for *namespace*."""

    def __init__(self, folder: str, namespace: Any) -> None:
        self.folder, self.namespace = folder, namespace
        self.readers: Dict[str, Reader] = {}
        self.made: Dict[Tuple[str, str], Any] = {}

    def load(self, inputs: Dict[str, str]) -> Dict[str, Any]:
        """Return the values of *inputs*, name to step, that have one: an output may be unbound.

        Raises
        ------
        Failure
            If a value can't be loaded.
        """
        values = {}
        for name, step in sorted(inputs.items(), key=self._comes_last):
            try:
                reader = self._reader(step)
                if name in reader.names:
                    values[name] = reader.load(name)
                elif name not in reader.index["absent"]:
                    raise LoadError("step %r has not saved it" % step)
            except Exception as error:  # noqa: PERF203 - as above
                reason = str(error) or type(error).__name__
                message = "cannot load %r of step %r: %s" % (name, step, reason)
                raise Failure(message, kind="load", name=name) from error
        return values

    def _reader(self, step: str) -> Reader:
        if step not in self.readers:
            path = os.path.join(self.folder, step, "values.nbv")
            self.readers[step] = Reader(path, self.namespace, self.made)
        return self.readers[step]

    def _comes_last(self, item: Tuple[str, str]) -> bool:
        """Return False for classes, which are loaded before what may be their objects."""
        try:
            types = self._reader(item[1]).index["types"]
        except LoadError:  # said when the value is loaded
            return True
        return not str(types.get(item[0], "")).endswith(CLASSES)

    def forget(self) -> None:
        """Let go of what was loaded, so that the cells can free it."""
        self.readers.clear()
