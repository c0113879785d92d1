"""The cluster of KUBECONFIG, with a namespace for these tests and the store of its artifacts.

The store is told by NBDAG_S3_ENDPOINT, _BUCKET, _ACCESS_KEY and _SECRET_KEY, the image of the
steps by NBDAG_STEP_IMAGE, as up.sh prints them. Pods and tests have to reach it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

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
