"""Named: clusters that the user's settings name, for whole runs.

```yaml
edge:
  kubeconfig: /home/jane/.kube/edge       # else that of KUBECONFIG; as a secret may be mounted
  context: edge                           # else its current one
  namespace: ml
  repository: artifact-repositories/edge  # config map and key, else the namespace's own
  store: https://s3.example.org           # the artifact store's address from here, if another
```
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from nbdag.runs.base import RunError

NAMED = "cluster:"
"""What stands before a cluster's name where else a context of the kubeconfig stands."""
VARIABLE = "NBDAG_CLUSTERS"
_FILE = "nbdag-clusters.yaml"


@dataclass(frozen=True, slots=True)
class Named:
    """What the settings say of a cluster; "" where they say nothing."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    repository: str = ""
    store: str = ""

    @property
    def repository_pair(self) -> tuple[str, str] | None:
        """The config map and the key of its artifact repository."""
        name, _, key = self.repository.partition("/")
        return (name, key) if name else None


def named(context: str) -> Named:
    """Return what is said of a context: all of a cluster's settings, or that it is one.

    Raises
    ------
    RunError
        If the settings have no such cluster, or can't be read.
    """
    if not context.startswith(NAMED):
        return Named(context=context)
    name, path = context.removeprefix(NAMED), settings_file()
    known = _read(path)
    if name not in known:
        msg = f"There is no cluster '{name}' in {path}; there are: {', '.join(known) or 'none'}."
        raise RunError(msg)
    return _parse(known[name], f"{path}, cluster '{name}'")


def settings_file() -> Path:
    """Return the file that names clusters: NBDAG_CLUSTERS, else in Jupyter's settings."""
    from jupyter_core.paths import jupyter_config_dir

    said = os.environ.get(VARIABLE)
    return Path(said) if said else Path(jupyter_config_dir()) / _FILE


def _read(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        found: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        msg = f"{path} can't be read: {' '.join(str(error).split())}."
        raise RunError(msg) from None
    if not isinstance(found, dict):
        msg = f"{path} has to hold names of clusters, each with its settings."
        raise RunError(msg)
    return cast("dict[str, Any]", found)


def _parse(said: object, where: str) -> Named:
    known = [field.name for field in fields(Named)]
    if not isinstance(said, dict):
        msg = f"{where}: its settings are {', '.join(known)}."
        raise RunError(msg)
    values = cast("dict[str, object]", said)
    for key, value in values.items():
        if key not in known or not isinstance(value, str):
            msg = f"{where}: '{key}: {value}' is none of its settings, which are texts: "
            raise RunError(msg + f"{', '.join(known)}.")
    made = Named(**cast("dict[str, str]", values))
    if made.repository and not all(made.repository.partition("/")):
        msg = f"{where}: the repository is CONFIGMAP/KEY, not '{made.repository}'."
        raise RunError(msg)
    return made
