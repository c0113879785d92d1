"""The wheel brings the JupyterLab extension built, and switches the server's part on."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
DATA = "nbdag-{version}.data/data/"


def test_a_wheel_needs_no_node_and_holds_all_of_the_extension(tmp_path: Path) -> None:
    # `make test-lab` has built the extension; without npm in the PATH nothing can be built anew.
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    folders = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    path = ":".join(folder for folder in folders if not (Path(folder) / "npm").exists())
    subprocess.run([*pip, str(tmp_path), str(ROOT)], check=True, env={"PATH": path})
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        data = DATA.format(version=wheel.name.split("-")[1])
        lab = f"{data}share/jupyter/labextensions/nbdag/"
        package = json.loads(archive.read(f"{lab}package.json"))
        config = json.loads(archive.read(f"{data}etc/jupyter/jupyter_server_config.d/nbdag.json"))
    assert package["name"] == "nbdag"
    assert lab + package["jupyterlab"]["_build"]["load"] in names
    assert {f"{lab}install.json", f"{lab}schemas/nbdag/commands.json"} <= names
    assert config["ServerApp"]["jpserver_extensions"] == {"nbdag": True}
    assert "nbdag/server/extension.py" in names
    assert not [name for name in names if "node_modules" in name or name.endswith(".ts")]
    size = sum(Path(found).stat().st_size for found in (ROOT / "labextension/dist").rglob("*.js"))
    assert size < 500_000
