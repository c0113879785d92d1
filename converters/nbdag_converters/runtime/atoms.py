"""Which objects can't change: two of them with one value are as good as one."""

from __future__ import annotations

import enum
import functools
import re
import sys
import types
from typing import Any, Hashable, Set, Tuple

# Their values are told by type and repr.
SCALARS: Set[Any] = {
    str,
    bytes,
    int,
    float,
    complex,
    bool,
    type(None),
    type(...),
    type(NotImplemented),
}
_OTHERS: Tuple[Any, ...] = (
    enum.Enum, range, re.Pattern, slice, types.CodeType, types.BuiltinFunctionType,
    types.ModuleType, types.MethodDescriptorType, types.WrapperDescriptorType,
    types.GetSetDescriptorType,
)  # fmt: skip
# As long as nobody has imported their modules there are none of them.
_ELSEWHERE = (
    ("datetime", "date"), ("datetime", "time"), ("datetime", "timedelta"), ("datetime", "tzinfo"),
    ("decimal", "Decimal"), ("fractions", "Fraction"), ("pathlib", "PurePath"), ("uuid", "UUID"),
    ("numpy", "generic"), ("numpy", "dtype"),
)  # fmt: skip


def is_atom(value: Any) -> bool:
    """Return whether *value* holds nothing that can change."""
    kind: Any = type(value)
    return is_atomic(kind)


@functools.lru_cache(None)
def is_atomic(kind: Hashable) -> bool:
    """Return whether objects of type *kind* hold nothing that can change."""
    if not isinstance(kind, type) or kind in SCALARS or issubclass(kind, _OTHERS):
        return True
    if kind.__module__.startswith(("pyarrow", "pandas._libs.tslibs", "_cython_")):
        return True
    others = (getattr(sys.modules.get(module), name, None) for module, name in _ELSEWHERE)
    return any(isinstance(other, type) and issubclass(kind, other) for other in others)
