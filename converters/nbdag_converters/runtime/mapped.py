"""Which memory is still what a container holds, without reading it. Needs Linux and numpy.

Containers are mapped into memory privately: a page of one that is written to becomes memory of the
process's own, and the system tells of each page whether it is.
"""

from __future__ import annotations

import mmap
import sys
import weakref
from typing import Any, List, Tuple

# Of a page, see pagemap in the kernel's documentation.
PRESENT, SWAPPED, OF_FILE = 1 << 63, 1 << 62, 1 << 61
_MAPPED: List[Tuple[Any, int, int]] = []  # a weak reference, address and size


def note(memory: mmap.mmap) -> None:
    """Note that a container was mapped; it is forgotten with *memory*."""
    if "numpy" in sys.modules:
        _MAPPED.append((weakref.ref(memory), _address(memory), len(memory)))


def origin(buffer: memoryview) -> str:
    """Return where in a container the bytes of *buffer* are as they are there, "" if they aren't.

    It is also "" where that can't be known.
    """
    address, size = _address(buffer), buffer.nbytes
    for number, (memory, start, length) in enumerate(_MAPPED):
        if start <= address and address + size <= start + length and memory() is not None:
            known = _tells() and not _is_written(address, size)
            return "%d %d" % (number, address - start) if known else ""
    return ""


def _tells() -> bool:
    """Return whether the system tells it of memory that was written to."""
    own = bytearray(mmap.PAGESIZE)
    return _is_written(_address(own), 1)


def _is_written(address: int, size: int) -> bool:
    numpy: Any = sys.modules["numpy"]
    first, last = address // mmap.PAGESIZE, (address + size - 1) // mmap.PAGESIZE
    length = 8 * (last - first + 1)
    try:
        with open("/proc/self/pagemap", "rb", buffering=0) as pages:
            pages.seek(8 * first)
            flags = numpy.frombuffer(pages.read(length), "u8")
    except OSError:
        return True
    written = ((flags & (PRESENT | SWAPPED)) != 0) & ((flags & OF_FILE) == 0)
    return bool(flags.nbytes < length or written.any())


def _address(buffer: Any) -> int:
    numpy: Any = sys.modules["numpy"]
    found: int = numpy.frombuffer(buffer, "u1").__array_interface__["data"][0]
    return found
