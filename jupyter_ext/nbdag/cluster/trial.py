"""Trial: one step runs in a namespace for a moment, to see what only a run can show."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat

from nbdag.runs.base import RunError
from nbdag.runs.events import RunEvent
from nbdag.runs.history import RunFolder
from nbdag.runs.values import read_value
from nbdag_converters.build import build
from nbdag_converters.compilers.argo import Options, compile_objects

from .api import WORKFLOWS, Api
from .connection import ApiError, Place
from .doctor import Finding
from .fetch import Fetch
from .link import link_of
from .run import ClusterRun
from .submit import submit

IMAGE, VALUES = "a step's image", "its values"
PATIENCE = 180  # seconds: to fetch a large image takes a while
STEP = "look"
LOOK = """\
import importlib.util, sys
python = "%d.%d" % sys.version_info[:2]
lacks = [name for name in ("IPython", "cloudpickle") if importlib.util.find_spec(name) is None]
"""
FIXES = {
    "ErrImagePull": "Push the image, name it with its registry, or give the service account a pull "
    'secret: kubectl patch serviceaccount NAME -p \'{"imagePullSecrets": [{"name": SECRET}]}\'',
    "InvalidImageName": "Name an image that can be: --image REGISTRY/NAME:TAG.",
    "Unschedulable": "No node has room for it, or may have it: kubectl describe nodes.",
}


def try_out(place: Place, options: Options, *, service_account: str = "") -> Iterator[Finding]:
    """Run a step of the usual kind there and yield what it shows; its workflow is removed.

    A config map with its code stays, the same one each time.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _write(Path(folder), service_account)
        watched = _Watched()
        try:
            compiled = compile_objects(build(path).pipeline, options)
            run = submit(compiled, options, notebook=path, place=place, on_event=watched.hear)
        except RunError as error:
            yield Finding(IMAGE, "bad", str(error))
            return
        try:
            watched.over.wait(PATIENCE)
            yield from _findings(run, watched, options.image)
        finally:
            _remove(run, place)


class _Watched:
    """Hears whether the step can start, and when the run is over."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.held: RunEvent | None = None

    def hear(self, event: RunEvent) -> None:
        """Take an event."""
        if event.kind == "held":
            self.held = event
            if event.data.get("name") != "Unschedulable":  # that may pass
                self.over.set()
        elif event.kind in ("launched", "run-finished"):
            self.held = None
            if event.kind == "run-finished":
                self.over.set()


def _findings(run: ClusterRun, watched: _Watched, image: str | None) -> Iterator[Finding]:
    if watched.held:
        data = watched.held.data
        reason = str(data.get("name")).replace("ImagePullBackOff", "ErrImagePull")
        yield Finding(IMAGE, "bad", str(data.get("message")), FIXES.get(reason, ""))
        return
    if not watched.over.is_set():
        yield Finding(IMAGE, "bad", f"the step has not ended within {PATIENCE} seconds")
        return
    state = run.wait()
    if state.phase.bad:
        step = state.steps.get(STEP)
        yield Finding(IMAGE, "bad", (step.message if step else "") or state.message)
        return
    yield from _left(run.folder, image)


def _left(folder: RunFolder, image: str | None) -> Iterator[Finding]:
    """Yield what a step that did well says of itself, by way of the store of values."""
    named = image or "the usual image"
    try:
        Fetch(folder).values(STEP)
        step = folder.pipeline().step(STEP)
        python, lacks = (read_value(folder, step, name) for name in ("python", "lacks"))
    except RunError as error:
        yield Finding(IMAGE, "good", f"{named} runs steps")
        yield Finding(VALUES, "unknown", f"what steps leave can't be read from here: {error}")
        return
    without = f", without {' and '.join(lacks)}" if lacks else ""
    yield Finding(IMAGE, "good", f"{named} runs steps: Python {python}{without}")
    yield Finding(VALUES, "good", "what steps leave is stored, and can be read from here")


def _write(folder: Path, service_account: str) -> Path:
    cells: list[Any] = [
        nbformat.v4.new_code_cell(LOOK, id="look", metadata={"tags": [f"step:{STEP}"]})
    ]
    metadata: dict[str, Any] = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "nbdag": {"service_account": service_account} if service_account else {},
    }
    path = folder / "nbdag-doctor.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def _remove(run: ClusterRun, place: Place) -> None:
    """Remove the workflow, and with it its pods."""
    link = link_of(run.folder)
    with suppress(ApiError):
        Api(Place(link.namespace, place.context)).remove(WORKFLOWS, link.workflow)
    with suppress(RunError):
        run.wait(10)
