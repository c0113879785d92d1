"""The page: nbconvert renders the executed notebook into a template of our own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from nbdag.runs.base import RunError
from nbdag.runs.executed import executed_notebook
from nbdag.runs.files import write_atomic
from nbdag.runs.history import RunFolder

from .view import StepView, View, view_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

_TEMPLATES = Path(__file__).parent / "templates"
_TEMPLATE = "nbdag_report"


def write_report(run: RunFolder, path: Path) -> None:
    """Write the page to *path*, whole or not at all.

    Raises
    ------
    RunError
        If the run can't be read, or *path* can't be written.
    """
    text = report_html(run)
    try:
        write_atomic(path, text.encode(errors="replace"))
    except OSError as error:
        msg = f"The report can't be written to {path}: {error.strerror}."
        raise RunError(msg) from None


def report_html(run: RunFolder) -> str:
    """Return the page of *run*, which may still go on: then it shows how far it is.

    Raises
    ------
    RunError
        If the run can't be read.
    """
    import nbformat
    from nbconvert import HTMLExporter

    view = view_of(run)
    # Written and read, texts are no lists of lines any more, which nbconvert does not take.
    node = nbformat.reads(nbformat.writes(executed_notebook(run)), as_version=4)
    _tell_steps(node, view)
    log = logging.getLogger(__name__)
    log.setLevel(logging.ERROR)  # that images have no text beside them is the notebook's matter
    exporter = HTMLExporter(
        extra_template_basedirs=[str(_TEMPLATES)],
        template_name=_TEMPLATE,
        anchor_link_text="",
        log=log,
    )
    css = (_TEMPLATES / _TEMPLATE / "page.css").read_text(encoding="utf-8")
    resources = {"nbdag": {"view": view, "css": css + _highlighting()}}
    return str(exporter.from_notebook_node(node, resources=resources)[0])


def _tell_steps(node: NotebookNode, view: View) -> None:
    """Note in each cell of which step it is, for the template."""
    by_cell: dict[int, StepView] = {number: step for step in view.steps for number in step.cells}
    told = ""
    for number, cell in enumerate(node.cells, 1):
        step = by_cell.get(number)
        if step is not None:
            first = step.name != told
            told = step.name
            cell.metadata["nbdag_report"] = {"step": step, "first": first}


def _highlighting() -> str:
    """Return the colours of code, for light and for dark pages."""
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

    light = str(HtmlFormatter(style="friendly", cssclass="highlight").get_style_defs(".highlight"))
    dark = str(
        HtmlFormatter(style="github-dark", cssclass="highlight").get_style_defs(".highlight")
    )
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
