"""Prints the versions of packages that this Python has, as requirements of pip.

Usage: versions.py NAME…
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version


def requirement(name: str) -> str:
    """Return `name==version`, or the name alone where this Python doesn't have the package."""
    try:
        return f"{name}=={version(name)}"
    except PackageNotFoundError:
        return name


if __name__ == "__main__":
    print("\n".join(requirement(name) for name in sys.argv[1:]))
