"""Endpoint: the API of a Kubeflow Pipelines, and what fails on the way to it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

from nbdag.runs.base import RunError

TOKEN = "NBDAG_KFP_TOKEN"  # noqa: S105 - the name of a variable
POD_TOKEN = Path("/var/run/secrets/kubeflow/pipelines/token")
_API = "/apis/v2beta1"
_LOG = "/apis/{}/runs/{}/nodes/{}/log"
_WHERE = re.compile(r"^.*>: |^\w+Pool\(.*?\): ")  # objects of urllib3, in front of its messages
_TIMEOUT = urllib3.Timeout(connect=10, read=60)
_ADVICE = {
    401: f"Log in again: set {TOKEN}, or name a file with --token-file.",
    403: "Ask for the right to do so in that namespace.",
    404: "Is it the address of Kubeflow Pipelines, and the right namespace?",
}


class EndpointError(RunError):
    """A request was refused, or nobody answered; `status` is 0 for the latter."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Kubeflow Pipelines is.

    `token_file` holds a token that may be written anew at any time; without it the one in the
    environment counts, and in a pod of Kubeflow that of its service account. `authorities` is a
    file with certificates that are trusted, for an address whose own none of the known ones signed.
    """

    url: str
    namespace: str = ""
    token_file: Path | None = None
    authorities: Path | None = None
    timeout: urllib3.Timeout = _TIMEOUT
    pause: float = 0.5

    def get(self, what: str, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Ask for something; it is tried again where that may help."""
        return self._request(what, "GET", path, query)

    def post(self, what: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make something; it is tried once, as it may have been made without an answer."""
        return self._request(what, "POST", path, None, body=json.dumps(body).encode())

    def upload(
        self, what: str, path: str, query: Mapping[str, str], name: str, content: bytes
    ) -> dict[str, Any]:
        """Upload a file of this name."""
        fields = {"uploadfile": (name, content, "application/octet-stream")}
        return self._request(what, "POST", path, query, fields=fields)

    def log(self, run: str, pod: str) -> bytes:
        """Return what a pod of a run has printed until now.

        Raises
        ------
        EndpointError
            If it can't be read, or not any more.
        """
        what = f"read the log of {pod}"
        status, content = 404, b""
        for version in ("v2beta1", "v1alpha1"):  # where it was at first
            url = self.url.rstrip("/") + _LOG.format(version, quote(run), quote(pod))
            status, content = self._send(what, "GET", url, retry=False)
            if status == 200:
                return content
            if status != 404:
                break
        raise _refused(what, status, content)

    def _request(
        self,
        what: str,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        *,
        body: bytes | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        status, content = self._send(
            what, method, self._address(path, query), body=body, fields=fields
        )
        return self._parsed(what, status, content, _doubt(method) if status >= 500 else "")

    def _send(
        self,
        what: str,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        fields: Mapping[str, Any] | None = None,
        retry: bool = True,
    ) -> tuple[int, bytes]:
        """Return the status and the content of the answer."""
        try:
            with self._pool(retry=retry) as pool:
                answer = pool.request(
                    method, url, headers=self._headers(json=body is not None), body=body,
                    fields=fields,
                )  # fmt: skip
                return answer.status, answer.data
        except SSLError as error:
            raise self._untrusted(what, error) from None
        except (HTTPError, OSError) as error:
            if isinstance(error, MaxRetryError) and isinstance(error.reason, SSLError):
                raise self._untrusted(what, error.reason) from None
            message = f"Can't {what}: {self.url} can't be reached ({_reason(error)})."
            raise EndpointError(message + _doubt(method)) from None

    def _address(self, path: str, query: Mapping[str, str] | None) -> str:
        said = {name: value for name, value in (query or {}).items() if value}
        return f"{self.url.rstrip('/')}{_API}{path}{'?' if said else ''}{urlencode(said)}"

    def _pool(self, *, retry: bool) -> urllib3.PoolManager:
        if urlsplit(self.url).scheme not in ("http", "https"):
            msg = f"'{self.url}' is no address: it has to begin with https:// or http://."
            raise EndpointError(msg)
        if self.authorities is not None and not self.authorities.is_file():
            msg = f"There is no file of certificates '{self.authorities}'."
            raise EndpointError(msg)
        retries = urllib3.Retry(
            total=3 if retry else 0,
            allowed_methods=["GET"],
            status_forcelist=[429, 500, 502, 503, 504],
            backoff_factor=self.pause,
            redirect=0,  # a token is for this address only, and a page to log in is no answer
            raise_on_status=False,
            raise_on_redirect=False,
        )
        trusted = str(self.authorities) if self.authorities else None
        return urllib3.PoolManager(retries=retries, timeout=self.timeout, ca_certs=trusted)

    def _headers(self, *, json: bool) -> dict[str, str]:
        token = self._token()
        return {
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **({"Content-Type": "application/json"} if json else {}),
        }

    def _token(self) -> str:
        file = self.token_file
        if file is None:
            if given := os.environ.get(TOKEN):
                return given
            told = os.environ.get("KF_PIPELINES_SA_TOKEN_PATH")
            file = Path(told) if told else POD_TOKEN
            if not file.is_file():
                return ""
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            msg = f"The token can't be read: {file}: {error.strerror}."
            raise EndpointError(msg) from None

    def _parsed(self, what: str, status: int, content: bytes, doubt: str) -> dict[str, Any]:
        data = _data(content)
        if status < 300 and data is not None:
            return data
        if status < 400:
            msg = f"Can't {what}: {self.url} answers with a page, not with data. {_ADVICE[401]}"
            raise EndpointError(msg, 401)
        raise _refused(what, status, content, doubt)

    def _untrusted(self, what: str, error: Exception) -> EndpointError:
        msg = (
            f"Can't {what}: the certificate of {self.url} is not trusted ({_reason(error)}). "
            "Name the file with that of its authority: --ca FILE."
        )
        return EndpointError(msg)


def _data(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object that an answer is, if it is one."""
    try:
        found: object = json.loads(content.decode(errors="replace") or "{}")
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _refused(what: str, status: int, content: bytes, doubt: str = "") -> EndpointError:
    data = _data(content) or {}
    told = data.get("message") or data.get("error") or "no reason is given"
    message = f"Can't {what}: {str(told)[:500]} (status {status}). {_ADVICE.get(status, '')}"
    return EndpointError(message.rstrip() + doubt, status)


def _doubt(method: str) -> str:
    """Return what is to be said where it isn't known if something was made."""
    return " It may have been done all the same: look into the portal." if method == "POST" else ""


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", None) or error
    return _WHERE.sub("", str(inner)).rstrip(".") or type(error).__name__
