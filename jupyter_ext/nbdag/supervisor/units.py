"""Units: what has the system start a command, and start it again when it has ended."""

from __future__ import annotations

import plistlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

System: TypeAlias = Literal["systemd", "launchd"]


def unit(system: System, name: str, command: Sequence[str], folder: Path) -> str:
    """Return the unit of a user that runs *command* in *folder*, as a file of the system has it."""
    return (
        _systemd(name, command, folder) if system == "systemd" else _launchd(name, command, folder)
    )


def _systemd(name: str, command: Sequence[str], folder: Path) -> str:
    return f"""\
[Unit]
Description=nbdag: runs of {_plain(name)}

[Service]
WorkingDirectory={str(folder).replace("%", "%%")}
ExecStart={" ".join(map(_quoted, command))}
Restart=on-failure
RestartSec=30
KillMode=mixed

[Install]
WantedBy=default.target
"""


def _quoted(text: str) -> str:
    """Return a word of a command as systemd reads it: `%` and `$` mean something there."""
    for sign, instead in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("%", "%%"), ("$", "$$")):
        text = text.replace(sign, instead)
    return f'"{text}"'


def _launchd(name: str, command: Sequence[str], folder: Path) -> str:
    slug = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")
    made = {
        "Label": f"nbdag.{slug}",
        "ProgramArguments": list(command),
        "WorkingDirectory": str(folder),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
    }
    return plistlib.dumps(made).decode()


def _plain(text: str) -> str:
    return " ".join(text.replace("%", "%%").split())
