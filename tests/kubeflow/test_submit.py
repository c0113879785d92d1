"""Submissions: what Kubeflow is sent, and what is said where it refuses or doesn't answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kfp  # pyright: ignore[reportMissingImports] - a virtualenv of its own
import nbformat
import pytest
import urllib3
import yaml
from click.testing import CliRunner

from kubeflow.certificates import certificate
from kubeflow.server import Portal, serving
from nbdag.cli.app import app
from nbdag.kubeflow.endpoint import Endpoint, EndpointError
from nbdag.kubeflow.schedule import schedule
from nbdag.kubeflow.submit import submit
from nbdag_converters.build import build
from nbdag_converters.compilers.kfp import compile_kfp
from nbdag_converters.cron import CronError
from nbdag_converters.errors import ParameterError
from notebooks import Source, write_notebook

CELLS = (
    Source("many = 3\nrate = 0.5\nname = 'a'\ntree = {'a': 1}", ("parameters",)),
    Source("print(many, rate, name, tree)", ("step:first",)),
)
SHORT = urllib3.Timeout(3)  # seconds; a machine may be busy
LIST, UPLOAD, VERSION = "/pipelines", "/pipelines/upload", "/pipelines/upload_version"


@pytest.fixture
def portal() -> Iterator[Portal]:
    with serving(Portal()) as served:
        yield served


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "work.ipynb", CELLS)


def sent(notebook: Path, portal: Portal, values: Any = None, **options: Any) -> Any:
    pipeline = build(notebook).pipeline
    endpoint = Endpoint(portal.url, pause=0.0, **options)
    return submit(pipeline, compile_kfp(pipeline).text, endpoint, parameters=values or {})


def test_a_run_is_started_of_a_package_that_is_uploaded_once(
    notebook: Path, portal: Portal
) -> None:
    values = {"many": 5, "rate": 2.0, "name": "é 1e3", "tree": {"b": [1]}}
    started = sent(notebook, portal, values, namespace="ml")
    assert sent(notebook, portal, values, namespace="ml").version == started.version
    assert portal.asked.count(f"POST {UPLOAD}") == portal.asked.count(f"POST {VERSION}") == 1
    assert portal.packages[-1].decode() == compile_kfp(build(notebook).pipeline).text
    assert portal.experiments == [
        {"display_name": "Default", "namespace": "ml", "experiment_id": "e0"}
    ]
    first, second = portal.runs
    assert (first["run_id"], second["run_id"]) == ("r0", "r1")
    assert first["runtime_config"]["parameters"] == {
        "many": 5,
        "rate": 2.0,
        "name": "é 1e3",
        "tree": '{"b": [1]}',
    }
    assert first["pipeline_version_reference"]["pipeline_version_id"] == started.version
    assert started.page == f"{portal.url}/#/runs/details/r0"


def test_what_the_notebook_says_of_its_runs_is_sent(notebook: Path, portal: Portal) -> None:
    content = nbformat.read(notebook, as_version=4)
    settings = {"experiment": "spring", "service_account": "runner", "name": "prices"}
    content.metadata["nbdag"] = settings
    nbformat.write(content, notebook)
    sent(notebook, portal)
    sent(notebook, portal)
    (experiment,) = portal.experiments
    assert experiment["display_name"] == "spring"
    for run in portal.runs:
        assert (run["experiment_id"], run["service_account"]) == ("e0", "runner")
        assert run["display_name"] == "prices"
    pipeline = build(notebook).pipeline
    endpoint = Endpoint(portal.url, pause=0.0)
    schedule(pipeline, compile_kfp(pipeline).text, endpoint, cron="@daily", parameters={})
    assert portal.recurring[0]["service_account"] == "runner"
    assert portal.recurring[0]["experiment_id"] == "e0"


def test_a_package_that_has_changed_is_a_new_version(notebook: Path, portal: Portal) -> None:
    first = sent(notebook, portal)
    write_notebook(notebook, (*CELLS, Source("print(1)", ("step:more",))))
    second = sent(notebook, portal)
    assert (first.pipeline, first.version) != (second.pipeline, second.version)
    assert first.pipeline == second.pipeline


def test_the_client_of_kubeflow_sees_the_same(notebook: Path, portal: Portal) -> None:
    started = sent(notebook, portal)
    client = kfp.Client(host=portal.url, verify_ssl=False)
    assert client.get_pipeline_id("work") == started.pipeline
    assert client.get_experiment(experiment_name="Default").experiment_id == started.experiment
    package = notebook.with_name("again.yaml")
    package.write_bytes(portal.packages[-1])
    client.upload_pipeline_version(str(package), "again", pipeline_id=started.pipeline)
    theirs, ours = (list(yaml.safe_load_all(each)) for each in portal.packages[-2:])
    assert theirs == ours
    client.run_pipeline(
        started.experiment, "work", pipeline_id=started.pipeline, version_id=started.version
    )
    kept = ("display_name", "experiment_id", "pipeline_version_reference")
    assert [portal.runs[1][key] for key in kept] == [portal.runs[0][key] for key in kept]


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", LIST, 401, "look for 'work': told 401 .status 401.. Log in again"),
        ("GET", LIST, 302, "a page, not with data. Log in again"),
        ("GET", LIST, 403, "told 403 .status 403.. Ask for the right"),
        ("GET", LIST, 404, "Is it the address of Kubeflow Pipelines"),
        ("POST", UPLOAD, 409, "upload the pipeline: told 409"),
        ("POST", UPLOAD, 413, "upload the pipeline: told 413"),
        ("POST", VERSION, 400, "upload the version: told 400"),
        ("POST", VERSION, 409, "upload the version: told 409"),
        ("POST", "/experiments", 403, "make the experiment: told 403"),
        ("POST", "/runs", 500, "start the run: told 500 .*may have been done all the same"),
        ("POST", "/runs", 0, "can't be reached .*may have been done all the same"),
    ],
)
def test_a_refusal_says_what_could_not_be_done(
    method: str, path: str, status: int, said: str, notebook: Path, portal: Portal
) -> None:
    portal.answers[method, path] = [status]
    with pytest.raises(EndpointError, match=said):
        sent(notebook, portal, timeout=SHORT)
    assert not portal.runs
    assert portal.asked.count(f"{method} {path}") == 1


@pytest.mark.parametrize("status", [500, 503, 429, 0])
def test_asking_is_tried_again(status: int, notebook: Path, portal: Portal) -> None:
    portal.answers["GET", LIST] = [status, status]
    assert sent(notebook, portal, timeout=SHORT).run == "r0"


def test_a_server_that_stays_ill_is_given_up(notebook: Path, portal: Portal) -> None:
    portal.answers["GET", LIST] = [503] * 9
    with pytest.raises(EndpointError, match=r"told 503 .status 503"):
        sent(notebook, portal)
    assert len(portal.asked) == 4


def test_one_who_was_faster_is_met_again(notebook: Path, portal: Portal) -> None:
    earlier = sent(notebook, portal)
    portal.answers["POST", UPLOAD] = [409]

    class Late(list[dict[str, Any]]):
        asked = 0

        def __iter__(self) -> Any:
            type(self).asked += 1
            return super().__iter__() if type(self).asked > 1 else iter(())

    portal.pipelines = Late(portal.pipelines)
    assert sent(notebook, portal).version == earlier.version


def test_nobody_there(notebook: Path) -> None:
    with pytest.raises(EndpointError, match=r"look for 'work': .*:1 can't be reached"):
        sent(notebook, Portal(url="http://127.0.0.1:1"))
    with pytest.raises(EndpointError, match="'portal' is no address"):
        sent(notebook, Portal(url="portal"))


def test_a_token_comes_from_a_file_that_is_read_anew(
    notebook: Path, portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDAG_KFP_TOKEN", "first")
    portal.token = "first"
    sent(notebook, portal)
    file = tmp_path / "token"
    for text in ("second", "third"):
        file.write_text(f"{text}\n")
        portal.token = text
        sent(notebook, portal, token_file=file)
    monkeypatch.delenv("NBDAG_KFP_TOKEN")
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(file))
    sent(notebook, portal)
    with pytest.raises(EndpointError, match=r"The token can't be read: .*gone"):
        sent(notebook, portal, token_file=tmp_path / "gone")


def test_a_certificate_is_trusted_where_its_authority_is_named(
    notebook: Path, tmp_path: Path
) -> None:
    chain, context = certificate(tmp_path)
    with serving(Portal(), context) as portal:
        assert sent(notebook, portal, authorities=chain).run == "r0"
        with pytest.raises(EndpointError, match=r"is not trusted .*--ca FILE"):
            sent(notebook, portal)
        with pytest.raises(EndpointError, match="no file of certificates"):
            sent(notebook, portal, authorities=tmp_path / "gone")


def test_a_number_that_would_be_rounded_is_refused(notebook: Path, portal: Portal) -> None:
    with pytest.raises(ParameterError, match=r"9007199254740993 .*travel exactly"):
        sent(notebook, portal, {"many": 2**53 + 1})
    assert not portal.asked


def test_the_command_starts_a_run(notebook: Path, portal: Portal) -> None:
    line = ["submit", str(notebook), "--to", "kfp", "--endpoint", portal.url, "-n", "ml"]
    done = CliRunner().invoke(app, [*line, "-p", "many=7", "--detach"])
    assert done.exit_code == 0, done.output
    assert f"{portal.url}/#/runs/details/r0" in done.output
    assert portal.runs[0]["runtime_config"]["parameters"] == {"many": 7}
    assert CliRunner().invoke(app, [*line[:4], "--detach"]).exit_code == 2
    assert len(portal.runs) == 1


def test_a_schedule_is_made_of_an_uploaded_package(notebook: Path, portal: Portal) -> None:
    pipeline = build(notebook).pipeline
    package, endpoint = compile_kfp(pipeline).text, Endpoint(portal.url, pause=0.0)
    made = schedule(pipeline, package, endpoint, cron="0 4 * * 1", parameters={"many": 5})
    (there,) = portal.recurring
    assert made == there["recurring_run_id"] == "s0"
    assert there["trigger"] == {"cron_schedule": {"cron": "0 0 4 * * 1"}}
    assert there["runtime_config"]["parameters"] == {"many": 5}
    assert there["pipeline_version_reference"]["pipeline_version_id"] == "v1"
    assert (there["max_concurrency"], there["mode"], there["no_catchup"]) == ("1", "ENABLE", True)
    with pytest.raises(CronError, match="five fields"):
        schedule(pipeline, package, endpoint, cron="0 0 4 * * 1", parameters={})
    portal.answers["POST", "/recurringruns"] = [403]
    with pytest.raises(EndpointError, match="make the recurring run: told 403"):
        schedule(pipeline, package, endpoint, cron="@daily", parameters={})
    assert len(portal.recurring) == 1


def test_the_command_makes_a_schedule(notebook: Path, portal: Portal) -> None:
    line = ["schedule", str(notebook), "--to", "kfp", "--endpoint", portal.url]
    done = CliRunner().invoke(app, [*line, "--cron", "@daily", "-p", "many=7"])
    assert done.exit_code == 0, done.output
    assert portal.recurring[0]["trigger"] == {"cron_schedule": {"cron": "0 0 0 * * *"}}
    assert portal.recurring[0]["runtime_config"]["parameters"] == {"many": 7}
    for wrong in (["--timezone", "UTC"], ["--concurrency", "Replace"], ["--cron", "@weekly"]):
        again = CliRunner().invoke(app, [*line, "--cron", "@daily", *wrong])
        assert again.exit_code == 2, again.output
    assert len(portal.recurring) == 1
