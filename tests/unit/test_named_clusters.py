"""Clusters that the user's settings name."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from nbdag.cli.arguments import context_option
from nbdag.cluster.connection import ApiError, Place, connect
from nbdag.cluster.named import Named, named
from nbdag.runs.base import RunError

TEXT = """
edge: {context: far, namespace: ml, repository: repos/edge, store: "https://s3"}
here: {}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "clusters.yaml"
    path.write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("NBDAG_CLUSTERS", str(path))
    return path


@pytest.mark.parametrize(
    ("context", "found"),
    [
        ("", Named()),
        ("far", Named(context="far")),
        ("cluster:here", Named()),
        ("cluster:edge", Named("", "far", "ml", "repos/edge", "https://s3")),
    ],
)
@pytest.mark.usefixtures("settings")
def test_a_name_stands_for_what_the_settings_say(context: str, found: Named) -> None:
    assert named(context) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("other: {}", "There is no cluster 'edge' in .*; there are: other"),
        ("", "has to hold names of clusters"),
        ("edge: [1]", "its settings are kubeconfig, context"),
        ("edge: {contxt: a}", "'contxt: a' is none of its settings"),
        ("edge: {context: 1}", "'context: 1' is none of its settings"),
        ("edge: {repository: name}", "the repository is CONFIGMAP/KEY, not 'name'"),
        ("edge: {", "can't be read"),
    ],
)
def test_what_is_wrong_with_the_settings_is_told(settings: Path, text: str, told: str) -> None:
    settings.write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match=told):
        named("cluster:edge")
    settings.unlink()
    with pytest.raises(RunError, match="there are: none"):
        named("cluster:edge")


def test_its_kubeconfig_context_and_namespace_count(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    cluster = {"name": "c", "cluster": {"server": "https://far:6443"}}
    near = {"name": "near", "context": {"cluster": "c", "user": "u", "namespace": "own"}}
    far = {**near, "name": "far"}
    user = {"name": "u", "user": {"token": "t"}}
    content = {"clusters": [cluster], "contexts": [near, far], "users": [user]}
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump({**content, "current-context": "near"}), encoding="utf-8")
    said = (
        f"edge: {{kubeconfig: {file}, context: far, namespace: ml}}\nhere: {{kubeconfig: {file}}}"
    )
    settings.write_text(said, encoding="utf-8")
    found, namespace = connect(Place(context="cluster:edge"))
    assert (found.configuration.host, namespace) == ("https://far:6443", "ml")
    assert connect(Place(context="cluster:here"))[1] == "own"
    file.unlink()
    with pytest.raises(ApiError, match="There is no context 'far'"):
        connect(Place(context="cluster:edge"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], ""),
        (["--context", "a"], "a"),
        (["--cluster", "edge"], "cluster:edge"),
        (["--context", "a", "--cluster", "edge"], "say one of the two"),
    ],
)
def test_a_command_takes_a_context_or_a_cluster(arguments: list[str], told: str) -> None:
    @click.command()
    @context_option
    def command(context: str) -> None:
        click.echo(context)

    assert told in CliRunner().invoke(command, arguments).output
