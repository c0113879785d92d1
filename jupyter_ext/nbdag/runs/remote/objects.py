"""Objects: what lies in a bucket of an S3 store, as files here."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from nbdag.runs.base import RunError

ENDPOINT = "NBDAG_S3_ENDPOINT"
"""The variable that names another address of the store than the one that the pods use."""
_PIECE = 8 << 20  # bytes that are held at a time
# A large object may take its time, as long as it goes on; what can be asked again is, by obstore.
_TIMES = {"connect_timeout": "10s", "read_timeout": "60s", "timeout": "12h"}
_RETRIES = 3
_METADATA = "169.254.169.254"  # who is asked for keys, in Amazon's machines, where there are none
_REQUEST = re.compile(r"^.*Error performing \w+ \S+ in \S+?(?:, after (\d+) retries.*?)? +- ")
_CODE = re.compile(r"<Code>(\w+)</Code>")


class Bucket:
    """A bucket of the store at *endpoint*; *settings* are more of obstore's.

    Raises
    ------
    RunError
        If the settings can't be.
    """

    def __init__(
        self, name: str, endpoint: str, settings: Mapping[str, Any], *, pause: float = 0.1
    ) -> None:
        self._place = f"bucket '{name}' at {endpoint}"
        config: Any = {"endpoint": endpoint, "virtual_hosted_style_request": False, **settings}
        client: Any = {"allow_http": endpoint.startswith("http://"), **_TIMES}
        retries: Any = {
            "max_retries": _RETRIES,
            "backoff": {"init_backoff": timedelta(seconds=pause)},
        }
        with self._saying("use"):
            self._store = S3Store(name, config=config, client_options=client, retry_config=retries)

    def fetch(self, key: str, path: Path) -> bool:
        """Write an object to *path*, whole or not at all; return whether there is one.

        Raises
        ------
        RunError
            If the store can't be reached, or refuses it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            with self._saying(f"fetch '{key}' from"):
                stream = obstore.get(self._store, key).stream(min_chunk_size=_PIECE)
                with new.open("wb") as file:
                    for piece in stream:
                        file.write(piece)
                new.replace(path)
        except FileNotFoundError:
            return False
        finally:
            new.unlink(missing_ok=True)
        return True

    def copy(self, key: str, other: str) -> bool:
        """Let an object be there under another key too; return whether there is one.

        Raises
        ------
        RunError
            If the store can't be reached, or refuses it.
        """
        try:
            with self._saying(f"copy '{key}' in"):
                obstore.copy(self._store, key, other)
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def _saying(self, what: str) -> Generator[None]:
        """Say what could not be done where the store fails; that nothing is there passes."""
        try:
            yield
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise self._refused(what, error) from None

    def _refused(self, what: str, error: Exception) -> RunError:
        """Return what is said where the store doesn't do what it is asked for."""
        text = str(error).strip()
        if _METADATA in text:
            reason = "there are no keys for it"
            advice = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        elif isinstance(error, PermissionDeniedError | UnauthenticatedError):
            reason = _reason(text)
            advice = "The keys that are used have to be allowed to do so."
        elif isinstance(error, OSError):
            reason, advice = text, "Make room here, or see who may write here."
        else:
            reason = _reason(text)
            advice = f"If it has another address from here than from the pods, set {ENDPOINT}."
        return RunError(f"Can't {what} the {self._place}: {reason}. {advice}")


def _reason(text: str) -> str:
    """Return the words of obstore's error that say what was wrong."""
    first = text.splitlines()[0]
    asked = _REQUEST.match(first)
    words = first[asked.end() :] if asked else first
    code = _CODE.search(text)
    reason = words.partition(": <")[0].removeprefix("Server returned non-2xx status code: ")
    reason = reason.strip().rstrip(".") + (f" ({code[1]})" if code else "")
    again = f", also when asked {asked[1]} more times" if asked and asked[1] else ""
    return reason + again
