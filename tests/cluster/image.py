"""Writes a folder as an image of one layer, in the form that `ctr images import` reads.

Usage: image.py FOLDER NAME:TAG ARCHIVE CONFIG    (CONFIG: the image's config in JSON)
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path


def write_image(folder: str, name: str, archive: str, config: str) -> None:
    """Write the image; the archive is there only when it is whole."""
    layer, made = Path(archive + ".layer"), Path(archive + ".new")
    subprocess.run(["tar", "--numeric-owner", "-C", folder, "-cf", layer, "."], check=True)
    digest = _digest(layer)
    about = {
        "architecture": _architecture(),
        "os": "linux",
        "config": json.loads(config),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    text = json.dumps(about).encode()
    parts = {
        "Config": hashlib.sha256(text).hexdigest() + ".json",
        "RepoTags": [name],
        "Layers": [f"{digest}/layer.tar"],
    }
    with tarfile.open(made, "w") as out:
        _add(out, str(parts["Config"]), text)
        _add(out, "manifest.json", json.dumps([parts]).encode())
        out.add(layer, arcname=f"{digest}/layer.tar")
    layer.unlink()
    made.rename(archive)


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def _architecture() -> str:
    done = subprocess.run(["go", "env", "GOARCH"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _add(out: tarfile.TarFile, name: str, content: bytes) -> None:
    about = tarfile.TarInfo(name)
    about.size = len(content)
    out.addfile(about, io.BytesIO(content))


if __name__ == "__main__":
    write_image(*sys.argv[1:])
