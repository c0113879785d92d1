"""Functions and classes of the notebook in pickles.

A step that needs a definition usually makes it again from its source, so a pickle says which
definition it means: its name and the hash of its code. Where the loading step has another or none,
the definition's copy by value is loaded, once. Functions get the loading step's namespace as their
globals, so what they read is looked up when they are called.
"""

from __future__ import annotations

import abc
import enum
import functools
import importlib
import marshal
import sys
import types
from typing import Any, Dict, List, Tuple

from .digest import blake2b

SINGLETONS = (
    ("numpy.random.mtrand", "_rand"),
    ("random", "_inst"),
    ("sys", "stdout"),
    ("sys", "stderr"),
    ("os", "environ"),
    ("matplotlib", "rcParams"),
    ("decimal", "getcontext()"),
)
REGISTER = "nbdag: registered classes"
NOT_STATE = {
    "__dict__", "__weakref__", "__module__", "__qualname__", "__slots__", "_abc_impl",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__firstlineno__",
    "__static_attributes__", "__slotnames__",
}  # fmt: skip


def _empty_cell() -> Any:
    """Return a variable of a closure without a value; Python 3.8 can't make one otherwise."""

    def holder() -> Any:
        return value  # noqa: F821

    cell = holder.__closure__[0]  # type: ignore[index]
    value = None
    del value
    return cell


CELL = type(_empty_cell())
CACHED = functools.lru_cache(None)(repr)  # an example of its type, which has no name


class LoadError(Exception):
    """A value can't be loaded; the message says what to do."""


def call(*_: Any) -> Any:
    """Stand in a pickle for `Maker.call`."""


def settle(*_: Any) -> Any:
    """Stand in a pickle for `Maker.settle`."""


def signature(value: Any) -> str:
    """Return hashes of the code of a function, or of a class's bases and each of its methods."""
    if isinstance(value, types.FunctionType):
        codes = [value.__code__]
        for cell in value.__closure__ or ():  # what a decorator has wrapped
            try:
                inner = cell.cell_contents
            except ValueError:
                continue
            if isinstance(inner, types.FunctionType) and inner.__code__ is not value.__code__:
                codes.append(inner.__code__)
        return _hash("", codes)
    parts = [_hash(repr([base.__qualname__ for base in value.__mro__]), [])]
    for name in sorted(vars(value)):
        item = vars(value)[name]
        item = getattr(item, "fget", getattr(item, "__func__", item))
        if isinstance(item, types.FunctionType):
            parts.append(_hash(name, [item.__code__]))
    return " ".join(parts)


def matches(value: Any, code: str) -> bool:
    """Return whether *value* is what had the signature *code*.

    A class may have got or lost methods since, as long as the others are the same.
    """
    if not isinstance(value, (type, types.FunctionType)):
        return False
    own = signature(value)
    if own == code:
        return True
    one, other = own.split(), code.split()
    common = set(one) & set(other)
    return one[0] == other[0] and 1 < len(common) == min(len(one), len(other))


def _hash(text: str, codes: Any) -> str:
    digest = blake2b(text.encode(), digest_size=8)
    for code in codes:
        _add_code(digest, code)
    return digest.hexdigest()


def _add_code(digest: Any, code: Any) -> None:
    for item in code.co_consts:
        if isinstance(item, types.CodeType):
            _add_code(digest, item)
        else:
            text = sorted(map(repr, item)) if isinstance(item, frozenset) else item
            digest.update(repr((type(item), text)).encode())
    digest.update(code.co_code)
    digest.update(repr((code.co_names, code.co_varnames, code.co_freevars)).encode())


def find(namespace: Any, path: str) -> Any:
    """Return what *path*, such as `K.method`, means in *namespace*, or None."""
    first, *rest = path.split(".")
    value = dict.get(namespace, first)
    for name in rest:
        value = getattr(value, name, None)
    return value


def singletons() -> Dict[int, Tuple[str, str]]:
    """Return the objects of which each process has its own, by id: their module and name."""
    found = {
        id(find_global(sys.modules[module], name)): (module, name)
        for module, name in SINGLETONS
        if module in sys.modules
    }
    found.pop(id(None), None)
    return found


def find_global(module: Any, name: str) -> Any:
    """Return a global of a module, None where it has none; `name()` is what that returns."""
    value = getattr(module, name.rstrip("()"), None)
    return value() if value is not None and name.endswith("()") else value


def is_importable(value: Any) -> bool:
    """Return whether another process finds *value* under its name in a module."""
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    if module is None or module.__name__ == "__main__":
        return False
    return find(vars(module), value.__qualname__) is value


def reduce_code(code: Any) -> Any:
    """Return how to make *code* again, on the same version of Python."""
    return call, ("code", list(sys.version_info[:2]), marshal.dumps(code))


def reduce_cell(cell: Any) -> Any:
    """Return how to make a closure's variable again: empty, then filled, as it may hold itself."""
    try:
        content = (cell.cell_contents,)
    except ValueError:
        return call, ("cell",)
    return call, ("cell",), content, None, None, settle


def reduce_function(value: Any, namespace: Any) -> Any:
    """Return how to make the function *value* again."""
    scope = value.__globals__
    module = sys.modules.get(value.__module__ or "")
    if scope is namespace:
        scope = None
    elif module is not None and scope is vars(module):
        scope = value.__module__
    else:  # made by exec, say the methods of a named tuple
        scope = {name: scope[name] for name in value.__code__.co_names if name in scope}
    state = {
        name: getattr(value, name)
        for name in ("__defaults__", "__kwdefaults__", "__doc__", "__module__", "__qualname__")
    }
    state["__annotations__"] = vars(value).get("__annotations__", value.__annotations__)
    args = ("function", value.__name__, value.__code__, scope, value.__closure__)
    return call, args, (state, value.__dict__), None, None, settle


def registered(kind: Any) -> List[Any]:
    """Return the classes that an abstract class was told to be the base of."""
    if not isinstance(kind, abc.ABCMeta):
        return []
    registry = importlib.import_module("_abc")._get_dump(kind)[0]
    return [found for found in (reference() for reference in registry) if found is not None]


def reduce_class(value: Any, path: str) -> Any:
    """Return how to make the class *value* again: its skeleton, then its attributes.

    Raises
    ------
    TypeError
        If its metaclass does more than make a class, so that attributes can't be set later.
    """
    attributes = dict(vars(value))
    body: Dict[str, Any] = {
        name: attributes[name]
        for name in ("__module__", "__qualname__", "__slots__")
        if name in attributes
    }
    body.setdefault("__qualname__", value.__qualname__)
    slots = attributes.get("__slots__", ())
    ignored = NOT_STATE | set([slots] if isinstance(slots, str) else slots)
    if isinstance(value, enum.EnumMeta):
        members: Any = value.__members__
        body.update((name, member.value) for name, member in members.items())
        attributes = {
            name: item
            for name, item in attributes.items()
            if isinstance(item, (types.FunctionType, property, classmethod, staticmethod))
            and getattr(getattr(item, "fget", getattr(item, "__func__", item)), "__module__", "")
            == value.__module__
        }
    elif type(value).__module__ not in ("builtins", "abc", "typing"):
        raise TypeError("the metaclass of class %r is %s" % (value.__name__, type(value).__name__))
    state = {name: item for name, item in attributes.items() if name not in ignored}
    state[REGISTER] = registered(value)
    bases = value.__bases__
    generic = getattr(sys.modules.get("typing"), "Generic", None)
    if generic in bases:  # which is only a base with its variables
        bases = attributes["__orig_bases__"]
    args = ("class", path, signature(value), type(value), value.__name__, bases, body)
    return call, args, state, None, None, settle


class Maker:
    """Makes what the pickles of one container call for.

    `load(key)` returns the definition that is stored under *key*; `made` holds those that all
    containers have given by (name, signature), so that a class is one class.
    """

    def __init__(self, namespace: Any, load: Any, made: Dict[Tuple[str, str], Any]) -> None:
        self.namespace, self.load, self.made = namespace, load, made

    def call(self, kind: str, *args: Any) -> Any:
        """Make an object of *kind*."""
        return getattr(self, "make_" + kind)(*args)

    def make_definition(self, key: str, name: str, code: str, version: Any, trouble: str) -> Any:
        """Return the namespace's definition if it has the same code, else the container's."""
        value = find(self.namespace, name)
        other = tuple(version) != sys.version_info[:2]
        if isinstance(value, (type, types.FunctionType)) and (other or matches(value, code)):
            return value
        value = self._made(name, code)
        if value is None:
            if trouble or other:
                raise LoadError(
                    "it needs %r of the notebook, which does not travel (%s). Use %s by name in the"
                    " cell, or tag the cell that defines it `functions`"
                    % (name, trouble or "the steps run different versions of Python", name)
                )
            value = self.made[name, code] = self.load(key)
        return value

    def _made(self, name: str, code: str) -> Any:
        """Return the definition that another container has given."""
        found = (value for (other, _), value in self.made.items() if other == name)
        return next((value for value in found if matches(value, code)), None)

    def make_code(self, version: Any, data: bytes) -> Any:
        """Return a code object."""
        if tuple(version) != sys.version_info[:2]:
            raise LoadError(
                "it holds a function made by Python %d.%d, and this is Python %d.%d"
                % (*version, *sys.version_info[:2])
            )
        return marshal.loads(data)  # noqa: S302

    def make_cell(self) -> Any:
        """Return an empty variable of a closure."""
        return _empty_cell()

    def make_function(self, name: str, code: Any, scope: Any, closure: Any) -> Any:
        """Return a function without its defaults and attributes."""
        if scope is None:
            scope = self.namespace
        elif isinstance(scope, str):
            __import__(scope)
            scope = vars(sys.modules[scope])
        return types.FunctionType(code, scope, name, None, closure)

    def make_class(self, path: str, code: str, *how: Any) -> Any:
        """Return the class that the namespace or another container has, or an empty one.

        It gets the state that was saved with it, so a class that travels as a variable is one class
        with what slices define and with the class of the objects that are loaded beside it.
        """
        if "<" in path:  # made by a function, which may make several
            return self._empty_class(*how)
        value = find(self.namespace, path)
        if not (isinstance(value, type) and matches(value, code)):
            value = self._made(path, code)
        if value is None:
            value = self.made[path, code] = self._empty_class(*how)
        return value

    def _empty_class(self, kind: Any, name: str, bases: Any, body: Any) -> Any:
        """Return a class with nothing but the *body* that it can't be made without."""

        def fill(target: Any) -> None:
            for key, item in body.items():
                target[key] = item

        return types.new_class(name, bases, {"metaclass": kind}, fill)

    def make_global(self, module: str, name: str) -> Any:
        """Return this process's own object of that name."""
        __import__(module)
        return find_global(sys.modules[module], name)

    def make_namespace(self) -> Any:
        """Return `globals()`."""
        return self.namespace

    def make_alike(self, kind: Any, *args: Any) -> Any:
        """Return `kind(*args)`."""
        return kind(*args)

    def make_proxy(self, mapping: Any) -> Any:
        """Return a read-only view of a dict."""
        return types.MappingProxyType(mapping)

    def make_cached(self, name: str, function: Any, size: Any, typed: bool) -> Any:  # noqa: FBT001
        """Return the namespace's function with a cache, or another with an empty one."""
        value = find(self.namespace, name)
        if type(value) is type(CACHED) and matches(value.__wrapped__, signature(function)):
            return value
        return functools.lru_cache(size, typed)(function)

    def make_lock(self, name: str) -> Any:
        """Return a lock that nobody holds."""
        import threading

        return getattr(threading, name)()

    def make_items(self, mapping: Any, name: str) -> Any:
        """Return the view *name* of a dict."""
        return getattr(dict, name)(mapping)

    def make_view(self, memory: Any, offset: int, shape: Any, strides: Any, dtype: Any) -> Any:
        """Return an array in the memory of another."""
        import numpy

        if dtype.hasobject:
            part = memory.ravel("K")[offset // dtype.itemsize :]
            return numpy.lib.stride_tricks.as_strided(part, shape, strides)
        return numpy.ndarray(shape, dtype, memory, offset, strides)

    def settle(self, value: Any, state: Any) -> None:
        """Fill what was made empty."""
        if isinstance(value, types.FunctionType):
            for name, item in state[0].items():
                setattr(value, name, item)
            value.__dict__.update(state[1])
        elif isinstance(value, type):
            for item in state.pop(REGISTER):
                abc.ABCMeta.register(value, item)  # type: ignore[arg-type]
            for name, item in state.items():
                setattr(value, name, item)
        else:
            value.cell_contents = state[0]
