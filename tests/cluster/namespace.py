"""A namespace in which workflows run, with what `nbdag setup` and an administrator put there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any

import yaml
from click.testing import CliRunner
from kubernetes import client, utils

from cluster.workflows import Cluster, Store
from nbdag.cli.setup import setup

_OBJECTS = Path(__file__).with_name("namespace.yaml")
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@contextmanager
def namespace(
    kube: client.ApiClient, store: Store, labels: dict[str, str] | None = None
) -> Generator[Cluster]:
    """Make a namespace with these labels; it goes at the end."""
    name = f"nbdag-test-{secrets.token_hex(3)}"
    names = ("ENDPOINT", "BUCKET", "ACCESS_KEY", "SECRET_KEY")
    values = {key: os.environ[f"NBDAG_S3_{key}"] for key in names}
    text = Template(_OBJECTS.read_text(encoding="utf-8")).substitute(values, NAMESPACE=name)
    core: Any = client.CoreV1Api(kube)
    for item in yaml.safe_load_all(text):
        utils.create_from_dict(kube, item)
    try:
        core.patch_namespace(name, {"metadata": {"labels": labels or {}}})
        yield Cluster(kube, name, store)
    finally:
        core.delete_namespace(name)


def set_up(cluster: Cluster, folder: Path, *more: str) -> Path:
    """Do what `nbdag setup` says with *more* options.

    Returns the kubeconfig of a user who may do no more.
    """
    core: Any = client.CoreV1Api(cluster.api)
    core.create_namespaced_service_account(cluster.namespace, {"metadata": {"name": "jane"}})
    arguments = ["-n", cluster.namespace, "--for", "sa:jane", "--secret", "s3", *more]
    done = CliRunner().invoke(setup, arguments)
    assert done.exit_code == 0, done.output
    for item in yaml.safe_load_all(done.output):
        utils.create_from_dict(cluster.api, item)
    request = client.AuthenticationV1TokenRequest(
        spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=3600)
    )
    made = core.create_namespaced_service_account_token("jane", cluster.namespace, request)
    return _kubeconfig(cluster, made.status.token, folder / "jane.conf")


def _kubeconfig(cluster: Cluster, token: str, path: Path) -> Path:
    settings = cluster.api.configuration
    place = {"server": settings.host, "certificate-authority": settings.ssl_ca_cert}
    context = {"cluster": "it", "user": "jane", "namespace": cluster.namespace}
    found = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": place}],
        "users": [{"name": "jane", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": context}],
        "current-context": "it",
    }
    path.write_text(yaml.safe_dump(found), encoding="utf-8")
    return path
