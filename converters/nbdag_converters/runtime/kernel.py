"""What a kernel has made of its process before it runs a cell: a step's process is as it is then.

The notebook's folder comes after Python's own modules and before installed ones. What a kernel has
imported itself stays what it is, too, when a cell puts another folder first. The process of a step
has imported fewer modules, so it looks for those where Python's own are.
"""

from __future__ import annotations

import builtins
import getpass
import os
import sys
from typing import Any

ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "CLICOLOR_FORCE": "1",
    "FORCE_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}
ARGUMENTS = ["ipykernel_launcher.py", "-f", "kernel.json"]
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
MODULES = frozenset(_NAMES.split())
INSTALLED = ("site-packages", "dist-packages")
PATH = [folder for folder in sys.path if folder]


def find(name: str) -> Any:
    """Return the spec of a module, as it is found before a notebook has a say."""
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(name, PATH)


class Finder:
    """Finds MODULES; it stands among Python's finders."""

    @staticmethod
    def find_spec(name: str, path: Any = None, *_: Any) -> Any:
        """Return a module's spec, or None where it is for others to find."""
        return find(name) if path is None and name in MODULES else None


class StdinNotImplementedError(NotImplementedError):
    """Named like what a kernel without a frontend raises."""


def refuse_input(*_: Any, **__: Any) -> str:
    """Stand for `input` and `getpass`."""
    message = "nobody answers input() in a pipeline. Make it a parameter: tag its cell `parameters`"
    raise StdinNotImplementedError(message)


def prepare() -> None:
    """Make this process as a kernel's is, but for variables that it has already."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    sys.argv[:] = ARGUMENTS
    builtins.input = refuse_input
    getpass.getpass = refuse_input
    folders = [folder for folder in sys.path if folder]
    installed = (at for at, folder in enumerate(folders) if folder.endswith(INSTALLED))
    folders.insert(next(installed, len(folders)), "")
    sys.path[:] = folders
    sys.meta_path.insert(0, Finder)
