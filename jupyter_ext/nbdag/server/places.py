"""Places: from what a tab may name to what it means on disk, or a refusal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_server.utils import ApiPath, to_os_path
from tornado.web import HTTPError

from nbdag.runs.history import RunFolder, list_runs


def notebook_file(contents: Any, path: object) -> Path:
    """Return the file of the notebook that Jupyter calls *path*; it is below the server's root.

    Raises
    ------
    HTTPError
        If it isn't a notebook that this server shows.
    """
    root = getattr(contents, "root_dir", "")
    if not root:
        raise HTTPError(501, "nbdag needs notebooks that are files of this server.")
    if not isinstance(path, str) or not path.endswith(".ipynb") or "\0" in path:
        raise HTTPError(400, f"{path!r} is no notebook.")
    top = Path(os.path.abspath(Path(root).expanduser()))  # noqa: PTH100 - links stay as they are
    found = Path(os.path.abspath(to_os_path(ApiPath(path), str(top))))  # noqa: PTH100
    outside = not found.is_relative_to(top)
    if outside or (is_hidden(found, top) and not contents.allow_hidden):
        raise HTTPError(404, f"There is no notebook '{path}'.")
    if not found.is_file():
        raise HTTPError(404, f"There is no notebook '{path}'; it was moved, renamed or deleted.")
    return found


def is_hidden(path: Path, top: Path) -> bool:
    """Return whether the path, or a folder in which it lies below *top*, is hidden."""
    return any(part.startswith(".") for part in path.relative_to(top).parts)


def run_folder(notebook: Path, run: str) -> RunFolder:
    """Return the run of that id, which has to be one of a notebook in the folder of *notebook*.

    It may have been run by another name than it has now.

    Raises
    ------
    HTTPError
        If there is none.
    """
    for found in list_runs(notebook.parent):
        if found.id == run:
            return found
    raise HTTPError(404, f"There is no run '{run}' beside {notebook.name}.")
