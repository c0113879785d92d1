"""Arrays of numpy that are parts of one memory stay so: `a` and `b = a[2:5]`."""

from __future__ import annotations

import copyreg
import functools
import sys
from typing import Any, Dict, List, Set, Tuple

BLOCK = 1 << 17  # bytes that are added up at once
ROUNDED = 64  # bytes that Arrow does not count of an array
WHOLE = 1 << 30  # bytes of an array that are all read; of a larger one, samples


def memory_of(array: Any) -> Any:
    """Return the object that owns the memory of *array*."""
    numpy = sys.modules["numpy"]
    while isinstance(array.base, numpy.ndarray):
        array = array.base
    return array


def inner_parts(value: Any) -> Set[int]:
    """Return the ids of what an object of pandas holds and shares without sharing changes.

    Frames of pandas 3 share memory until one of them is written to, so loading them apart is right,
    and loading them as parts of one memory, of which pandas would not know, is not.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or type(value).__module__.partition(".")[0] != "pandas":
        return set()
    if isinstance(value, (pandas.Index, pandas.api.extensions.ExtensionDtype)):
        parts = [value]
    else:
        parts = [getattr(value, "_metadata", None)]
    if int(pandas.__version__.partition(".")[0]) >= 3:
        parts += [block.values for block in getattr(getattr(value, "_mgr", None), "blocks", ())]
        if not isinstance(value, pandas.RangeIndex):  # which would make its numbers
            names = ("_data", "_ndarray", "_mask", "_codes")
            parts += [getattr(value, name, None) for name in names]
    return {id(part) for part in parts if part is not None}


def reduce_arrow(value: Any) -> Any:
    """Return how to make an array of pandas in Arrow's memory without a copy, None where it isn't.

    Its own way copies all, as of a part of an array the whole memory would be saved.
    """
    if type(value).__module__.partition(".")[0] != "pandas":
        return None
    state: Dict[str, Any] = dict(getattr(value, "__dict__", ()))
    data: Any = state.get("_pa_array")
    if getattr(data, "num_chunks", 0) != 1:
        return None
    state["_pa_array"] = chunk = data.chunk(0)
    if chunk.get_total_buffer_size() > chunk.nbytes + ROUNDED:
        return None
    if "_cache" in state:
        state["_cache"] = {}  # it can be worked out again
    return copyreg.__newobj__, (type(value),), state  # type: ignore[attr-defined]


def add_bytes(digest: Any, data: Any) -> None:
    """Add the bytes in the array *data* to a hash, at four times the speed of Python's hashes.

    A block is added as the sum of its words, each times an odd number of its own, modulo 2**64.
    """
    numpy: Any = sys.modules["numpy"]
    end = data.nbytes // 8 * 8
    words, length = data[:end].view("u8"), BLOCK // 8
    factors, product = _factors(), numpy.empty(min(length, words.size), "u8")
    for start in range(0, words.size, length * (data.nbytes // WHOLE + 1)):
        block = words[start : start + length]
        numpy.multiply(block, factors[: block.size], out=product[: block.size])
        digest.update(product[: block.size].sum().tobytes())
    digest.update(data[end:].data)


@functools.lru_cache(None)
def _factors() -> Any:
    numpy: Any = sys.modules["numpy"]
    factors = numpy.arange(1, BLOCK // 8 + 1, dtype="u8")
    return factors * numpy.uint64(0x9E3779B97F4A7C15) | numpy.uint64(1)


def find_views(arrays: List[Any]) -> Dict[int, Tuple[Any, int]]:
    """Return for each array that overlaps another: a common memory, and its offset in bytes."""
    groups: Dict[int, Dict[int, Any]] = {}
    for array in arrays:
        if array.nbytes:
            groups.setdefault(id(memory_of(array)), {})[id(array)] = array
    views: Dict[int, Tuple[Any, int]] = {}
    for group in groups.values():
        if len(group) > 1:
            views.update(_overlapping(list(group.values())))
    return views


def _overlapping(arrays: List[Any]) -> Dict[int, Tuple[Any, int]]:
    numpy: Any = sys.modules["numpy"]
    bounds = getattr(numpy, "byte_bounds", None) or numpy.lib.array_utils.byte_bounds
    spans = sorted((*bounds(array), number) for number, array in enumerate(arrays))
    views: Dict[int, Tuple[Any, int]] = {}
    while spans:
        low, high, _ = spans[0]
        members = []
        while spans and spans[0][0] < high:
            high = max(high, spans[0][1])
            members.append(arrays[spans.pop(0)[2]])
        if len(members) > 1:
            memory = memory_of(members[0])
            if memory.dtype.hasobject:  # its bytes are addresses: the array itself is the memory
                low = _start(memory)
                members = [item for item in members if item is not memory]
            else:
                memory = _bytes(memory, low, high)
            views.update((id(item), (memory, _start(item) - low)) for item in members)
    return views


def _start(array: Any) -> int:
    start: int = array.__array_interface__["data"][0]
    return start


def _bytes(owner: Any, low: int, high: int) -> Any:
    """Return the bytes of *owner* from address *low* to *high*, as an array in its memory."""
    numpy: Any = sys.modules["numpy"]
    interface = {
        "data": (low, not owner.flags.writeable),
        "shape": (high - low,),
        "typestr": "|u1",
        "version": 3,
    }
    return numpy.asarray(type("Memory", (), {"__array_interface__": interface, "owner": owner})())
