"""Which objects can't change: two of them with one value are as good as one."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import pathlib
import re
import sys
import types
import uuid
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
    datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, decimal.Decimal, enum.Enum,
    fractions.Fraction, pathlib.PurePath, range, re.Pattern, slice, uuid.UUID,
    types.CodeType, types.BuiltinFunctionType, types.ModuleType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.GetSetDescriptorType,
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
    numpy = sys.modules.get("numpy")
    scalars = (getattr(numpy, "generic", None), getattr(numpy, "dtype", None))
    return None not in scalars and issubclass(kind, scalars)  # type: ignore[arg-type]
