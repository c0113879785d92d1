"""nbconvert preprocessors: `jupyter nbconvert --to notebook --TagCells.enabled=True …`.

Importing nbconvert is slow, so nothing else of nbdag may import this module.
"""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Enum

from .notebook import read_notebook
from .proposal import propose, tags_of


class TagCells(Preprocessor):
    """Tags the cells of a notebook that has no steps: one a heading, or one a cell."""

    by = Enum(["heading", "cell"], default_value="heading", help="What begins a step.").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with `step:` tags, and *resources* as they are."""
        tags = propose(read_notebook(nb), "cell" if self.by == "cell" else "heading")
        for cell, texts in zip(nb.cells, tags, strict=True):
            if texts:
                cell.metadata["tags"] = list(texts)
        return nb, resources


class DropSkipped(Preprocessor):
    """Removes the cells that are tagged `skip`: the notebook that the pipeline runs."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook without its skipped cells, and *resources* as they are."""
        skipped = {
            cell.number
            for cell in read_notebook(nb).cells
            if any(tag.directive.role == "skip" for tag in tags_of(cell))
        }
        nb.cells = [cell for number, cell in enumerate(nb.cells, 1) if number not in skipped]
        return nb, resources
