"""The config maps with all that runs in the containers: immutable, named by their content.

Nothing in a config map is subject to Argo's templates, and it doesn't count as part of the
workflow, whose size is limited.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

from nbdag_converters.compilers import embed
from nbdag_converters.compilers.archive import archive
from nbdag_converters.compilers.judging import guard_archive
from nbdag_converters.compilers.names import legal

LARGEST = 1_000_000
"""Bytes that a config map holds at most: Kubernetes takes 1 MiB, keys included."""
COMPRESSED_FROM = 150_000

START = f"""\
import sys
sys.path[0]=""
sys.argv.insert(1,open(__file__.rsplit("/",1)[0]+"/payload").read())
{embed.BOOT}"""


class TooLargeError(ValueError):
    """One entry is larger than a config map may be; `key` is its name."""

    def __init__(self, key: str, size: int) -> None:
        super().__init__(key, size)
        self.key, self.size = key, size


def code_entries(
    plans: Mapping[str, str], files: Mapping[str, bytes], about: Any, *, relay: bool = False
) -> dict[str, str | bytes]:
    """Return what the containers need, by file name: *plans* are texts by task name.

    *about* is what the guard, and who looks at a run, has to know of the pipeline. *relay*: some
    steps run on another cluster.
    """
    payload = embed.payload("relay") if relay else embed.payload()
    entries: dict[str, str | bytes] = {"start.py": START, "payload": payload}
    for name, text in plans.items():
        if len(text) < COMPRESSED_FROM:
            entries[f"{name}.json"] = text
        else:
            entries[f"{name}.z"] = zlib.compress(text.encode(), 9)
    if files:
        entries["files.tgz"] = archive(files)
    text = json.dumps(about, separators=(",", ":"))
    entries["_pipeline.z"] = zlib.compress(text.encode(), 6)  # 9 takes twice as long for 2 % less
    return entries


def guard_map() -> dict[str, Any]:
    """Return the config map with the guard, which is one for all pipelines."""
    (made,) = config_maps("guard", {"guard.pyz": guard_archive()})
    return made


def config_maps(pipeline: str, entries: Mapping[str, str | bytes]) -> tuple[dict[str, Any], ...]:
    """Return the config maps that hold *entries*, as few as will do, without their namespace.

    Raises
    ------
    TooLargeError
        If an entry doesn't fit into one.
    """
    shards: list[dict[str, str | bytes]] = [{}]
    filled = 0
    for key, value in entries.items():
        size = len(key) + len(value.encode() if isinstance(value, str) else value)
        if size > LARGEST:
            raise TooLargeError(key, size)
        if filled + size > LARGEST:
            shards.append({})
            filled = 0
        shards[-1][key] = value
        filled += size
    return tuple(_config_map(pipeline, shard) for shard in shards)


def _config_map(pipeline: str, entries: Mapping[str, str | bytes]) -> dict[str, Any]:
    data = {key: value for key, value in entries.items() if isinstance(value, str)}
    binary = {
        key: base64.b64encode(value).decode()
        for key, value in entries.items()
        if isinstance(value, bytes)
    }
    content = json.dumps([data, binary], sort_keys=True).encode()
    name = f"nbdag-{legal(pipeline, longest=40)}-{hashlib.sha256(content).hexdigest()[:12]}"
    made: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "immutable": True,
    }
    if data:
        made["data"] = data
    if binary:
        made["binaryData"] = binary
    return made
