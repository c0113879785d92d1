"""Fraud detection from two stores, as it is done on a cluster, in namespaces of any strictness."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kubernetes import client

import nbdag
from cluster.desk import ANY_USER, Desk, phases
from cluster.fraud import write
from cluster.left import differences
from cluster.namespace import RESTRICTED, namespace, set_up
from cluster.workflows import Store
from nbdag.cli.doctor import doctor
from nbdag.runs.events import Phase
from nbdag_converters.compilers.argo import Options, parse_profile


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
    path = write(tmp_path / "work", account="argo-workflow")
    there = strict.submit_file(path, **buckets)
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
