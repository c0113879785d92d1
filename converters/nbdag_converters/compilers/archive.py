"""Archives: files in one, the same bytes at any time."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a compressed tar of *files*, the same at any time."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for path in sorted(files):
            about = tarfile.TarInfo(path)
            about.size, about.mode = len(files[path]), 0o644
            tar.addfile(about, io.BytesIO(files[path]))
    return gzip.compress(raw.getvalue(), mtime=0)
