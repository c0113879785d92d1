"""The contents of files that go along with a notebook, for targets that start on other machines."""

from __future__ import annotations

from .build import Built

_IGNORED = ("__pycache__", ".ipynb_checkpoints", ".git", ".nbdag")


def shipped_files(built: Built) -> dict[str, bytes]:
    """Return the contents of the pipeline's files by path; none where the notebook has no folder.

    Folders count with all that is in them. A link that leads out of the notebook's folder is left
    out, as are files that can't be read.
    """
    if built.notebook.path is None:
        return {}
    folder = built.notebook.path.parent.resolve()
    wanted = dict.fromkeys((*built.pipeline.files, *built.pipeline.config.files))
    found: dict[str, bytes] = {}
    for name in wanted:
        start = folder / name
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            inside = path.resolve().is_relative_to(folder)
            if inside and path.is_file() and not any(part in _IGNORED for part in path.parts):
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
