"""Pipelines of notebooks as they were when they ran last: an unchanged one isn't analysed again.

One file a notebook. It counts only for the same bytes of the notebook, the same nbdag and the same
packages beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import nbdag_converters
from nbdag.runs.files import write_atomic
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.errors import PipelineError
from nbdag_converters.model import Pipeline, pipeline_from_json, pipeline_to_json

from .environment import packages_of
from .store import Store, entry_bytes, read_entry

_CONVERTERS = Path(nbdag_converters.__path__[0])


class Known(NamedTuple):
    """A pipeline, and what there is to say about its notebook.

    `files` of the pipeline are those that were there when it was made.
    """

    pipeline: Pipeline
    diagnostics: tuple[Diagnostic, ...]


def pipeline_key(notebook: Path) -> str:
    """Return a hash of all that the pipeline of a notebook's file is made of.

    Raises
    ------
    OSError
        If the file can't be read.
    """
    parts = [hashlib.sha256(notebook.read_bytes()).hexdigest(), packages_of(sys.executable)]
    for folder, _, names in os.walk(_CONVERTERS):
        for name in sorted(name for name in names if name.endswith(".py")):
            status = (path := Path(folder, name)).stat()
            parts.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()


def recall_pipeline(notebook: Path, key: str, stores: Iterable[Store]) -> Known | None:
    """Return what was kept of a notebook under *key* in one of *stores*."""
    for store in stores:
        entry = read_entry(_file(store, notebook)) or {}
        if key and entry.get("key") == key:
            with contextlib.suppress(PipelineError, KeyError, TypeError):
                found = tuple(Diagnostic(**each) for each in entry["diagnostics"])
                return Known(pipeline_from_json(entry["pipeline"]), found)
    return None


def keep_pipeline(notebook: Path, key: str, known: Known, store: Store) -> None:
    """Keep the pipeline of a notebook in place of what was kept of it before.

    Raises
    ------
    OSError
        If it can't be written.
    """
    entry = {
        "key": key,
        "pipeline": pipeline_to_json(known.pipeline),
        "diagnostics": [asdict(each) for each in known.diagnostics],
    }
    store.pipelines.mkdir(parents=True, exist_ok=True)
    write_atomic(_file(store, notebook), entry_bytes(entry))


def _file(store: Store, notebook: Path) -> Path:
    return store.pipelines / f"{notebook.name}.json"
