"""Image: what a container needs to run a notebook's steps, pinned as it is installed here."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .runs.base import RunError

OWN = ("cloudpickle", "ipython", "matplotlib-inline")
"""What steps use beside what the notebook imports: its values, its magics, its figures."""
QUIET = {"pandas": ("bottleneck", "numexpr", "pyarrow")}
"""Packages that another one uses where they are installed, and gives other results without."""
USER = 1000


def requirements(modules: Iterable[str]) -> tuple[str, ...]:
    """Return `name==version` of the packages that bring *modules*, and of all that they need.

    Raises
    ------
    RunError
        If a module is of no package that is installed in this Python.
    """
    brought = metadata.packages_distributions()
    unknown = [name for name in modules if name not in brought]
    if unknown:
        msg = (
            f"The notebook imports {', '.join(unknown)}, which no package of this Python brings "
            f"({sys.executable}). Install it, or run nbdag in the notebook's environment."
        )
        raise RunError(msg)
    wanted = {name for module in modules for name in brought[module]}
    found: dict[str, str] = {}
    todo = [*wanted, *(name for name in OWN if _installed(name))]
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in found and _installed(name):
            found[name] = metadata.version(name)
            todo += [*_needs(name), *QUIET.get(name, ())]
    return tuple(f"{name}=={found[name]}" for name in sorted(found))


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _needs(name: str) -> Iterator[str]:
    """Yield what a package needs here, without its extras."""
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name


def containerfile(python: str) -> str:
    """Return the Containerfile: any user may run the image, as OpenShift has it.

    *python* is as `3.11`, that of the notebook's kernel, so that values and code mean the same.
    """
    return f"""\
FROM docker.io/library/python:{python}-slim
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt && rm /tmp/requirements.txt
# What nbdag runs in each container, compiled. Without it, or with another nbdag, steps compile it.
COPY runtime.py /tmp/runtime.py
RUN python /tmp/runtime.py && rm /tmp/runtime.py
# Any user of group 0 may write where programs keep their things.
ENV HOME=/home/nbdag MPLCONFIGDIR=/tmp PYTHONDONTWRITEBYTECODE=1
RUN mkdir -p "$HOME" && chgrp 0 "$HOME" && chmod 2775 "$HOME"
WORKDIR /home/nbdag
USER {USER}
"""


def build_config(name: str) -> dict[str, object]:
    """Return the ImageStream and the BuildConfig that build the image on OpenShift, as a list."""
    labels = {"app.kubernetes.io/managed-by": "nbdag"}
    stream = {
        "apiVersion": "image.openshift.io/v1",
        "kind": "ImageStream",
        "metadata": {"name": name, "labels": labels},
    }
    build = {
        "apiVersion": "build.openshift.io/v1",
        "kind": "BuildConfig",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "source": {"type": "Binary", "binary": {}},
            "strategy": {
                "type": "Docker",
                "dockerStrategy": {"dockerfilePath": "Containerfile"},
            },
            "output": {"to": {"kind": "ImageStreamTag", "name": f"{name}:latest"}},
        },
    }
    return {"apiVersion": "v1", "kind": "List", "items": [stream, build]}
