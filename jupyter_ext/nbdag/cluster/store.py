"""Store: the artifact repository of a workflow, read where the steps have written."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from nbdag.runs.base import RunError
from nbdag.runs.remote.objects import ENDPOINT, Bucket

from .api import Api


class Store:
    """The part of a bucket that belongs to one workflow."""

    def __init__(self, repository: Mapping[str, Any], uid: str, api: Api) -> None:
        s3 = cast("Mapping[str, Any]", repository.get("s3") or {})
        if not s3.get("bucket"):
            kinds = ", ".join(key for key in repository if key != "archiveLogs") or "none"
            msg = f"The namespace's artifact repository is no S3 store with a bucket, but: {kinds}."
            raise RunError(msg)
        secure = not s3.get("insecure", False)
        endpoint = api.store or os.environ.get(ENDPOINT)
        endpoint = endpoint or str(s3.get("endpoint", "s3.amazonaws.com"))
        if "://" not in endpoint:
            endpoint = f"{'https' if secure else 'http'}://{endpoint}"
        settings = {"region": str(s3.get("region") or "us-east-1")}
        for setting, field in (
            ("access_key_id", "accessKeySecret"),
            ("secret_access_key", "secretKeySecret"),
            ("session_token", "sessionTokenSecret"),
        ):
            if s3.get(field):
                settings[setting] = _secret(api, s3[field])
        self._uid = uid
        self._bucket = Bucket(str(s3["bucket"]), endpoint, settings)

    def fetch(self, key: str, path: Path) -> bool:
        """Write an object to *path*, whole or not at all; return whether there is one.

        Raises
        ------
        RunError
            If the store can't be reached, or refuses it.
        """
        return self._bucket.fetch(_key(self._uid, key), path)

    def copy(self, key: str, uid: str) -> bool:
        """Let another workflow have an object too; return whether there is one.

        Raises
        ------
        RunError
            If the store can't be reached, or refuses it.
        """
        return self._bucket.copy(_key(self._uid, key), _key(uid, key))


def _key(uid: str, key: str) -> str:
    return f"nbdag/{uid}/{key}"


def _secret(api: Api, where: Mapping[str, str]) -> str:
    entries = api.secret(where["name"])
    if where["key"] not in entries:
        msg = f"The secret '{where['name']}' has no '{where['key']}' to read artifacts with."
        raise RunError(msg)
    return base64.b64decode(entries[where["key"]]).decode()


def repository_of(workflow: Mapping[str, Any], api: Api) -> Mapping[str, Any]:
    """Return the artifact repository that a workflow uses, as Argo describes it.

    Raises
    ------
    RunError
        If it has none.
    """
    used = cast(
        "Mapping[str, Any]", (workflow.get("status") or {}).get("artifactRepositoryRef") or {}
    )
    found = used.get("artifactRepository")
    if isinstance(found, dict):
        return cast("Mapping[str, Any]", found)
    if used.get("configMap"):
        import yaml

        entries = api.config_map(used["configMap"], used.get("namespace", ""))
        return cast("Mapping[str, Any]", yaml.safe_load(entries.get(used.get("key", ""), "{}")))
    msg = "The workflow's namespace has no artifact repository; ask nbdag doctor."
    raise RunError(msg)
