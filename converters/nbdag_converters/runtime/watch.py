"""Whether a value changes, and which values hold the same objects."""

from __future__ import annotations

import gc
import types
from typing import Any, Callable, Dict, List, Mapping, Set, Tuple

from .definitions import CACHED
from .fingerprint import Fingerprint
from .pickling import Catalog, Pickler, Probe, Survey

ROUTINES = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
)
SUSPECTS = 20  # shared objects that are looked at to see who owns them


class Watched:
    """A value and what it was when this was made.

    The hash of its pickle is quick to make, but also differs where only equal strings have become
    one. So where it differs, *reload* gives the value as it was, and structures decide.
    """

    def __init__(self, value: Any, namespace: Any, reload: Callable[[], Any] | None) -> None:
        if isinstance(value, (type, types.FunctionType, type(CACHED))):
            reload = None  # a pickle does not tell what a cache or a register of classes holds
        self.value, self.namespace, self.reload = value, namespace, reload
        self.probe: Pickler | None = None  # the value as `has_changed` has seen it
        self.quick = self._quick() if reload else ""
        self.hash = "" if self.quick else Fingerprint(value).hash

    def _quick(self, *, keep: bool = False) -> str:
        try:
            probe = Probe(Catalog(self.namespace), {"": self.value}, {})
        except Exception:  # it can't be pickled
            return ""
        self.probe = probe if keep else None
        digest: str = probe.digest.hexdigest()
        return digest

    def has_changed(self) -> bool:
        """Return whether the value differs from what it was."""
        if self.quick and self.reload:
            if self._quick(keep=True) == self.quick:
                return False
            try:
                self.hash = Fingerprint(self.reload()).hash
            except Exception:
                return True
        return Fingerprint(self.value).hash != self.hash


def find_shared(
    variables: Dict[str, Any], namespace: Any, known: Mapping[str, Pickler]
) -> List[List[str]]:
    """Return groups of names whose values hold one object that can change, a group an object.

    *known* are picklers of some of the values as they are now.
    """
    catalog = Catalog(namespace)
    holders: List[Tuple[str, Set[int], Any]] = []  # all alive at once, so that no id is used twice
    total: Set[int] = set()
    common: Set[int] = set()
    for name, value in variables.items():
        if isinstance(value, types.ModuleType) or (
            isinstance(value, ROUTINES) and not _holds(value)
        ):
            continue
        holders.append((name, *_objects(catalog, value, known.get(name))))
    for _, keys, _ in sorted(holders, key=lambda holder: len(holder[1])):  # the largest costs least
        common |= keys & total
        total |= keys
    groups: Dict[Tuple[str, ...], List[Any]] = {}
    for key in common:
        owners = tuple(name for name, keys, _ in holders if key in keys)
        value = next((objects[key][1] for _, _, objects in holders if key in objects), None)
        groups.setdefault(owners, []).append(value)
    suspects = [value for values in groups.values() for value in values[:SUSPECTS]]
    libraries = _held_by_libraries(suspects)
    return sorted(
        list(names)
        for names, values in groups.items()
        if not libraries.issuperset(map(id, values[:SUSPECTS]))
    )


def _objects(
    catalog: Catalog, value: Any, known: Pickler | None
) -> Tuple[Set[int], Dict[int, Tuple[int, Any]]]:
    """Return the ids of what *value* holds and can change, and all objects that it holds, by id."""
    try:
        survey = known or Survey(catalog, {"": value}, {})
    except Exception:  # it can't be pickled
        seen = Fingerprint(value, contents=False).seen
        return set(seen), {key: (0, item) for key, item in seen.items()}
    return survey.shareable(), survey.objects()


def _held_by_libraries(values: List[Any]) -> Set[int]:
    """Return the ids of those *values* that a module or class of a library holds.

    They are, say, a default of all objects. To find who holds one is to look at all objects, so all
    are looked for at once.
    """
    wanted = set(map(id, values))
    found: Set[int] = set()
    for holder in gc.get_referrers(*values) if values else ():
        if type(holder) is dict:  # of a module or of a class
            owner = holder.get("__name__" if "__spec__" in holder else "__module__", "")
            if owner and owner != "__main__":
                found.update(wanted.intersection(map(id, holder.values())))
    return found


def _holds(value: Any) -> bool:
    """Return whether a function holds data of its own."""
    return any(
        getattr(value, name, None)
        for name in ("__closure__", "__defaults__", "__kwdefaults__", "__dict__")
    )
