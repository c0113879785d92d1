"""Puts the JupyterLab extension into the wheel, built: who installs it needs no Node.

An editable install stays as quick as it was, and needs none either: `make lab` builds the extension
and links it. From a clone a wheel is built with Node >= 20; NBDAG_WITHOUT_LAB=1 leaves it out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "share/jupyter/labextensions/nbdag"
SOURCES = ("src", "style", "schema", "package.json", "package-lock.json")


class LabExtension(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook that hatchling finds here."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what isn't built, and say where its files go."""
        if version == "editable" or os.environ.get("NBDAG_WITHOUT_LAB"):
            return
        folder = Path(self.root) / "labextension"
        if not is_fresh(folder):
            build(folder)
        if self.target_name == "wheel":
            build_data["shared_data"][str(folder / "dist")] = TARGET


def is_fresh(folder: Path) -> bool:
    """Return whether what is built is not older than what it is built from."""
    built = folder / "dist" / "package.json"
    if not built.exists():
        return False
    files = [
        path
        for name in SOURCES
        for path in ((folder / name).rglob("*") if (folder / name).is_dir() else [folder / name])
        if path.is_file()
    ]
    return all(path.stat().st_mtime <= built.stat().st_mtime for path in files)


def build(folder: Path) -> None:
    """Build the extension with npm."""
    npm = shutil.which("npm")
    if npm is None:
        msg = (
            "nbdag's JupyterLab extension is built with Node >= 20, and there is no `npm`. "
            "Install it, or set NBDAG_WITHOUT_LAB=1 to install nbdag without its buttons."
        )
        raise RuntimeError(msg)
    subprocess.run([npm, "ci", "--ignore-scripts"], cwd=folder, check=True)  # noqa: S603
    subprocess.run([npm, "run", "build"], cwd=folder, check=True)  # noqa: S603
