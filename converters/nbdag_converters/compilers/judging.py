"""The guard as text, for containers in which nbdag is not installed: it judges a run at its end."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

from .packed import packed

OLDEST = (3, 10)
"""The oldest Python that runs it."""
_PACKAGE = Path(__file__).parents[1]
_SHIPPED = (
    "diagnostics.py",
    "errors.py",
    "guard/*.py",
    "judging/__init__.py",
    "model/*.py",
    "rules/*.py",
)
_FIRST = (1980, 1, 1, 0, 0, 0)  # that an archive can say, so that it is always the same
# Any Python can read this; the rest is for those that nbdag itself needs.
_MAIN = f"""\
import sys
if sys.version_info < {OLDEST}:
    text = "The guard needs Python {OLDEST[0]}.{OLDEST[1]} in the image, "
    text += "which has %d.%d: the run is not judged." % sys.version_info[:2]
    try:
        with open("/dev/termination-log", "w") as file:
            file.write(text)
    except OSError:
        pass
    sys.exit(text)
from nbdag_converters.judging.argo import main
main()
"""


@cache
def guard_archive() -> bytes:
    """Return what `python3 guard.pyz` runs on Argo; the same for the same sources."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", _FIRST), _MAIN)
        for path in _shipped("__init__.py", "judging/argo.py", "public.py"):
            info = zipfile.ZipInfo(path.relative_to(_PACKAGE.parent).as_posix(), _FIRST)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    return buffer.getvalue()


@cache
def guard_text() -> str:
    """Return the modules of the task that judges on Kubeflow, for `python -c BOOT_JUDGING`."""
    sources = {_PACKAGE.name: "", f"{_PACKAGE.name}.runtime": ""}
    runtime = ("runtime/artifacts.py", "runtime/events.py")
    for path in _shipped("judging/ending.py", "judging/kubeflow.py", *runtime):
        parts = path.relative_to(_PACKAGE.parent).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        sources[name] = path.read_text("utf-8")
    return packed("nbdag_judging", sources)


def _shipped(*more: str) -> list[Path]:
    """Return the guard's files, and *more*."""
    return sorted(path for pattern in (*_SHIPPED, *more) for path in _PACKAGE.glob(pattern))
