"""Notebooks as JSON, cell by cell, with no tags but those that a test writes."""

from __future__ import annotations

from typing import Any

from nbdag_converters.notebook import Notebook, read_notebook
from nbdag_converters.steps import Draft, draft


def code(source: str, *tags: str) -> dict[str, Any]:
    """Return a code cell."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [],
        "source": source,
    }


def text(source: str, *tags: str) -> dict[str, Any]:
    """Return a Markdown cell."""
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "markdown", "metadata": metadata, "source": source}


def content(*cells: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a notebook of format 4.4, whose cells have no ids."""
    return {"cells": list(cells), "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 4}


def notebook(*cells: dict[str, Any], metadata: dict[str, Any] | None = None) -> Notebook:
    """Return the Notebook of `content`."""
    return read_notebook(content(*cells, metadata=metadata))


def drafted(*cells: dict[str, Any], metadata: dict[str, Any] | None = None) -> Draft:
    """Return the Draft of `content`."""
    return draft(notebook(*cells, metadata=metadata))


def codes(draft: Draft) -> list[str]:
    """Return the codes of a draft's findings."""
    return [finding.code for finding in draft.diagnostics]
