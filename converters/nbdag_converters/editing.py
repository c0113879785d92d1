"""A notebook's file with other tags or settings: as text, all else as it was.

nbformat sorts keys and sets its own indentation. Here the text keeps the order, indentation and
escapes of the file that it comes from, so that the change is all that version control shows.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from .notebook import Notebook, read_text
from .settings import set_config


def with_tags(notebook: Notebook, tags: Sequence[Sequence[str]]) -> str:
    """Return the file's text with *tags*, those of all cells in order."""
    content = edited(notebook)
    for cell, texts in zip(cast("list[dict[str, Any]]", content["cells"]), tags, strict=True):
        metadata = cast("dict[str, Any]", cell.setdefault("metadata", {}))
        if list(texts) != metadata.get("tags", []):
            metadata["tags"] = list(texts)
        if not texts and not metadata.get("tags", True):
            del metadata["tags"]
    return as_text(content, like=text_of(notebook))


def with_settings(notebook: Notebook, assignments: Iterable[str]) -> str:
    """Return the file's text with settings such as `timeout=2h` in its metadata.

    Raises
    ------
    NotebookError
        If there is no such setting or its value is wrong.
    """
    content = edited(notebook)
    for assignment in assignments:
        set_config(content, assignment)
    return as_text(content, like=text_of(notebook))


def edited(notebook: Notebook) -> dict[str, Any]:
    """Return the notebook's content to be changed."""
    return copy.deepcopy(dict(notebook.content))


def text_of(notebook: Notebook) -> str:
    """Return the text of the notebook's file, "" where it has none."""
    return read_text(notebook.path) if notebook.path is not None else ""


def as_text(content: Mapping[str, Any], *, like: str = "") -> str:
    """Return the JSON of a notebook, formatted as *like*, or as nbformat would."""
    indent = re.search(r"\{\r?\n([ \t]+)\"", like)
    text = json.dumps(
        content,
        indent=indent[1] if indent else None if like and "\n" not in like.strip() else 1,
        ensure_ascii=bool(like) and like.isascii() and "\\u" in like,
        separators=(",", ":") if like and not re.search(r'":\s', like) else None,
    )
    if "\r\n" in like:
        text = text.replace("\n", "\r\n")
    end = re.search(r"\s*\Z", like)
    return text + (end[0] if end and like else "\n")
