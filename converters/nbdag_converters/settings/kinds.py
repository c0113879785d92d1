"""Kinds of a setting's values: JSON in the metadata → the value in a PipelineConfig."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeAlias, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbdag_converters.cron import CronError, parse_cron
from nbdag_converters.diagnostics import Diagnostic
from nbdag_converters.model import Notify, Retry, SecretRef, Volume
from nbdag_converters.tags import Tag, parse_tag, step_config
from nbdag_converters.tags.fields import FieldType

Shape: TypeAlias = Literal["text", "number", "list", "object"]
BYTES = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15} | {
    f"{unit}i": 1024**power for power, unit in enumerate("KMGTP", start=1)
}


class SettingError(ValueError):
    """A value doesn't fit: why (a sentence that starts with the value), what to write instead."""

    def __init__(self, value: object, why: str, advice: str = "") -> None:
        self.problem, self.advice = f"{shown(value)} {why}", advice
        super().__init__(self.problem)


@dataclass(frozen=True, slots=True)
class SettingKind:
    """A kind of value. `hint` describes it; `convert` raises SettingError."""

    shape: Shape
    hint: str
    convert: Callable[[object], object]

    def from_text(self, text: str) -> object:
        """Return the JSON value that *text*, from a command line, means."""
        stripped = text.strip()
        if self.shape == "text":
            return stripped
        if self.shape == "number":
            return int(stripped) if re.fullmatch(r"-?[0-9]{1,18}", stripped) else stripped
        if stripped[:1] in ("[", "{", '"'):
            try:
                return json.loads(stripped)
            except ValueError as error:
                raise SettingError(stripped, f"is no JSON ({error})") from None
        parts = [part.strip() for part in stripped.split(",") if part.strip()]
        if self.shape == "list":
            return parts
        pairs = [part.partition("=") for part in parts]
        return {name.strip(): value.strip() for name, _, value in pairs}


def text_kind(field: FieldType) -> SettingKind:
    """Return the kind of a text that *field* describes."""

    def convert(value: object) -> object:
        if not isinstance(value, str) or not field.accepts(value):
            repaired = field.repair(value) if isinstance(value, str) else None
            fine = repaired and field.accepts(repaired)
            advice = f"Did you mean `{repaired}`?" if fine else ""
            raise SettingError(value, f"is not {field.hint}", advice)
        return field.convert(value)

    return SettingKind("text", field.hint, convert)


def whole_number(value: object) -> object:
    """Return a whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingError(value, "is not a whole number from 1")
    return value


def byte_count(value: object) -> object:
    """Return the bytes of `16Mi` or of a number."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = re.fullmatch(r"([0-9]{1,12})([kMGTP]i?|Ki)?", value) if isinstance(value, str) else None
    if not match or match[2] == "ki":
        raise SettingError(value, "is not a number of bytes such as `16Mi`")
    return int(match[1]) * BYTES.get(match[2], 1)


def texts(value: object) -> object:
    """Return a list of texts as a tuple."""
    return tuple(list_of_texts(value))


def list_of_texts(value: object) -> list[str]:
    """Return *value* if it is a list of texts."""
    if not isinstance(value, list):
        raise SettingError(value, "is not a list of texts")
    for item in cast("list[object]", value):
        if not isinstance(item, str) or not item.strip():
            raise SettingError(item, "in the list is not a text")
    return cast("list[str]", value)


def relative_paths(value: object) -> object:
    """Return paths that don't leave the notebook's folder."""
    for path in list_of_texts(value):
        if path.startswith(("/", "~")) or ".." in path.replace("\\", "/").split("/"):
            raise SettingError(path, "is not a path below the notebook's folder")
    return texts(value)


def variables(value: object) -> object:
    """Return environment variables as pairs."""
    if not isinstance(value, Mapping):
        raise SettingError(value, "is not an object of names and texts")
    found: list[object] = []
    for name, content in cast("Mapping[str, object]", value).items():
        if not isinstance(content, str | int | float) or isinstance(content, bool):
            raise SettingError(content, f"is not a text for `{name}`")
        found.append(tagged(f"env:{name}={content}").setting)
    return tuple(found)


def schedule(value: object) -> object:
    """Return a cron schedule that is due at some time."""
    if not isinstance(value, str):
        raise SettingError(value, "is not a cron schedule")
    try:
        return parse_cron(value).text
    except CronError as error:
        problem = str(error).removeprefix(f"`{value}` ")
        raise SettingError(value, problem) from None


def time_zone(value: object) -> object:
    """Return the name of a time zone: where it is unknown, Argo would never start a run."""
    try:
        return ZoneInfo(value).key if isinstance(value, str) else _no_zone(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _no_zone(value)


def _no_zone(value: object) -> NoReturn:
    raise SettingError(value, "is no time zone that is known here")


def notified(value: object) -> object:
    """Return who is told, each as `failure:slack:SECRET/KEY=VARIABLE`."""
    found: list[Notify] = []
    for text in list_of_texts(value):
        match = _NOTIFY.fullmatch(text)
        if not match:
            raise SettingError(text, "is not WHEN:KIND:SECRET/KEY=VARIABLE")
        secret = SecretRef(match["secret"], match["key"], match["variable"])
        when, kind = match["when"], match["kind"]
        found.append(Notify(cast("Any", when), cast("Any", kind), secret))
    return tuple(found)


_NOTIFY = re.compile(
    r"(?P<when>success|failure|always):(?P<kind>slack|cloudevent):"
    r"(?P<secret>[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)/(?P<key>[-._a-zA-Z0-9]+)"
    r"=(?P<variable>(?!NBDAG_)[A-Za-z_][A-Za-z0-9_]*)"
)


def retry(value: object) -> object:
    """Return the retries of `3`, or of `3:10s:2` as in the tag."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SettingError(value, "is not a number of retries such as `3` or `3:10s`")
    return cast("Retry", tagged(f"retry:{value}").setting)


def volumes(value: object) -> object:
    """Return volumes, each written as in the tag, without `volume:`."""
    return tuple(cast("Volume", tagged(f"volume:{text}").setting) for text in list_of_texts(value))


def step_defaults(value: object) -> object:
    """Return the settings that a list of tags says."""
    tags = tuple(tagged(text) for text in list_of_texts(value))
    for tag in tags:
        if tag.directive.kind != "setting":
            raise SettingError(tag.text, "is not a setting of a step")
    return step_config(tags)


def tagged(text: str) -> Tag:
    """Return the tag of a text.

    Raises
    ------
    SettingError
        If it is none.
    """
    tag = parse_tag(text)
    if isinstance(tag, Diagnostic):
        raise SettingError(text, "is wrong: " + tag.message, tag.fix)
    if tag is None:
        raise SettingError(text, "is not one of nbdag's tags")
    return tag


def shown(value: Any) -> str:
    """Return a JSON value for a message."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"
