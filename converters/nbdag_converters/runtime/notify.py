"""Says how a run has ended, to whom the notebook's setting `notify` names.

`NBDAG_NOTIFY` holds words `WHEN:KIND:VARIABLE`; the variable holds the address, which is a secret
and stands in no message.
"""

from __future__ import annotations

import ast
import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, Iterator, List, Tuple

MOST, LONGEST = 5, 300  # failures that are told, and letters of each
PAUSES = (0, 2, 8)  # seconds before each try
TIMEOUT = 10


def notify(words: str, ended: Dict[str, Any]) -> Iterator[Tuple[str, str]]:
    """Send what *words* say of a run; yield each kind, and why it could not be sent or "".

    *ended* has `pipeline`, `run`, `status`, `seconds` and `failures`: pairs of a step and why.
    """
    good = ended["status"] == "Succeeded"
    for word in words.split():
        when, kind, variable = word.split(":")
        if when == "always" or (when == "success") == good:
            url = os.environ.get(variable, "")
            if url:
                body, media = MESSAGES[kind](ended)
                yield kind, send(url, body, media)
            else:
                yield kind, "the variable %s has no address" % variable


def slack(ended: Dict[str, Any]) -> Tuple[Dict[str, Any], str]:
    """Return a message for an incoming webhook of Slack, and of what understands the same."""
    good = ended["status"] == "Succeeded"
    head = "%s %s %s after %.0f s" % (
        "\N{CHECK MARK}" if good else "\N{MULTIPLICATION X}",
        ended["pipeline"],
        ended["status"].lower(),
        ended["seconds"],
    )
    lines = [head + " (%s)" % ended["run"]]
    lines += ["%s: %s" % (step, message) for step, message in ended["failures"]]
    text = "\n".join(lines)
    for letter, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(letter, name)
    return {"text": text}, "application/json"


def cloudevent(ended: Dict[str, Any]) -> Tuple[Dict[str, Any], str]:
    """Return a CloudEvent in its structured form."""
    failures = [{"step": step, "message": message} for step, message in ended["failures"]]
    event = {
        "specversion": "1.0",
        "id": ended["run"],
        "source": "/nbdag/" + urllib.parse.quote(ended["pipeline"]),
        "type": "nbdag.run." + ended["status"].lower(),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "datacontenttype": "application/json",
        "data": dict(ended, failures=failures),
    }
    return event, "application/cloudevents+json"


MESSAGES: Any = {"slack": slack, "cloudevent": cloudevent}


def send(url: str, body: Dict[str, Any], media: str) -> str:
    """POST a message, some times if need be; return why it could not be, without the address."""
    if not url.startswith(("https://", "http://")):
        return "it can't be reached (its address begins with neither https:// nor http://)"
    problem = ""
    for pause in PAUSES:
        time.sleep(pause)
        try:
            request = urllib.request.Request(url, json.dumps(body).encode())  # noqa: S310
            request.add_header("Content-Type", media)
            urllib.request.urlopen(request, timeout=TIMEOUT).close()  # noqa: S310
            return ""
        except urllib.error.HTTPError as error:
            problem = "the answer was %d" % error.code
            if error.code < 500 and error.code != 429:
                return problem
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None)
            problem = "it can't be reached (%s)" % (
                type(error).__name__ if reason is None else str(reason).replace(url, "…")
            )
    return problem


def told(failures: List[Tuple[str, str]]) -> List[Tuple[str, str]]:
    """Return the first failures, each as far as it has room."""
    return [(step, " ".join(why.split())[:LONGEST]) for step, why in failures[:MOST]]


def main() -> int:
    """Notify from a container at the end of a workflow; that it fails is no failure of the run."""
    env = os.environ
    ended = {
        "pipeline": base64.b64decode(env["NBDAG_PIPELINE"]).decode(),
        "run": env["NBDAG_RUN"],
        "status": env["NBDAG_STATUS"],
        "seconds": round(float(env["NBDAG_SECONDS"]), 3),
        "failures": told(failed_nodes(base64.b64decode(env["NBDAG_FAILURES"]).decode())),
    }
    for kind, problem in notify(env["NBDAG_NOTIFY"], ended):
        sys.stderr.write("%s: %s\n" % (kind, problem or "told"))
    return 0


def failed_nodes(text: str) -> List[Tuple[str, str]]:
    """Return the steps that have failed, as Argo tells them: JSON in quotes of Go.

    The DAG around them has failed too, but says nothing of itself.
    """
    try:
        nodes: Any = json.loads(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return []
    return [
        (str(node.get("displayName")), str(node["message"]))
        for node in nodes or ()
        if node.get("message")
    ]
