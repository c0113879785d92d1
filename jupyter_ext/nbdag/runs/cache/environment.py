"""The environment of a step, as far as its outcome may depend on it."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

# Settings of libraries and of the language that no code has to mention.
_ALWAYS = (
    "CUDA_VISIBLE_DEVICES",
    "LANG",
    "LC_ALL",
    "MPLBACKEND",
    "PYTHONHASHSEED",
    "PYTHONPATH",
    "PYTHONWARNINGS",
    "TZ",
)
# The whole of os.environ is used, not one variable of it.
_ALL = re.compile(r"\benviron\b(?!\s*(\[|\.\s*(get|pop|setdefault)\b))|%env\s*$", re.MULTILINE)
# These differ from terminal to terminal.
_PASSING = re.compile(
    r"_|PWD|OLDPWD|SHLVL|TERM\w*|COLUMNS|LINES|COLORTERM|(SSH|TMUX|XDG|DBUS|VSCODE|JPY|NBDAG)_?\w*"
    r"|WINDOWID|STY|DISPLAY|GPG_\w+"
)
_WORD = re.compile(r"[A-Za-z_]\w*")


def packages_of(python: str) -> str:
    """Return a hash of which interpreter *python* is, and of the packages that it has.

    Nothing is started: an interpreter is its file, packages are the versions in their metadata.
    """
    program = Path(python)
    parts = [python, str(program.resolve())]
    for path in (program.resolve(), program.parent.parent / "pyvenv.cfg"):
        try:
            status = path.stat()
        except OSError:
            continue
        parts.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    for folder in _package_folders(program):
        parts.append(str(folder))
        parts += sorted(
            path.name
            for path in folder.iterdir()
            if path.name.endswith((".dist-info", ".egg-info", ".pth", ".egg-link"))
        )
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()


def _package_folders(program: Path) -> Iterator[Path]:
    if str(program) == sys.executable:
        found = [Path(path) for path in sys.path]
    else:
        roots = (program.parent.parent, program.resolve().parent.parent, Path.home() / ".local")
        found = [
            path
            for root in dict.fromkeys(roots)
            for kind in ("site-packages", "dist-packages")
            for path in sorted((root / "lib").glob(f"python3*/{kind}"))
        ]
    for path in found:
        if path.name in ("site-packages", "dist-packages") and path.is_dir():
            yield path


def variables_of(sources: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return those variables of *environment* that the code in *sources* can depend on.

    They are those that it names, all where it uses them as a whole, and a few that always count.
    """
    code = "\n".join(sources)
    named = {*_WORD.findall(code), *_ALWAYS}
    whole = _ALL.search(code) is not None
    return {
        name: value
        for name, value in environment.items()
        if name in named or (whole and not _PASSING.fullmatch(name))
    }
