"""What nbdag adds to JupyterLab: to the server's start, to its memory, to what a browser loads."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from .figure import Figure, main
from .timing import ENVIRONMENT

ROOT = Path(__file__).parents[1]
TOKEN = "t0ken"
TIMES = 7


class Cost(NamedTuple):
    """What a server took until it had answered: CPU seconds, and megabytes."""

    seconds: float
    memory: float


def measure() -> Sequence[Figure]:
    """Return the figures of a server with nbdag over those of one without, in turn."""
    pairs = [(cost(with_nbdag=False), cost(with_nbdag=True)) for _ in range(TIMES)]
    alone = Cost(min(one.seconds for one, _ in pairs), min(one.memory for one, _ in pairs))
    # Of neighbours in time: how busy the machine is changes, and with it what a second is worth.
    seconds = median(both.seconds - one.seconds for one, both in pairs)
    memory = median(both.memory - one.memory for one, both in pairs)
    static = (ROOT / "labextension/dist/static").glob("*.js")
    size = sum(path.stat().st_size for path in static) / 1e6
    return [
        Figure("start of the server alone", alone.seconds, "CPU s"),
        Figure("nbdag adds", seconds, "CPU s", goal=0.2),
        Figure("memory of the server alone", alone.memory, "MB"),
        Figure("nbdag adds, after a check", memory, "MB", goal=15),
        Figure("the extension in the browser", size, "MB", goal=0.5),
    ]


def cost(*, with_nbdag: bool) -> Cost:
    """Start a JupyterLab of its own, ask it for its page, and return what that took."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        work = home / "work"
        work.mkdir()
        (work / "a.ipynb").write_text(json.dumps(NOTEBOOK))
        prepare(home, with_nbdag=with_nbdag)
        port = free_port()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
                *(f"--port={port}", f"--IdentityProvider.token={TOKEN}"),
                f"--ServerApp.root_dir={work}",
            ],
            cwd=work,
            env={**ENVIRONMENT, **folders(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait(port)
            ask(port, "lab")
            seconds = cpu_of(process.pid)
            if with_nbdag:
                ask(port, "nbdag/check", {"path": "a.ipynb", "notebook": NOTEBOOK})
            return Cost(seconds, memory_of(process.pid))
        finally:
            process.terminate()
            process.wait()


NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "id": "a",
            "metadata": {"tags": ["step:a"]},
            "source": "x = len('ab')",
            "outputs": [],
            "execution_count": None,
        }
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def folders(home: Path) -> dict[str, str]:
    """Return the variables that keep a server to its own folders."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    return {name: str(home / name.lower()) for name in names}


def prepare(home: Path, *, with_nbdag: bool) -> None:
    """Write the server's settings."""
    config = home / "jupyter_config_dir"
    (config / "labconfig").mkdir(parents=True)
    off = {"nbdag": True, "@jupyter/collaboration-extension": True}
    page = {"disabledExtensions": {name: on for name, on in off.items() if name != "nbdag"}}
    if not with_nbdag:
        page = {"disabledExtensions": off}
    (config / "labconfig/page_config.json").write_text(json.dumps(page))
    loaded = {"nbdag": with_nbdag, "jupyter_server_ydoc": False, "jupyter_server_fileid": False}
    server = {"ServerApp": {"jpserver_extensions": loaded}}
    (config / "jupyter_server_config.json").write_text(json.dumps(server))


def ask(port: int, route: str, body: object = None) -> None:
    """Ask the server for something, and take all of the answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{route}", data, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def wait(port: int) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 60
    while not answers(port):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def answers(port: int) -> bool:
    """Return whether the server answers already."""
    try:
        ask(port, "api/status")
    except (OSError, urllib.error.URLError):
        return False
    return True


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    """Return the megabytes that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (size,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(size) / 1e3


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    main("JupyterLab with nbdag over JupyterLab alone", measure)
