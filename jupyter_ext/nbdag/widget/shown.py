"""Shown: a pipeline, or a run of it, as it is displayed below a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nbdag import reach
from nbdag.runs.history import RunFolder
from nbdag.runs.shell import own_shell
from nbdag.runs.view import run_view
from nbdag_converters.model import Pipeline

from .drawn import drawn
from .live import follow_in_thread

if TYPE_CHECKING:
    from .dag import DagWidget

MIME = "application/vnd.nbdag.dag+json"
"""What JupyterLab draws with nbdag's extension; it holds no code, so it needs no trust."""
_WIDGET = "application/vnd.jupyter.widget-view+json"


def is_watched() -> bool:
    """Return whether somebody looks on while this cell runs.

    Where nothing can be typed in answer to `input()`, as in nbconvert and papermill, nobody does; a
    widget would only hide the picture in what they write.
    """
    shell = own_shell()
    kernel = getattr(shell, "kernel", None)
    request: Mapping[str, Any] = kernel.get_parent() if kernel else {}
    return bool(request.get("content", {}).get("allow_stdin"))


def show(
    pipeline: Pipeline,
    pictures: Callable[[], Mapping[str, str]],
    folder: RunFolder | None = None,
) -> None:
    """Display a DAG that is live, with the *pictures* for who can't show it.

    At the end of the run in *folder* the pictures are put anew, so that a saved notebook has them
    as they are then.
    """
    from IPython.display import display

    def whole() -> dict[str, Any] | None:
        return {**run_view(folder.state()), "whole": True} if folder else None

    def answer(step: str, approved: bool) -> None:  # noqa: FBT001 - as the gate asks
        if folder:
            reach.send(folder, "resume" if approved else "deny", step)

    data = drawn(pipeline)
    widget = _widget(data, whole, answer)

    def bundle() -> dict[str, Any]:
        view: Any = widget.get_view_spec() if widget else {}
        parts = {_WIDGET: view} if view else {}
        return {MIME: {"pipeline": data, "run": whole()}, **parts, **pictures()}

    handle: Any = display(bundle(), raw=True, display_id=True)
    if not folder or folder.state().phase.done:
        return

    def end() -> None:
        if widget:
            widget.end()
        handle.update(bundle(), raw=True)

    follow_in_thread(folder, widget.tell if widget else lambda _: None, end)


def _widget(
    data: Mapping[str, Any],
    whole: Callable[[], Mapping[str, Any] | None],
    answer: Callable[[str, bool], None],
) -> DagWidget | None:
    """Return a widget; `None` without anywidget, or where its module was not built."""
    if not find_spec("anywidget"):
        return None
    from .dag import STATIC, DagWidget

    return DagWidget(data, whole, answer) if (STATIC / "dag.js").exists() else None
