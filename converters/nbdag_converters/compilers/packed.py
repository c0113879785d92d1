"""Packed: modules' sources as one word of a command line, small, and the same on each Python.

To make a text small takes longer than to compile most notebooks. So what was made is kept where
Python keeps bytecode, and is taken from there as long as the sources are what they were.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from .minify import minify

_CACHE = Path(cache_from_source(__file__)).parent  # PYTHONPYCACHEPREFIX counts, too


def packed(name: str, sources: Mapping[str, str], *, cache: Path = _CACHE) -> str:
    """Return *sources*, texts by module, as JSON, compressed, in base64; it is kept as *name*."""
    whole = json.dumps([sources, Path(__file__).with_name("minify.py").read_text("utf-8")])
    mark = hashlib.sha256(whole.encode()).hexdigest()
    path = cache / f"{name}.packed"
    with suppress(OSError, ValueError):
        known, text = path.read_text("ascii").split("\n")
        if known == mark:
            return text
    made = {module: minify(source) for module, source in sources.items()}
    content = json.dumps(made, sort_keys=True, separators=(",", ":")).encode()
    text = base64.b64encode(zlib.compress(content, 9)).decode()
    with suppress(OSError):  # an installation that nobody may change
        _keep(path, f"{mark}\n{text}")
    return text


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    new.write_text(text, "ascii")
    new.replace(path)
