"""Fraud detection from two stores, as it is done on a cluster, in namespaces of any strictness."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from kubernetes import client

import nbdag
from cluster.desk import Desk, phases
from cluster.left import differences
from cluster.namespace import RESTRICTED, namespace, set_up
from cluster.workflows import Store
from nbdag.cli.doctor import doctor
from nbdag.cluster.submit import submit
from nbdag.runs.events import Phase
from nbdag_converters.compilers.argo import Options, compile_objects, parse_profile
from notebooks import Source, write_notebook

ANY_USER = 1_000_680_000  # as OpenShift gives a namespace
CELLS = (
    Source("import io\nimport os\nfrom pathlib import Path\n\nimport pandas as pd"),
    Source("from minio import Minio\nfrom sklearn.linear_model import LogisticRegression"),
    Source("aws_bucket = ''\nceph_bucket = ''\nthreshold = 0.5", ("parameters",)),
    Source(
        """\
def store():
    keys = {"access_key": os.environ["accesskey"], "secret_key": os.environ["secretkey"]}
    return Minio(os.environ["S3_ENDPOINT_URL"], secure=False, region="us-east-1", **keys)


def read(bucket):
    return pd.read_csv(io.BytesIO(store().get_object(bucket, "transactions.csv").read()))


def volume():
    return Path(os.environ.get("VOLUME", "/mnt/vol"))"""
    ),
    Source("aws = read(aws_bucket)\naws.head()", ("step:read_data_aws",)),
    Source("ceph = read(ceph_bucket)\nceph.head()", ("step:read_data_ceph",)),
    Source(
        """\
data = pd.concat([aws, ceph], ignore_index=True)
(volume() / "hyper.txt").write_text("true" if data["fraud"].mean() < 0.4 else "false")
should_hyper = (volume() / "hyper.txt").read_text() == "true"
strength = 1.0
train, sets = data[data.index % 3 > 0], {"aws": data[:300:3], "ceph": data[300::3]}""",
        ("step:transform_data",),
    ),
    Source(
        "if should_hyper:\n    strength = 0.1\n    print('tuned to', strength)",
        ("step:hyper_tuning",),
    ),
    Source(
        "model = LogisticRegression(C=strength).fit(train[['amount', 'hour']], train['fraud'])",
        ("step:train_model",),
    ),
    Source(
        """\
caught = {}
for item in ["aws", "ceph"]:
    scores = model.predict_proba(sets[item][["amount", "hour"]])[:, 1]
    caught[item] = float((scores > threshold)[sets[item]["fraud"]].mean())""",
        ("step:validate_model", "fan-out:2"),
    ),
    Source(
        """\
share = min(caught.values())
print(share)
card = str(caught).encode()
store().put_object(aws_bucket, "card.txt", io.BytesIO(card), len(card))
Path("card.txt").write_bytes(card)""",
        ("step:publish_model", "metrics"),
    ),
)


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


@pytest.fixture(params=["none", "restricted", "openshift"])
def strict(
    request: pytest.FixtureRequest, kube: client.ApiClient, store: Store, tmp_path: Path, image: str
) -> Iterator[Desk]:
    """Return what submits to a namespace of that security, compiled for it."""
    labels = {} if request.param == "none" else RESTRICTED
    options = Options(image=image, profile=parse_profile(f"3.7:{request.param}"), fingerprint=True)
    with namespace(kube, store, labels) as made:
        yield Desk(tmp_path / "work", made, options)


def test_fraud_is_found_as_here_in_a_namespace_of_any_security(
    strict: Desk,
    buckets: dict[str, Any],
    keys: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster, security = strict.cluster, strict.options.profile.security
    core: Any = client.CoreV1Api(cluster.api)
    secret = {"metadata": {"name": "keysecret"}, "stringData": keys}
    core.create_namespaced_secret(cluster.namespace, secret)
    monkeypatch.setenv("KUBECONFIG", str(set_up(cluster, tmp_path)))
    asked = ["--service-account", "argo-workflow", "--profile", security]
    healthy = CliRunner().invoke(doctor, asked)
    assert healthy.exit_code == 0, healthy.output
    path = write(tmp_path / "work", os.environ["NBDAG_S3_ENDPOINT"])
    there = start(strict, path, buckets)
    here = nbdag.read(path).run(**buckets).wait()
    assert there.wait().phase is Phase.SUCCEEDED, there.state
    assert phases(there) == phases(here)
    assert there.metrics == here.metrics
    assert {name for name, phase in phases(there).items() if phase != "Succeeded"} == set()
    (tmp_path / "work/card.txt").unlink()  # what the run here wrote
    wrong = differences(path, there, tmp_path / "left", buckets)
    assert not wrong, "\n".join(f"{row.kind} {row.name}: {row.details}" for row in wrong)
    pods = core.list_namespaced_pod(cluster.namespace).items
    assert {pod.spec.service_account_name for pod in pods} == {"argo-workflow"}
    if security != "none":
        main = [c for pod in pods for c in pod.spec.containers if c.name == "main"]
        assert all(each.security_context.read_only_root_filesystem for each in main)
        users = {pod.spec.security_context.run_as_user for pod in pods}
        assert users == ({ANY_USER} if security == "openshift" else {1000})
    there.save(tmp_path / "work/executed.ipynb")
    there.report(tmp_path / "work/report.html")
    holders = [name for name, text in texts(strict, tmp_path / "work") if keys["secretkey"] in text]
    assert not holders, "the secret is there"


def write(folder: Path, endpoint: str) -> Path:
    """Write the notebook into a folder."""
    folder.mkdir()
    settings = {
        "service_account": "argo-workflow",
        "env": {"S3_ENDPOINT_URL": endpoint},
        "step_defaults": ["secret:keysecret", "volume:vol:/mnt/vol"],
    }
    return write_notebook(folder / "fraud.ipynb", CELLS, metadata={"nbdag": settings})


def start(desk: Desk, path: Path, values: dict[str, Any]) -> nbdag.Run:
    """Submit the notebook; for OpenShift the pods get a user as it would give them one."""
    if desk.options.profile.security != "openshift":
        return desk.submit_file(path, **values)
    pipeline = nbdag.read(path).model
    compiled = compile_objects(pipeline, desk.options)
    context = compiled.template["spec"]["securityContext"]
    assert "runAsUser" not in context
    context |= {"runAsUser": ANY_USER, "fsGroup": ANY_USER}
    started = submit(compiled, desk.options, notebook=path, parameters=values)
    return nbdag.Run(started.folder, handle=started)


def texts(desk: Desk, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield all that runs have left, but the namespace's secrets, with a name for each."""
    core: Any = client.CoreV1Api(desk.cluster.api)
    custom: Any = client.CustomObjectsApi(desk.cluster.api)
    name = desk.cluster.namespace
    for plural in ("workflows", "workflowtemplates", "workflowtaskresults"):
        where = ("argoproj.io", "v1alpha1", name, plural)
        yield plural, json.dumps(custom.list_namespaced_custom_object(*where))
    yield "config maps", str(core.list_namespaced_config_map(name))
    yield "events", str(core.list_namespaced_event(name))
    pods = core.list_namespaced_pod(name)
    yield "pods", str(pods)
    for pod in pods.items:
        for container in (*pod.spec.init_containers, *pod.spec.containers):
            log = core.read_namespaced_pod_log(pod.metadata.name, name, container=container.name)
            yield f"log of {pod.metadata.name}", str(log)
    for workflow in custom.list_namespaced_custom_object(*where[:3], "workflows")["items"]:
        for key in desk.cluster.store.names(f"nbdag/{workflow['metadata']['uid']}"):
            content = desk.cluster.store.read(f"nbdag/{workflow['metadata']['uid']}/{key}")
            yield key, content.decode("latin-1")
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_text(encoding="latin-1")
