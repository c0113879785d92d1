"""Objects of the notebook's classes as they are, not as their own pickling hooks tell them.

A hook may leave out what it thinks is not worth saving, and an exception is made again by calling
`__init__` with its text. The notebook's next cell would see neither.
"""

from __future__ import annotations

import copyreg
from typing import Any, Dict, Tuple

from .definitions import is_importable

HOOKS = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")
PLAIN = (object, list, dict)
_MADE_BY_PYTHON = 1 << 9  # of the flags of a type


def has_hooks(kind: Any) -> bool:
    """Return whether *kind* is a class of the notebook that says itself how it is pickled."""
    if not kind.__flags__ & _MADE_BY_PYTHON or _base_of(kind) is None or is_importable(kind):
        return False
    if issubclass(kind, BaseException):
        return True
    owners = (base for base in kind.__mro__ if not set(HOOKS).isdisjoint(vars(base)))
    owner = next(owners, object)
    return owner is not object and owner not in PLAIN and not is_importable(owner)


def _base_of(kind: Any) -> Any:
    """Return the built-in base that holds the object's memory, None where it is an unknown one."""
    base: Any = next(base for base in kind.__mro__ if not base.__flags__ & _MADE_BY_PYTHON)
    if base in PLAIN:
        return base
    if issubclass(base, BaseException) and base.__basicsize__ == BaseException.__basicsize__:
        return base
    return None


def reduce_instance(value: Any) -> Tuple[Any, ...]:
    """Return how to make *value*, of a class that `has_hooks`, with all its attributes."""
    kind = type(value)
    base = _base_of(kind)
    args = value.args if issubclass(base, BaseException) else ()
    attributes: Dict[str, Any] = dict(getattr(value, "__dict__", None) or {})
    for name in _slots_of(kind):
        try:
            attributes[name] = object.__getattribute__(value, name)
        except AttributeError:  # noqa: PERF203 - an empty slot
            continue
    items: Any | None = list.__iter__(value) if base is list else None
    pairs: Any | None = iter(dict.items(value)) if base is dict else None
    return make_instance, (base, kind, args), attributes, items, pairs, set_attributes


def _slots_of(kind: Any) -> Any:
    slots: Any = copyreg._slotnames(kind)  # type: ignore[attr-defined]
    return slots


def make_instance(base: Any, kind: Any, args: Any) -> Any:
    """Return an object of *kind* without calling its code."""
    return base.__new__(kind, *args)


def set_attributes(value: Any, attributes: Dict[str, Any]) -> None:
    """Give *value* its attributes, past its `__setattr__`."""
    held: Any = getattr(value, "__dict__", {})
    for name, item in attributes.items():
        if name in _slots_of(type(value)):
            object.__setattr__(value, name, item)
        else:
            held[name] = item
