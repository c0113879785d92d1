"""Ahead: what is done before a run so that it starts sooner.

The pipeline of a notebook that didn't change is taken from the cache. Where it did, some step is
likely to run, so that its Python is started while the notebook is analysed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Pipeline

from .base import RunError
from .cache import Store
from .cache.pipelines import Known, keep_pipeline, pipeline_key, recall_pipeline
from .history import cache_folders
from .interpreter import find_python
from .zygote import Zygote


@dataclass(frozen=True, slots=True)
class Ahead:
    """A notebook's pipeline, what there is to say about it, and its Python if that is started."""

    pipeline: Pipeline
    diagnostics: tuple[Diagnostic, ...]
    zygote: Zygote | None = None


@contextmanager
def ahead(notebook: Path, *, cache: bool, isolate: bool) -> Generator[Ahead]:
    """Yield what a run of *notebook* begins with; its Python is ended with the block.

    *cache*: what an earlier run has kept may be used.

    Raises
    ------
    NotebookError
        If the notebook can't become a pipeline.
    """
    stores = [Store(folder) for folder in cache_folders(notebook.parent)]
    key = _key(notebook)
    known = recall_pipeline(notebook, key, stores) if cache else None
    if known:
        yield Ahead(known.pipeline, known.diagnostics)
        return
    from nbdag_converters.notebook import read_notebook

    with ExitStack() as stack:
        content = read_notebook(notebook)
        zygote = None if isolate else _zygote(content.kernel)
        if zygote:
            stack.enter_context(zygote)
        from nbdag_converters.build import build  # not before: the notebook's Python starts now

        built = build(content)
        stack.callback(_stop_runs)
        try:
            yield Ahead(built.pipeline, built.diagnostics, zygote)
        finally:
            # At the end, as only a run makes the folder. The file may have changed meanwhile.
            if key and key == _key(notebook):
                _keep(notebook, key, Known(built.pipeline, built.diagnostics), stores)


def _key(notebook: Path) -> str:
    try:
        return pipeline_key(notebook)
    except OSError:  # reading it says what is wrong
        return ""


def _zygote(kernel: str) -> Zygote | None:
    """Return the Python of a kernel, started; `None` where the run itself has to say why not."""
    if not hasattr(os, "fork"):
        return None
    try:
        python, env = find_python(kernel)
        return Zygote.start(python, env=env)
    except RunError:
        return None


def _stop_runs() -> None:
    """End a run that was left without waiting for it, before its Python ends."""
    from .local import stop_all  # it takes long to import, and is there by now

    stop_all()


def _keep(notebook: Path, key: str, known: Known, stores: Iterable[Store]) -> None:
    for store in stores:
        if store.root.parent.is_dir():
            with contextlib.suppress(OSError):
                keep_pipeline(notebook, key, known, store)
                return
