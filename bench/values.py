"""Values between steps: one process saves with the runtime's codec, another loads and reads all.

Floors move the same bytes, or the same value, by the plainest means there is; all go through the
page cache of one file system.
"""

from __future__ import annotations

import gc
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nbdag_converters.runtime.container import Loader, Outputs
from nbdag_converters.runtime.namespace import make_main
from nbdag_converters.runtime.order import Order

from .child import in_child, memory, reset_peak
from .figure import Figure, main

MB = 1 << 20
BOUND = 5 << 30
POINT = """
class Point:
    def __init__(self, number):
        self.number, self.name, self.near = number, f"point {number}", [number, number + 1]
"""


class Cost(NamedTuple):
    """Seconds, wall and CPU, and by how many MB the memory of the process grew."""

    wall: float
    cpu: float
    grown: float

    def __add__(self, other: Any) -> Cost:
        """Return the cost of both, one after the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.grown, other.grown))


class Format(NamedTuple):
    """How a value is written to a folder and read again."""

    write: Callable[[Any, Path], object]
    read: Callable[[Path], Any]


# Values ---------------------------------------------------------------------------------


def array(size: int) -> Any:
    """Return an array of *size* bytes."""
    return np.arange(size // 8, dtype="f8")


def frame(size: int) -> Any:
    """Return a frame of about *size* bytes: numbers, and two columns of strings."""
    rows = size // 64
    numbers = np.random.default_rng(0).integers(0, 1 << 40, rows)
    return pd.DataFrame(
        {
            "id": numbers,
            "amount": numbers / 7,
            "name": pd.Series(numbers).map("customer {:013d}".format),
            "city": pd.Series(numbers % 1000).map("a city {:04d}".format),
        }
    )


def objects(count: int) -> Any:
    """Return as many objects of a class of the notebook."""
    return [NAMESPACE["Point"](number) for number in range(count)]


def _namespace() -> dict[str, Any]:
    names: dict[str, Any] = make_main("bench", []).__dict__
    exec(POINT, names)
    return names


NAMESPACE = _namespace()


def scan(value: Any) -> object:
    """Read all of a value."""
    return value.sum() if isinstance(value, np.ndarray) else None


# Formats --------------------------------------------------------------------------------


def _save(value: Any, folder: Path) -> None:
    (folder / "step").mkdir(exist_ok=True)
    order = Order(step="step", cells=[], outputs=["value"])
    gc.disable()  # as the step does
    names = {**NAMESPACE, "value": value}
    Outputs(names, order).save(str(folder / "step" / "values.nbv"))


def _load(folder: Path) -> Any:
    return Loader(str(folder), NAMESPACE).load({"value": "step"})["value"]


def _read(folder: Path) -> Any:
    return np.frombuffer((folder / "bytes").read_bytes(), "f8")


def _write_bytes(value: Any, folder: Path) -> None:
    (folder / "bytes").write_bytes(value.data)


def _write_numpy(value: Any, folder: Path) -> None:
    np.save(folder / "a.npy", value)


def _read_numpy(folder: Path) -> Any:
    return np.load(folder / "a.npy", mmap_mode="c")


def _write_pandas(value: Any, folder: Path) -> None:
    value.to_pickle(folder / "f.pickle")


def _read_pandas(folder: Path) -> Any:
    return pd.read_pickle(folder / "f.pickle")


FORMATS = {
    "codec": Format(_save, _load),
    "bytes": Format(_write_bytes, _read),
    "numpy": Format(_write_numpy, _read_numpy),
    "pandas": Format(_write_pandas, _read_pandas),
}


def cost(name: str, make: Callable[[], Any], *, times: int = 3) -> Cost:
    """Return the least that a value costs to write in one process and to read in another."""
    found: list[Cost] = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            written = Cost(*in_child(_written, name, make, Path(folder)))
            found.append(written + Cost(*in_child(_loaded, name, Path(folder))))
    return Cost(*(min(values) for values in zip(*found, strict=True)))


def _written(name: str, make: Callable[[], Any], folder: Path) -> tuple[float, ...]:
    value = make()
    reset_peak()
    before = memory("status", "VmHWM")
    spent = _timed(lambda: FORMATS[name].write(value, folder))
    return spent.wall, spent.cpu, memory("status", "VmHWM") - before


def _loaded(name: str, folder: Path) -> tuple[float, ...]:
    before = memory("smaps_rollup", "Anonymous")
    kept: list[Any] = []

    def load() -> None:
        kept.append(FORMATS[name].read(folder))
        scan(kept[0])

    spent = _timed(load)
    return spent.wall, spent.cpu, memory("smaps_rollup", "Anonymous") - before


def _timed(work: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu, 0.0)


# Figures --------------------------------------------------------------------------------


def measure() -> Sequence[Figure]:
    """Return seconds and memory for each kind of value."""
    return [*_arrays(), *_frames(), *_objects(), *_bound()]


def _arrays() -> Sequence[Figure]:
    make = partial(array, 500 * MB)
    plain, numpy, codec = (cost(name, make) for name in ("bytes", "numpy", "codec"))
    return [
        Figure("500 MB: write() + read() + scan", plain.wall, "s"),
        Figure("500 MB: numpy.save, mapped + scan", numpy.wall, "s", floor=plain.wall),
        Figure("500 MB array, saved + loaded + scanned", codec.wall, "s", 0.3, plain.wall),
        Figure("500 MB array, CPU, over numpy", codec.cpu, "CPU s", floor=numpy.cpu),
        Figure("500 MB array, more memory", codec.grown, "MB", goal=10),
    ]


def _frames() -> Sequence[Figure]:
    make = partial(frame, 200 * MB)
    pandas, codec = (cost(name, make, times=5) for name in ("pandas", "codec"))
    plain = cost("bytes", partial(array, 200 * MB), times=5)  # depends on where memory comes from
    return [
        Figure("200 MB: write() + read()", plain.wall, "s"),
        Figure("200 MB frame: to_pickle, read_pickle", pandas.wall, "s"),
        Figure("200 MB frame with strings", codec.wall, "s", goal=0.2, floor=pandas.wall),
        Figure("200 MB frame, CPU, over to_pickle", codec.cpu, "CPU s", floor=pandas.cpu),
        Figure("200 MB frame, more memory", codec.grown, "MB"),
    ]


def _objects() -> Sequence[Figure]:
    make = partial(objects, 10_000)
    codec = cost("codec", make, times=5)
    floor = Cost(*in_child(_pickled, 10_000))
    return [
        Figure("10,000 objects: pickle 5, in memory", floor.wall, "s"),
        Figure("10,000 small objects", codec.wall, "s", goal=0.05, floor=floor.wall),
        Figure("10,000 small objects, CPU", codec.cpu, "CPU s", floor=floor.cpu),
    ]


class Point:
    """As the notebook's class, where Python's own pickle finds it."""

    def __init__(self, number: int) -> None:
        self.number, self.name, self.near = number, f"point {number}", [number, number + 1]


def _pickled(count: int) -> tuple[float, ...]:
    value = [Point(number) for number in range(count)]
    return min(_timed(lambda: pickle.loads(pickle.dumps(value, 5))) for _ in range(5))


def _bound() -> Sequence[Figure]:
    """Return what the largest value that fits costs: it is held once, not twice."""
    size = min(BOUND, _free() // 3)
    made = cost("codec", partial(array, size), times=1)
    what = f"{size / (1 << 30):.1f} GB array"
    return [
        Figure(f"{what}, saved + loaded + scanned", made.wall, "s"),
        Figure(f"{what}, CPU", made.cpu, "CPU s"),
        Figure(f"{what}, more memory", made.grown, "MB", goal=10),
    ]


def _free() -> int:
    """Return the bytes that are free, in memory and on the disk of temporary files."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    available = next(line for line in lines if line.startswith("MemAvailable:"))
    disk = os.statvfs(tempfile.gettempdir())
    return min(int(available.split()[1]) * 1024, disk.f_bavail * disk.f_frsize)


if __name__ == "__main__":
    main("Values (saved in one process, loaded in another)", measure)
