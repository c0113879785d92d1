"""Digests of values as a step saved them: equal digests are equal values."""

from __future__ import annotations

import hashlib
import json
import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

_SEGMENTS = 64
_HEAD = 16


class Values(NamedTuple):
    """The digests of a container: of `whole` it, and of each value, by name.

    A value's is that of its whole component, as objects may be shared in it, and of the
    definitions that the component refers to. A name that isn't there has no value.
    """

    whole: str
    names: dict[str, str]


def digest_values(path: Path) -> Values:
    """Return the digests of the container *path*, which is read once.

    Raises
    ------
    ValueError
        If it is no whole container.
    OSError
        If it can't be read.
    """
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory,
        memoryview(memory) as view,
    ):
        return _digests(view)


def whole_digest(path: Path) -> str:
    """Return the digest of the whole container *path*, "" for one that isn't whole."""
    try:
        return digest_values(path).whole
    except ValueError:
        return ""


def _digests(view: memoryview) -> Values:
    try:
        length = struct.unpack("<Q", view[8:_HEAD])[0]
        index: Mapping[str, Any] = json.loads(bytes(view[_HEAD : _HEAD + length]))
    except struct.error as error:
        raise ValueError(str(error)) from None
    base = -(-(_HEAD + length) // _SEGMENTS) * _SEGMENTS
    whole = hashlib.sha256(view[:base])
    own: dict[str, str] = {}
    pickles: dict[str, bytes] = {}
    for component in index["components"]:
        start, size = component["pickle"][:2]
        data = bytes(view[base + start : base + start + size])
        digest = hashlib.sha256(json.dumps(component["names"]).encode() + b"\n" + data)
        for at, length in component["buffers"]:
            digest.update(b"%d\n" % length)
            digest.update(view[base + at : base + at + length])
        whole.update(digest.digest())
        for name in component["names"]:
            own[name], pickles[name] = digest.hexdigest(), data
    definitions = [name for name in own if "#" in name]
    names = {
        name: _with_definitions(name, own, pickles, definitions) if definitions else own[name]
        for name in own
        if "#" not in name
    }
    return Values(whole.hexdigest(), names)


def _with_definitions(
    name: str, own: Mapping[str, str], pickles: Mapping[str, bytes], definitions: list[str]
) -> str:
    """Return the digest of a value together with those of the definitions that it reaches."""
    found, todo = {name}, [name]
    while todo:
        data = pickles[todo.pop()]
        new = [key for key in definitions if key not in found and key.encode() in data]
        found.update(new)
        todo += new
    return hashlib.sha256("\n".join(own[key] for key in sorted(found)).encode()).hexdigest()
