"""Store: objects by their content and entries by their key, in one folder that runs share.

Whatever is written gets its name last, and what is read is checked against its hash, so a run that
is killed or that removes old entries can't hurt another: the worst is that a step runs again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

from nbdag.runs.lock import locked

_CHUNK = 1 << 20
_ENTRIES_OF_A_KEY = 8
"""How many states of the files that a step reads are remembered."""


def digest_file(path: Path) -> str:
    """Return the hash of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class Store:
    """The folder *root*, made when something is put there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.objects = root / "objects"
        self.entries = root / "entries"
        self.pipelines = root / "pipelines"

    @property
    def empty(self) -> bool:
        """Whether nothing was ever put there."""
        return not self.entries.is_dir()

    # Objects ----------------------------------------------------------------------------

    def put(self, path: Path) -> str:
        """Keep the content of a file and return its hash."""
        digest = digest_file(path)
        target = self._object(digest)
        if not target.exists():
            with self._named_last(target) as partial:
                shutil.copyfile(path, partial)
                if digest_file(partial) != digest:
                    msg = f"{path} changed while it was copied"
                    raise OSError(msg)
        return digest

    def share(self, path: Path, digest: str) -> None:
        """Keep a file that nobody writes to again, of that hash; it is not copied, if possible."""
        target = self._object(digest)
        if not target.exists():
            with self._named_last(target) as partial:
                if not _linked(path, partial):
                    shutil.copyfile(path, partial)

    def restore(
        self,
        digest: str,
        path: Path,
        *,
        link: bool = False,
        digest_of: Callable[[Path], str] = digest_file,
    ) -> bool:
        """Make *path* have that content, whole or not at all; return whether it is there.

        With *link* nobody writes to it. *digest_of* is how its hash was made.
        """
        source = self._object(digest)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            if not (link and _linked(source, partial)):
                shutil.copyfile(source, partial)
            if digest_of(partial) == digest:
                partial.replace(path)
                return True
            source.unlink(missing_ok=True)
        except OSError:
            return False
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        return False

    # Entries ----------------------------------------------------------------------------

    def add(self, key: str, entry: Mapping[str, Any]) -> Path:
        """Keep *entry*, which is JSON, under *key*, and return its file."""
        data = entry_bytes(entry)
        folder = self.entries / key[:2] / key
        path = folder / f"{data[:16].decode()}.json"
        with self._named_last(path) as partial:
            partial.write_bytes(data)
        for old in _newest_first(folder)[_ENTRIES_OF_A_KEY:]:
            old.unlink(missing_ok=True)
        return path

    def find(self, key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield the entries of *key*, the last used first; damaged ones are removed."""
        for path in _newest_first(self.entries / key[:2] / key):
            entry = read_entry(path)
            if entry is not None:
                yield path, entry

    def used(self, path: Path) -> None:
        """Note that an entry was used now."""
        with contextlib.suppress(OSError):
            os.utime(path)

    # Sharing ----------------------------------------------------------------------------

    def writing(self) -> AbstractContextManager[bool]:
        """Hold the store so that nothing is removed as unused while an entry is being made."""
        return self._lock(shared=True)

    def removing(self) -> AbstractContextManager[bool]:
        """Hold the store alone, and say whether that was possible without waiting."""
        return self._lock(shared=False)

    def _lock(self, *, shared: bool) -> AbstractContextManager[bool]:
        # Where the system has no locks, hashes still keep each entry right.
        self.root.mkdir(parents=True, exist_ok=True)
        return locked(self.root / "lock", shared=shared)

    @contextmanager
    def _named_last(self, path: Path) -> Generator[Path]:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            yield partial
            partial.replace(path)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)

    def _object(self, digest: str) -> Path:
        return self.objects / digest[:2] / digest


def entry_bytes(entry: Mapping[str, Any]) -> bytes:
    """Return the bytes of the file of an *entry*, which is JSON: its hash, then itself."""
    text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
    data = text.encode(errors="surrogatepass")
    return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


def read_entry(path: Path) -> dict[str, Any] | None:
    """Return the entry in a file; `None`, and the file is removed, where it isn't whole."""
    try:
        digest, _, data = path.read_bytes().partition(b"\n")
        if hashlib.sha256(data).hexdigest().encode() == digest:
            return cast("dict[str, Any]", json.loads(data.decode(errors="surrogatepass")))
        path.unlink(missing_ok=True)
    except (OSError, ValueError):
        return None
    return None


class Usage(NamedTuple):
    """How much a store holds: objects in `bytes`, and outcomes of steps."""

    bytes: int
    outcomes: int


def usage(store: Store) -> Usage:
    """Return how much *store* holds."""
    size = sum(size for _, size in _objects(store))
    return Usage(size, len(_newest_first(store.entries, "*/*/*.json")))


def clear(store: Store) -> bool:
    """Remove all that *store* holds; return whether a run did not just write to it."""
    if not store.root.is_dir():
        return True
    with store.removing() as alone:
        if alone:
            for folder in (store.entries, store.objects, store.pipelines):
                shutil.rmtree(folder, ignore_errors=True)
        return alone


def prune(store: Store, limit: int) -> None:
    """Remove the entries that were not used for longest until all objects fit in *limit* bytes.

    What another run is adding meanwhile stays: then nothing is removed now.
    """
    if sum(size for _, size in _objects(store)) <= limit:
        return
    with store.removing() as alone:
        if not alone:
            return
        sizes = {path.name: size for path, size in _objects(store)}
        kept: set[str] = set()
        total = 0
        for path in _newest_first(store.entries, "*/*/*.json"):
            needed = set(objects_of(read_entry(path) or {}))
            more = sum(sizes.get(name, 0) for name in needed - kept)
            if total + more > limit or not needed <= sizes.keys():
                path.unlink(missing_ok=True)
            else:
                kept |= needed
                total += more
        for path, _ in _objects(store):
            if path.name not in kept:
                path.unlink(missing_ok=True)
        _remove_partial(store)


def objects_of(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the hashes of the objects that an entry needs."""
    yield from entry.get("values", {}).values()
    for made in entry.get("writes", {}).values():
        if made and "hash" in made:
            yield made["hash"]


def _remove_partial(store: Store) -> None:
    """Remove what killed runs have left half-written."""
    for path in store.root.rglob(".*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_ctime > 60:
                path.unlink()


def _objects(store: Store) -> Iterator[tuple[Path, int]]:
    for path in store.objects.glob("*/*"):
        with contextlib.suppress(OSError):
            if not path.name.startswith("."):
                yield path, path.stat().st_size


def _newest_first(folder: Path, pattern: str = "*.json") -> list[Path]:
    found: list[tuple[int, Path]] = []
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            found.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(found, reverse=True)]


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False
    return True
