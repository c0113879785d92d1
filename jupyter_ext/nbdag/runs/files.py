"""Writing files whole: a reader sees the old text or the new one, never a part."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_atomic(path: Path, content: bytes) -> None:
    """Write *content* to *path*, in place of what was there; its folder must exist.

    A link stays one, and the file keeps the permissions that it had.
    """
    target = path.resolve()
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    # 0o666 as for any new file: the system takes away what the user's umask says.
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        with contextlib.suppress(OSError):
            partial.chmod(target.stat().st_mode & 0o777)
        partial.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
