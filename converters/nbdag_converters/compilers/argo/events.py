"""Events: what Argo Events listens to, and where in an event its fields are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EVENT = "run"
"""The name of the one event of each source."""
PORT = 12000
_S3 = {"key": "s3.object.key", "bucket": "s3.bucket.name", "size": "s3.object.size"}


class EventError(ValueError):
    """What is to be listened to can't be understood; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events count: those whose field *path* compares so with a text or a number.

    `comparator` is one of `=`, `!=`, `~` (a regular expression), `>`, `>=`, `<`, `<=`.
    """

    path: str
    comparator: str
    value: str

    def spec(self, base: str) -> dict[str, Any]:
        """Return the filter of a Sensor; texts are regular expressions there."""
        path = base + self.path
        if self.comparator in (">", ">=", "<", "<="):
            numbers = {"comparator": self.comparator, "value": [self.value]}
            return {"path": path, "type": "number", **numbers}
        text = self.value if self.comparator == "~" else f"^{_escaped(self.value)}$"
        comparator = "!=" if self.comparator == "!=" else "="
        return {"path": path, "type": "string", "comparator": comparator, "value": [text]}


@dataclass(frozen=True, slots=True)
class Listened:
    """What is listened to: the part of an EventSource that says so.

    Fields of events are found below `base`; `names` are short for some of them. `filters` hold of
    all events that are meant.
    """

    kind: str
    spec: Mapping[str, Any]
    base: str = "body."
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    filters: tuple[Filter, ...] = ()

    def path(self, text: str) -> str:
        """Return where in an event *text* is; `.` is all of it."""
        if text == ".":
            return self.base.rstrip(".")
        return self.base + self.names.get(text, text)


def webhook(endpoint: str, *, secret: str = "") -> Listened:
    """Return requests to *endpoint*; who sends them knows the token in *secret*, `NAME/KEY`."""
    if not re.fullmatch(r"/[\w./-]*", endpoint):
        msg = f"'{endpoint}' is no path of a webhook, as /run"
        raise EventError(msg)
    spec: dict[str, Any] = {"port": str(PORT), "endpoint": endpoint, "method": "POST", "url": ""}
    if secret:
        spec["authSecret"] = secret_key(secret)
    return Listened("webhook", spec)


def alert(name: str, *, secret: str = "") -> Listened:
    """Return alerts of that name that Alertmanager sends to the webhook `/alerts`."""
    found = webhook("/alerts", secret=secret)
    filters = (Filter("status", "=", "firing"), Filter("labels.alertname", "=", name))
    return Listened(found.kind, found.spec, "body.alerts.0.", {}, filters)


def nats(url: str) -> Listened:
    """Return messages of `nats://HOST:PORT/SUBJECT`."""
    address, subject = _address(url, "nats", "nats://broker:4222/orders.new")
    return Listened("nats", {"url": address, "subject": subject, "jsonBody": True})


def kafka(url: str, group: str) -> Listened:
    """Return messages of `HOST:PORT/TOPIC`; each of them once for all readers of *group*."""
    address, topic = _address(url, "", "broker:9092/orders")
    consumers = {"groupName": group, "oldest": False, "rebalanceStrategy": "range"}
    spec = {"url": address, "topic": topic, "partition": "", "version": "", "jsonBody": True}
    return Listened("kafka", {**spec, "consumerGroup": consumers})


def amqp(url: str, *, secret: str = "") -> Listened:
    """Return messages of `amqp://HOST:PORT/EXCHANGE/KEY`, of an exchange of topics."""
    address, path = _address(url, "amqp", "amqp://broker:5672/orders/order.new")
    exchange, _, key = path.partition("/")
    spec: dict[str, Any] = {
        "url": address,
        "exchangeName": exchange,
        "exchangeType": "topic",
        "routingKey": key or "#",
        "jsonBody": True,
    }
    if secret:
        name = {"name": secret}
        spec["auth"] = {
            "username": {**name, "key": "username"},
            "password": {**name, "key": "password"},
        }
    return Listened("amqp", spec)


def objects(place: str, *, endpoint: str = "", secret: str = "") -> Listened:
    """Return objects that are put to `BUCKET/PREFIX` of a MinIO at *endpoint*.

    The secret has its keys, as `accesskey` and `secretkey`.
    """
    bucket, prefix = _place(place)
    if not endpoint or not secret:
        msg = "objects of S3 need the address of a MinIO and a secret, or messages that tell them"
        raise EventError(msg)
    spec: dict[str, Any] = {
        "endpoint": re.sub("^https?://", "", endpoint),
        "insecure": endpoint.startswith("http://"),
        "bucket": {"name": bucket},
        "events": ["s3:ObjectCreated:*"],
        "accessKey": {"name": secret, "key": "accesskey"},
        "secretKey": {"name": secret, "key": "secretkey"},
    }
    if prefix:
        spec["filter"] = {"prefix": prefix, "suffix": ""}
    return Listened("minio", spec, "notification.0.", _S3)


def told_objects(place: str, messages: Listened) -> Listened:
    """Return objects that are put to `BUCKET/PREFIX`, as *messages* tell of them in AWS's form."""
    bucket, prefix = _place(place)
    filters = [
        Filter("eventName", "~", "^(s3:)?ObjectCreated:"),
        Filter(_S3["bucket"], "=", bucket),
    ]
    if prefix:
        filters.append(Filter(_S3["key"], "~", f"^{_escaped(prefix)}"))
    return Listened(messages.kind, messages.spec, "body.Records.0.", _S3, tuple(filters))


def resource(text: str, namespace: str) -> Listened:
    """Return objects of `PLURAL.VERSION.GROUP` that are made or change in *namespace*."""
    plural, version, group = (*text.split(".", 2), "", "")[:3]
    if not plural or not version:
        msg = f"'{text}' is no resource as configmaps.v1 or workflows.v1alpha1.argoproj.io"
        raise EventError(msg)
    spec = {
        "namespace": namespace,
        "group": group,
        "version": version,
        "resource": plural,
        "eventTypes": ["ADD", "UPDATE"],
        "filter": {"afterStart": True},
    }
    return Listened("resource", spec)


def secret_key(text: str) -> dict[str, str]:
    """Return the reference of `NAME/KEY`."""
    name, _, key = text.partition("/")
    if not name or not key:
        msg = f"'{text}' is no key of a secret, as NAME/KEY"
        raise EventError(msg)
    return {"name": name, "key": key}


def parse_filter(text: str) -> Filter:
    """Return the filter of `kind=new`, `size>0` or `key~[.]csv$`."""
    match = re.fullmatch(r"(?P<path>[\w.*?#@-]+?)(?P<sign>!=|>=|<=|=|~|>|<)(?P<value>.*)", text)
    if not match:
        msg = f"'{text}' is no condition as kind=new, size>0 or key~[.]csv$"
        raise EventError(msg)
    found = Filter(match["path"], match["sign"], match["value"])
    if found.comparator in (">", ">=", "<", "<=") and not _is_number(found.value):
        msg = f"'{text}' compares with no number"
        raise EventError(msg)
    return found


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None


def _escaped(text: str) -> str:
    """Return the regular expression of a text, for Go."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def _place(text: str) -> tuple[str, str]:
    bucket, _, prefix = text.removeprefix("s3://").partition("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", bucket):
        msg = f"'{text}' is no bucket with a prefix, as input/data/"
        raise EventError(msg)
    return bucket, prefix


def _address(url: str, scheme: str, example: str) -> tuple[str, str]:
    start = f"{scheme}://" if scheme else ""
    host, _, path = url.removeprefix(start).partition("/")
    if not re.fullmatch(r"[\w.-]+:[0-9]+", host) or not path or not url.startswith(start):
        msg = f"'{url}' is no address as {example}"
        raise EventError(msg)
    return start + host, path
