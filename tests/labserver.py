"""A JupyterLab, Notebook, or server alone, of its own for a test: fresh folders, a free port."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from nbdag.runs.base import RunError
from nbdag.runs.control import send
from nbdag.runs.history import list_runs

TOKEN = "t0ken"
_CLASSES = {"lab": "LabApp", "notebook": "JupyterNotebookApp", "server": ""}
# These take part wherever they are installed.
TOGETHER = ["@jupyter/collaboration-extension", "@jupyter/docprovider-extension"]
TOGETHER_SERVERS = ["jupyter_server_ydoc", "jupyter_server_fileid"]
QUIET = {"fetchNews": "false", "checkForUpdates": False}


class LabServer:
    """JupyterLab in a process; `work` is the folder that it shows.

    Parameters
    ----------
    folder
        Where all of it lies.
    app
        `lab`, `notebook`, or `server`: what stands behind both.
    extension
        Whether nbdag's extension is on.
    together
        Whether users edit a notebook at once.
    variables
        More variables of its environment.
    """

    def __init__(
        self,
        folder: Path,
        *,
        app: str = "lab",
        extension: bool = True,
        together: bool = False,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.app = app
        self.work = folder / "work"
        self.work.mkdir()
        self._home = folder / "home"
        settings = self._home / "settings/@jupyterlab/apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(QUIET))
        self._config = self._home / "jupyter_config_dir"
        (self._config / "labconfig").mkdir(parents=True)
        self._always_off = [*([] if extension else ["nbdag"]), *([] if together else TOGETHER)]
        self.disable()
        servers = dict.fromkeys([] if together else TOGETHER_SERVERS, False)
        server = {"ServerApp": {"jpserver_extensions": servers}}
        (self._config / "jupyter_server_config.json").write_text(json.dumps(server))
        self._variables = dict(variables or {})
        self._log = folder / "server.log"
        self._take_port()
        try:
            self.start()
        except RuntimeError as error:
            if "already in use" not in str(error):
                raise
            self._take_port()  # another program was quicker
            self.start()

    def start(self) -> None:
        """Start the server, again where it was stopped; return when it answers."""
        page = _CLASSES[self.app]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "jupyter", self.app, "--no-browser", "--allow-root"),
                    f"--port={self.port}",
                    "--ServerApp.port_retries=0",
                    f"--IdentityProvider.token={TOKEN}",
                    f"--ServerApp.root_dir={self.work}",
                    "--ServerApp.terminals_enabled=False",
                    *([f"--{page}.expose_app_in_browser=True"] if page else []),
                ],
                cwd=self.work,
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 180
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self._log.read_text()[-3000:])
            time.sleep(0.1)

    def _take_port(self) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"

    def disable(self, *plugins: str) -> None:
        """Disable these plugins, and no others of nbdag, in pages that are opened from now on."""
        page = {"disabledExtensions": dict.fromkeys([*self._always_off, *plugins], True)}
        (self._config / "labconfig/page_config.json").write_text(json.dumps(page))

    def stop(self) -> None:
        """End the server; runs go on."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """End the server, and what it has started: a run at a gate would wait for ever."""
        self.stop()
        for run in list_runs(self.work):
            with suppress(RunError):  # most are over
                send(run, "stop", now=True)

    def url(self, workspace: str, path: str) -> str:
        """Return the address at which a notebook is open; each workspace has its own tabs."""
        place = f"lab/workspaces/{workspace}/tree" if self.app == "lab" else "notebooks"
        return f"{self.base}/{place}/{path}?token={TOKEN}"

    def _environment(self) -> dict[str, str]:
        names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        return {
            **os.environ,
            **self._variables,
            **{name: str(self._home / name.lower()) for name in names},
            "JUPYTERLAB_SETTINGS_DIR": str(self._home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self._home / "workspaces"),
        }

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base}/api/status?token={TOKEN}", timeout=10):
                return True
        except (OSError, urllib.error.URLError):
            return False


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
