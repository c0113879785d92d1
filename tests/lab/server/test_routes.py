"""The routes: who may use them, what they take, and what they say when they don't."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from labtab import PATH, Fetch, Tab, notebook
from nbdag.server.extension import ROUTES

VERBS = ("stop", "approve", "retry", "refresh", "delete")
DONE = ("check", "propose", "runs", *(f"runs/r-1/{verb}" for verb in VERBS))
"""Routes by which something is done."""
ASKED = (*DONE, "tags", "file", "compare", "runs/r-1", "runs/r-1/executed", "runs/r-1/outputs")
OF_STEPS = ("runs/r-1/steps/a/log", "runs/r-1/steps/a/values")


def test_each_route_is_known_to_the_tests_of_authorization() -> None:
    assert len(ROUTES) == len((*ASKED, *OF_STEPS, "stream"))


@pytest.mark.parametrize("route", [*ASKED, *OF_STEPS, "stream"])
async def test_nobody_gets_in_without_a_token(
    jp_serverapp: Any, http_server_client: Any, route: str
) -> None:
    body: dict[str, Any] = {"method": "POST", "body": "{}"} if route in DONE else {}
    url = f"{jp_serverapp.base_url}nbdag/{route}"
    with pytest.raises(HTTPClientError) as refused:
        await http_server_client.fetch(url, follow_redirects=False, **body)
    assert refused.value.code == 403


@pytest.mark.parametrize("route", [*ASKED, *OF_STEPS, "stream"])
async def test_who_may_not_use_pipelines_gets_in_nowhere(
    jp_serverapp: Any, jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    def allowed(_handler: object, _user: object, _action: str, resource: str) -> bool:
        return resource != "nbdag"

    monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", allowed)
    body: dict[str, Any] = {"method": "POST", "body": "{}"} if route in DONE else {}
    answer = await jp_fetch("nbdag", *route.split("/"), raise_error=False, **body)
    assert answer.code == 403


@pytest.mark.parametrize("route", DONE)
async def test_nothing_is_done_for_a_page_of_another_site(
    jp_serverapp: Any, http_server_client: Any, jp_auth_header: dict[str, str], route: str
) -> None:
    # With the user's cookie, as a form on such a page would send it, and no XSRF token.
    url = f"{jp_serverapp.base_url}nbdag/{route}"
    login = await http_server_client.fetch(
        f"{jp_serverapp.base_url}login?token={jp_auth_header['Authorization'].split()[1]}",
        raise_error=False,
        follow_redirects=False,
    )
    cookies = "; ".join(c.partition(";")[0] for c in login.headers.get_list("Set-Cookie"))
    with pytest.raises(HTTPClientError) as refused:
        await http_server_client.fetch(url, method="POST", body="{}", headers={"Cookie": cookies})
    assert refused.value.code == 403
    assert refused.value.response is not None
    assert b"_xsrf" in refused.value.response.body


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("../outside.ipynb", 404),
        ("deep/../../outside.ipynb", 404),
        ("/etc/passwd", 400),
        ("deep/missing.ipynb", 404),
        (".hidden/secret.ipynb", 404),
        ("deep", 400),
    ],
)
async def test_only_notebooks_that_the_server_shows_are_looked_at(
    tab: Tab, jp_root_dir: Path, path: str, status: int
) -> None:
    text = json.dumps(notebook("1"))
    (jp_root_dir.parent / "outside.ipynb").write_text(text)
    (jp_root_dir / ".hidden").mkdir()
    (jp_root_dir / ".hidden/secret.ipynb").write_text(text)
    assert (await tab.get("runs", path=path)).status == status
    assert (await tab.get("file", path=path)).status == status
    assert (await tab.post("check", path=path, notebook=notebook("1"))).status == status
    assert (await tab.post("runs", path=path, notebook=notebook("1"))).status == status


async def test_the_tag_language_is_the_one_of_the_command_line(
    jp_fetch: Callable[..., Awaitable[Any]],
) -> None:
    table = json.loads((await jp_fetch("nbdag", "tags")).body)
    assert table[0]["name"] == "step"


async def test_a_check_tells_what_the_notebook_on_the_screen_becomes(tab: Tab) -> None:
    found = await tab.post("check", notebook=notebook("x = len('ab')", "print(x)"))
    assert found.status == 200
    assert [step["name"] for step in found.data["pipeline"]["steps"]] == ["a", "b"]
    assert found.data["pipeline"]["edges"][0]["names"] == ["x"]
    assert found.data["diagnostics"] == []


async def test_a_check_tells_what_is_wrong_and_where(tab: Tab) -> None:
    found = await tab.post("check", notebook=notebook("x = (", "1"))
    assert found.status == 200
    assert found.data["pipeline"] is None
    assert found.data["diagnostics"][0]["cell"] == 1


@pytest.mark.parametrize("body", [{"notebook": []}, {}, {"notebook": "text"}])
async def test_a_check_of_no_notebook_is_refused(tab: Tab, body: dict[str, Any]) -> None:
    assert (await tab.post("check", **body)).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"parameters": []},
        {"targets": "a"},
        {"from_steps": {}},
        {"to": "mars"},
        {"zzz": 1},
        {"notebook": None},
    ],
)
async def test_a_request_of_the_wrong_shape_is_refused(tab: Tab, body: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"notebook": notebook("1"), **body}
    assert (await tab.send(PATH, asked, "runs")).status == 400


async def test_a_run_that_there_is_not_is_not_found(tab: Tab) -> None:
    for route in (("r-1",), ("r-1", "outputs"), ("r-1", "executed"), ("r-1", "steps", "a", "log")):
        assert (await tab.get("runs", *route)).status == 404
    for verb in VERBS:
        answer = await tab.post("runs", "r-1", verb)
        assert answer.status == 404
        assert Path(PATH).name in answer.data["message"]
