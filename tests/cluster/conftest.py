"""The cluster of KUBECONFIG, with a namespace for these tests and the store of its artifacts.

The store is told by NBDAG_S3_ENDPOINT, _BUCKET, _ACCESS_KEY and _SECRET_KEY, the image of the
steps by NBDAG_STEP_IMAGE, one with Python alone by NBDAG_PYTHON_IMAGE, one that was built as `nbdag
image` says by NBDAG_MADE_IMAGE, as up.sh prints them. Pods and tests have to reach it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kubernetes import client, config
from minio import Minio

from cluster.desk import Desk
from cluster.namespace import namespace
from cluster.workflows import Cluster, Store
from nbdag_converters.compilers.argo import Options


@pytest.fixture(scope="session")
def image() -> str:
    """Return the image of the steps."""
    return os.environ["NBDAG_STEP_IMAGE"]


@pytest.fixture(scope="session")
def store() -> Store:
    """Return the bucket of the artifacts."""
    made = Minio(
        os.environ["NBDAG_S3_ENDPOINT"],
        access_key=os.environ["NBDAG_S3_ACCESS_KEY"],
        secret_key=os.environ["NBDAG_S3_SECRET_KEY"],
        secure=False,
        region="us-east-1",
    )
    return Store(made, os.environ["NBDAG_S3_BUCKET"])


@pytest.fixture(scope="session")
def kube() -> client.ApiClient:
    """Return the client of the API server."""
    made: client.ApiClient = config.new_client_from_config()
    return made


@pytest.fixture(scope="session")
def cluster(kube: client.ApiClient, store: Store) -> Iterator[Cluster]:
    """Return a namespace in which workflows run; it goes with the tests."""
    with namespace(kube, store) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, cluster: Cluster, image: str) -> Desk:
    """Return what submits notebooks of a folder of its own."""
    return Desk(tmp_path, cluster, Options(image=image))


@pytest.fixture
def buckets(store: Store) -> Iterator[dict[str, Any]]:
    """Return the buckets with the transactions, as values of the parameters."""
    made = {f"{name}_bucket": f"{name}-{secrets.token_hex(4)}" for name in ("aws", "ceph")}
    for seed, bucket in enumerate(made.values()):
        rng = np.random.default_rng(seed)
        fraud = rng.random(300) < 0.2
        amount, hour = rng.gamma(2, 20 + 40 * fraud).round(2), rng.integers(24, size=300)
        text = pd.DataFrame({"amount": amount, "hour": hour, "fraud": fraud}).to_csv(index=False)
        store.client.make_bucket(bucket)
        Store(store.client, bucket).write("transactions.csv", text.encode())
    yield made
    for bucket in made.values():
        for found in store.client.list_objects(bucket):
            store.client.remove_object(bucket, str(found.object_name))
        store.client.remove_bucket(bucket)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Return what the secret of the keys holds; code that runs here has it too."""
    found = {
        "accesskey": os.environ["NBDAG_S3_ACCESS_KEY"],
        "secretkey": os.environ["NBDAG_S3_SECRET_KEY"],
    }
    for name, value in {**found, "S3_ENDPOINT_URL": os.environ["NBDAG_S3_ENDPOINT"]}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "volume").mkdir()
    monkeypatch.setenv("VOLUME", str(tmp_path / "volume"))
    return found
