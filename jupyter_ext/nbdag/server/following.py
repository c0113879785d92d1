"""Following: how a notebook's newest run goes on, told by the file system, without polling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

from watchfiles import awatch
from watchfiles.main import FileChange

from nbdag.runs.followed import Followed
from nbdag.runs.history import folders_of_runs, list_runs
from nbdag.runs.tail import LOOK

_REST = 60_000
_DEBOUNCE = 80


async def follow(notebook: Path, known: str = "") -> AsyncIterator[dict[str, Any]]:
    """Yield the newest run of *notebook* as a whole, then what changes in it, or in a newer one.

    Where it has none by its name, it is the run of the id *known*, from before it was renamed.
    A run that is there no longer, and no other in its place, is told as `{"gone": id}`.
    """
    run = next((Followed(one) for one in list_runs(notebook.parent) if one.id == known), None)
    while True:
        before, run = run, newest(notebook, run)
        if before and not run:
            # Deleted, or never really there: what could not be submitted leaves nothing.
            yield {"gone": before.folder.id}
        paths = watched(notebook, run)
        if run and not run.done:
            await asyncio.to_thread(run.expect)
        told = run.look(alive=False) if run else None
        if told:
            yield told
        wait = LOOK if run and not run.done else _REST
        async for changes in watching(paths, wait):
            if changes is None and (
                newest(notebook, run) is not run or watched(notebook, run) != paths
            ):
                break
            told = run.look(alive=changes is None or bool(changes)) if run else None
            if told:
                yield told
            # Another run, or nothing left to look after: watch something else.
            if changes is not None and (
                not run
                or run.done
                or any(Path(path).parent != run.folder.path for _, path in changes)
            ):
                break


async def watching(paths: tuple[Path, ...], wait: int) -> AsyncGenerator[set[FileChange] | None]:
    """Yield `None` once the file system is watched, then what changes, or nothing after *wait* ms.

    Who looks at the `None` misses nothing that happened between the last look and the watch.
    """
    found = awatch(
        *paths,
        recursive=False,
        debounce=_DEBOUNCE,
        step=20,
        rust_timeout=wait,
        yield_on_timeout=True,
    )
    first = asyncio.ensure_future(anext(found))
    try:
        await asyncio.sleep(0)  # the first step of `first` sets up the watch
        yield None
        yield await first
        async for changes in found:
            yield changes
    finally:
        first.cancel()


def newest(notebook: Path, run: Followed | None) -> Followed | None:
    """Return the newest run, which may be the one that is followed already."""
    runs = list_runs(notebook.parent, notebook=notebook.name)
    if run and (runs[0].id == run.folder.id if runs else run.folder.path.is_dir()):
        return run
    return Followed(runs[0]) if runs else None


def watched(notebook: Path, run: Followed | None) -> tuple[Path, ...]:
    """Return the folders in which something happens when the run goes on or a new one starts."""
    roots = {existing(root, notebook.parent) for root in folders_of_runs(notebook.parent)}
    if run and not run.done and run.folder.path.is_dir():
        roots.add(run.folder.path)
    return tuple(sorted(path for path in roots if path))


def existing(root: Path, top: Path) -> Path | None:
    """Return *root*, or the folder in which it would be made, as far up as *top*."""
    for path in (root, *root.parents):
        if path.is_dir():
            return path if root.is_relative_to(top) or path == root else None
    return None
