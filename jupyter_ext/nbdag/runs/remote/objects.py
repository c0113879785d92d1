"""Objects: what lies in an S3 store, as files here."""

from __future__ import annotations

import os
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import S3Store

from nbdag.runs.base import RunError

ENDPOINT = "NBDAG_S3_ENDPOINT"
"""The variable that names another address of the store than the one that the pods use."""
_PIECE = 8 << 20  # bytes that are held at a time


def fetch_object(store: S3Store, key: str, path: Path) -> bool:
    """Write an object to *path*, whole or not at all; return whether there is one.

    Raises
    ------
    RunError
        If the store can't be reached, or refuses it.
    """
    import obstore

    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        stream = obstore.get(store, key).stream(min_chunk_size=_PIECE)
        with new.open("wb") as file:
            for piece in stream:
                file.write(piece)
        new.replace(path)
    except FileNotFoundError:
        new.unlink(missing_ok=True)
        return False
    except (BaseError, OSError) as error:
        new.unlink(missing_ok=True)
        raise unreachable(error) from None
    return True


def unreachable(error: Exception) -> RunError:
    """Return what is said of a store that doesn't do what it is asked for."""
    first = str(error).strip().splitlines()[0]
    return RunError(
        f"The artifact store can't be used: {first} If it has another address from here than from "
        f"the pods, set {ENDPOINT}."
    )
