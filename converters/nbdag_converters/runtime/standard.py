"""Python's own modules: where a kernel has them from, though files beside the notebook share names.

In a kernel the notebook's folder comes after Python's own modules and before installed ones. What a
kernel has imported itself stays what it is, too, when a cell puts another folder first. The process
of a step has imported fewer modules, so it looks for those where Python's own are.
"""

from __future__ import annotations

import sys
from typing import Any

_NAMES = """
abc argparse array ast asyncio base64 bdb binascii bisect bz2 calendar cmd code codecs codeop
collections concurrent contextlib contextvars copy copyreg csv ctypes curses dataclasses
datetime decimal dis email encodings enum fcntl fnmatch functools genericpath getopt getpass
gettext glob gzip hashlib heapq hmac html http importlib inspect io ipaddress json keyword
linecache locale logging lzma math mimetypes ntpath numbers opcode operator os pathlib pdb
pickle pkgutil platform posixpath pprint pydoc pyexpat queue quopri random re reprlib resource
runpy select selectors shlex shutil signal site socket socketserver sqlite3 ssl stat string
stringprep struct subprocess sysconfig tempfile termios textwrap threading token tokenize
traceback types typing unicodedata urllib uuid warnings weakref xml xmlrpc zipfile zipimport
zlib zoneinfo
"""
KERNEL = frozenset(_NAMES.split())
INSTALLED = ("site-packages", "dist-packages")
PATH = [folder for folder in sys.path if folder]


def find(name: str) -> Any:
    """Return the spec of a module, as it is found before a notebook has a say."""
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(name, PATH)


class Standard:
    """Finds the modules in KERNEL; `add_folder` puts it among Python's finders."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG004
        """Return a module's spec, or None where it is for others to find."""
        return find(name) if path is None and name in KERNEL else None


def add_folder() -> None:
    """Let modules beside the notebook be found, as a kernel does."""
    folders = [folder for folder in sys.path if folder]
    installed = (at for at, folder in enumerate(folders) if folder.endswith(INSTALLED))
    folders.insert(next(installed, len(folders)), "")
    sys.path[:] = folders
    sys.meta_path.insert(0, Standard)
