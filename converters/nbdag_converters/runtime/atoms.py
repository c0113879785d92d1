"""Which objects can't change: two of them with one value are as good as one."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import pathlib
import re
import sys
import types
import uuid
from typing import Any, Set, Tuple

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
    if type(value) in SCALARS or isinstance(value, _OTHERS):
        return True
    numpy = sys.modules.get("numpy")
    return (
        numpy is not None
        and hasattr(numpy, "dtype")
        and isinstance(value, (numpy.generic, numpy.dtype))
    )
