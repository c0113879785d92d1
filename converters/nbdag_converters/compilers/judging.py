"""The guard as one file that Python runs, for containers in which nbdag is not installed."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

SOURCES = Path(__file__).parents[1]
SHIPPED = (
    "__init__.py",
    "diagnostics.py",
    "errors.py",
    "guard/*.py",
    "judging/*.py",
    "model/*.py",
    "public.py",
    "rules/*.py",
)
_OLDEST = (1980, 1, 1, 0, 0, 0)  # that an archive can say, so that it is always the same
# Any Python can read this; the rest is for those that nbdag itself needs.
_MAIN = """\
import sys
if sys.version_info < (3, 10):
    text = "The guard needs Python 3.10 in the image, which has %d.%d: the run is not judged."
    text %= sys.version_info[:2]
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
def archive_of_guard() -> bytes:
    """Return the archive, which `python3 guard.pyz` runs; the same for the same sources."""
    found = sorted(path for pattern in SHIPPED for path in SOURCES.glob(pattern))
    texts = {f"{SOURCES.name}/{path.relative_to(SOURCES).as_posix()}": path for path in found}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", _OLDEST), _MAIN)
        for name, path in texts.items():
            info = zipfile.ZipInfo(name, _OLDEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    return buffer.getvalue()
