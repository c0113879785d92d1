"""Has a step run on another cluster: starts its workflow there, and says what its pod says.

`NBDAG_ROOT/cluster` says where that is, in the files of a secret: `server`, `token`, `namespace`,
and `ca.crt` unless a known authority has signed the server's certificate. The workflow is
`STEP.remote.json` among the code. A connection that is lost is made again for a minute.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, Iterator

from . import events
from .events import Failure
from .pod import Pod

ARGO = "/apis/argoproj.io/v1alpha1"
PATIENCE = 60  # seconds for which the cluster may be away
PAUSES = (0.5, 1, 2, 5)  # seconds between two tries, the last one again and again
ANSWERED = 15  # seconds in which a request is answered
WATCHED = 60  # seconds for which one request follows the workflow
OVER = ("Succeeded", "Failed", "Error")
NO_LOG = (400, 404)  # the container has not begun, or its pod is gone
LOST = (OSError, http.client.HTTPException)


class Cluster:
    """Another cluster, asked by its REST API."""

    def __init__(self, folder: str, name: str) -> None:
        self.name, self.folder = name, folder
        self.server = self._said("server").rstrip("/")
        self.namespace = self._said("namespace")
        authority = os.path.join(folder, "ca.crt")
        self.context = ssl.create_default_context(
            cafile=authority if os.path.exists(authority) else None
        )

    def _said(self, name: str) -> str:
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                return file.read().strip()
        except OSError as error:
            message = "the secret of cluster '%s' isn't there, or has no '%s'" % (self.name, name)
            raise Failure(message, kind="cluster") from error

    def open(self, method: str, path: str, body: Any = None, *, patience: float = ANSWERED) -> Any:
        """Return the answer to a request, to be read; *patience* seconds of silence are a loss."""
        kind = "merge-patch+json" if method == "PATCH" else "json"
        request = urllib.request.Request(  # noqa: S310 - the server is the one of the secret
            self.server + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                # Read anew: what mounts it may have changed it.
                "Authorization": "Bearer " + self._said("token"),
                "Content-Type": "application/" + kind,
            },
        )
        return urllib.request.urlopen(request, timeout=patience, context=self.context)  # noqa: S310

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer to one request; while the cluster is away it is asked again."""
        end, tries = time.monotonic() + PATIENCE, 0
        while True:
            try:
                with self.open(method, path, body) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code != 429:
                    raise
                problem: Any = error
            except LOST as error:
                problem = getattr(error, "reason", error)
            if time.monotonic() > end:
                message = "cluster '%s' (%s) can't be reached: %s" % (
                    self.name,
                    self.server,
                    problem,
                )
                raise Failure(message, kind="cluster")
            time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1

    def path(self, kind: str, name: str = "", **query: Any) -> str:
        """Return the path of objects of the namespace."""
        group = ARGO if kind == "workflows" else "/api/v1"
        path = "%s/namespaces/%s/%s" % (group, self.namespace, kind)
        path += "/" + name if name else ""
        return path + "?" + urllib.parse.urlencode(query) if query else path


class Relay:
    """One workflow on another cluster, from its beginning to its end."""

    def __init__(self, pod: Pod) -> None:
        env = os.environ
        self.pod, self.step = pod, pod.step
        pod.heard.clear()
        self.cluster = Cluster(os.path.join(pod.root, "cluster"), env["NBDAG_CLUSTER"])
        # This pod's own name is one that nothing else has; of a long one the end tells it apart.
        host = env["HOSTNAME"].split(".")[0]
        self.name = host if len(host) <= 50 else host[:37].rstrip("-") + "-" + host[-12:]
        self.lines = 0  # of the log, that were said

    def start(self) -> None:
        """Make the workflow, and then what belongs to it and goes with it."""
        made = self.pod.read(self.pod.name + ".remote")
        entries = self._code()
        names = ["%s-code-%d" % (self.name, number) for number in range(len(entries))]
        spec, env = made["spec"], os.environ
        (template,) = spec["templates"]
        arguments = {"nbdag-run": env["NBDAG_RUN"]}
        for name in ("parameters", "scheduled"):
            arguments["nbdag-" + name] = env.get("NBDAG_" + name.upper(), "")
        for item in template.get("inputs", {}).get("parameters", ()):
            arguments[item["name"]] = env["NBDAG_" + item["name"].upper()]
        spec["arguments"] = {"parameters": [{"name": n, "value": v} for n, v in arguments.items()]}
        for volume in spec["volumes"]:
            if "projected" in volume:
                volume["projected"]["sources"] = [{"configMap": {"name": name}} for name in names]
        made["metadata"] = {"name": self.name, "labels": made["metadata"]["labels"]}
        workflow = self._make("workflows", self.name, made)
        owner = {
            "apiVersion": made["apiVersion"],
            "kind": made["kind"],
            "name": self.name,
            "uid": workflow["metadata"]["uid"],
        }
        for name, entry in zip(names, entries):
            metadata = {"name": name, "ownerReferences": [owner]}
            self._make("configmaps", name, dict({"metadata": metadata, "immutable": True}, **entry))
        where = {"cluster": self.cluster.name, "workflow": self.name}
        events.emit("placed", step=self.step, namespace=self.cluster.namespace, **where)

    def _code(self) -> Any:
        """Return config maps with the files of this step, one each: none is too large for that."""
        folder = os.path.join(self.pod.root, "code")
        found = []
        for name in sorted(os.listdir(folder)):
            own = name in (self.pod.name + ".json", self.pod.name + ".z")
            if own or name in ("start.py", "payload", "files.tgz"):
                with open(os.path.join(folder, name), "rb") as file:
                    found.append({"binaryData": {name: base64.b64encode(file.read()).decode()}})
        return found

    def _make(self, kind: str, name: str, body: Any) -> Any:
        path = self.cluster.path(kind)
        try:
            return self.cluster.ask("POST", path, body)
        except urllib.error.HTTPError as error:
            if error.code == 409:  # it was made, and only the answer was lost
                return self.cluster.ask("GET", self.cluster.path(kind, name))
            raise

    def follow(self) -> Any:
        """Say what the pod says until the workflow is over; return its status."""
        path = self.cluster.path("workflows", self.name)
        while True:
            workflow = self.cluster.ask("GET", path)
            status = workflow.get("status") or {}
            over = status.get("phase") in OVER
            pod = self._pod() if status.get("nodes") else ""
            if pod:
                self._say(pod, follow=not over)
            if over:
                return status
            self._wait(workflow["metadata"]["resourceVersion"])

    def _pod(self) -> str:
        label = "workflows.argoproj.io/workflow=" + self.name
        path = self.cluster.path("pods", labelSelector=label)
        names = [item["metadata"]["name"] for item in self.cluster.ask("GET", path)["items"]]
        return names[0] if names else ""

    def _say(self, pod: str, *, follow: bool) -> None:
        """Say the lines of the pod's log that were not said yet."""
        query = {"container": "main", "follow": "true" if follow else "false"}
        path = self.cluster.path("pods", pod + "/log", **query)
        try:
            with self.cluster.open("GET", path, patience=WATCHED) as log:
                for number, line in enumerate(_lines(log, whole=follow)):
                    if number >= self.lines:
                        self.lines = number + 1
                        self._line(line)
        except urllib.error.HTTPError as error:
            if error.code not in NO_LOG and error.code < 500:
                raise
        except LOST:
            pass  # it is asked again from its beginning

    def _line(self, line: bytes) -> None:
        os.write(1, line)
        _, mark, rest = line.partition(events.MARK.encode())
        if mark:
            try:
                event = json.loads(rest)
            except ValueError:
                return  # a cell has printed something that looks alike
            if isinstance(event, dict) and "event" in event:
                self.pod.heard.append(event)

    def _wait(self, version: str) -> None:
        """Return when the workflow has changed, or after a while."""
        query: Dict[str, Any] = {
            "watch": "true",
            "fieldSelector": "metadata.name=" + self.name,
            "resourceVersion": version,
            "timeoutSeconds": WATCHED,
        }
        path = self.cluster.path("workflows", **query)
        try:
            with self.cluster.open("GET", path, patience=WATCHED + ANSWERED) as changes:
                changes.readline()
        except urllib.error.HTTPError as error:
            if error.code not in (410, 429) and error.code < 500:
                raise
        except LOST:
            pass  # the next request says whether the cluster is away

    def stop(self) -> None:
        """Have the workflow end at once, if the cluster can be reached."""
        body = {"spec": {"shutdown": "Terminate"}}
        try:
            with self.cluster.open("PATCH", self.cluster.path("workflows", self.name), body):
                pass
        except LOST:
            pass


class Stopped(BaseException):
    """The relay itself is asked to end."""


def _lines(log: Any, *, whole: bool) -> Iterator[bytes]:
    """Yield the lines of a log; if *whole*, not the beginning of one that is still written."""
    for line in log:
        if not whole or line.endswith(b"\n"):
            yield line


def _stop(*_: Any) -> None:
    raise Stopped


def run() -> int:
    """Run the step of this container on its cluster; return the exit status."""
    pod, relay = Pod(), None
    signal.signal(signal.SIGTERM, _stop)
    try:
        relay = Relay(pod)
        relay.start()
        status = relay.follow()
        if status["phase"] == "Succeeded":
            pod.tell()
            return 0
        if not any(event.get("event") == "failed" for event in pod.heard):
            message = "on cluster '%s': %s" % (
                relay.cluster.name,
                status.get("message") or "failed",
            )
            events.emit("failed", step=pod.step, kind="pod", message=message)
    except Stopped:
        if relay is not None:
            relay.stop()
        return 128 + signal.SIGTERM
    except Failure as error:
        events.emit("failed", step=pod.step, **dict(vars(error)))
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        try:
            text = json.loads(text)["message"]
        except (ValueError, LookupError, TypeError):
            text = text[:500]
        message = "cluster '%s' refuses it (%d): %s" % (
            os.environ.get("NBDAG_CLUSTER"),
            error.code,
            text or error.reason,
        )
        events.emit("failed", step=pod.step, kind="cluster", message=message)
    sys.stdout.flush()
    return 1
