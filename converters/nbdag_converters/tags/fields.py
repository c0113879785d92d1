"""Kinds of a tag's values: what they look like, and what they are in Python.

Patterns are regular expressions that Python and JavaScript read alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_NAME = 63
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class FieldType:
    """A kind of value: `hint` completes "… is not"; `repair` proposes a right text for a wrong."""

    name: str
    pattern: str
    hint: str
    convert: Callable[[str], object] = str
    repair: Callable[[str], str | None] = lambda _: None
    completions: tuple[str, ...] = ()

    def accepts(self, text: str) -> bool:
        """Return whether *text* is such a value."""
        return re.fullmatch(self.pattern, text) is not None


def step_slug(text: str) -> str:
    """Return the legal step name that is nearest to *text*; "" where it has no letter."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    slug = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if slug[:1].isdigit():
        slug = f"step_{slug}"
    return slug[:LONGEST_NAME].rstrip("_")


def seconds(text: str) -> float:
    """Return the seconds of `1h30m`."""
    return sum(
        float(number) * SECONDS[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h|d)", text)
    )


def repair_duration(text: str) -> str | None:
    """Return `10m` for `10 min`, `90s` for `90`."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)", text.strip().lower())
    if not match or not float(match[1]):
        return None
    if re.fullmatch(r"(?:m(?:illi)?s(?:ec.*)?)", match[2]):
        return match[1] + "ms"
    word = match[2] or "s"
    known = re.fullmatch(r"s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?", word)
    return match[1] + word[0] if known else None


def repair_memory(text: str) -> str | None:
    """Return `4Gi` for `4Gb`, `4 GiB` or `4g`; `4` alone is most likely Gi too."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgtp]?)(?:i?b?|ytes)", text.strip().lower())
    if not match:
        return None
    return match[1] + (match[2] or "g").upper() + "i"


def repair_flag(text: str) -> str | None:
    """Return `enabled` for `on`."""
    word = text.strip().lower()
    if word in {"on", "true", "yes", "1", "enable"}:
        return "enabled"
    return "disabled" if word in {"off", "false", "no", "0", "disable", "none"} else None


def repair_dns(text: str) -> str | None:
    """Return a legal Kubernetes name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or None


def repair_count(text: str) -> str | None:
    """Return the digits of a text that has some."""
    match = re.search(r"[0-9]{1,4}", text)
    return match[0] if match and "-" not in text and "." not in text else None


def repair_name(text: str) -> str | None:
    """Return a legal step name, or None."""
    return step_slug(text) or None


NUMBER = r"(?:0|[1-9][0-9]{0,8})"
POSITIVE = r"[1-9][0-9]{0,8}"
DECIMAL = rf"{NUMBER}(?:\.[0-9]{{1,9}})?"

STEP_NAME = FieldType(
    "step",
    r"[a-z_][a-z0-9_]{0,62}",
    "a step's name: lower-case letters, digits and `_`, at most 63, no digit first",
    repair=repair_name,
)
TEXT = FieldType("text", r"\S(?:.*\S)?", "a text without blanks around it", repair=str.strip)
IMAGE = FieldType("image", r"[A-Za-z0-9{][^\s,]*", "an image such as `quay.io/team/train:1.2`")
COUNT = FieldType("count", NUMBER, "a whole number", convert=int, repair=repair_count)
AT_LEAST_ONE = FieldType(
    "positive", POSITIVE, "a whole number from 1", convert=int, repair=repair_count
)
FACTOR = FieldType("number", DECIMAL, "a number such as `2` or `1.5`", convert=float)
DURATION = FieldType(
    "duration",
    r"(?=.*[1-9])(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|s|m|h|d))+",
    "a duration such as `90s`, `10m` or `1h30m`",
    convert=seconds,
    repair=repair_duration,
    completions=("30s", "10m", "1h", "1h30m"),
)
CPU = FieldType(
    "cpu",
    rf"(?=.*[1-9])(?:{NUMBER}m|{DECIMAL})",
    "a number of processors such as `2`, `0.5` or `500m`",
    completions=("500m", "1", "2", "4"),
)
MEMORY = FieldType(
    "memory",
    rf"(?=.*[1-9]){DECIMAL}(?:Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)",
    "an amount of memory with its unit, such as `512Mi` or `4Gi`",
    repair=repair_memory,
    completions=("512Mi", "2Gi", "4Gi", "16Gi"),
)
QUANTITY = FieldType(
    "quantity",
    rf"{DECIMAL}(?:m|Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?",
    "a quantity such as `1` or `4Gi`",
    repair=repair_memory,
)
RESOURCE = FieldType(
    "resource",
    r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?:/[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?",
    "a resource such as `nvidia.com/gpu`",
    completions=("nvidia.com/gpu", "amd.com/gpu", "ephemeral-storage"),
)
FLAG = FieldType(
    "flag",
    r"enabled|disabled",
    "`enabled` or `disabled`",
    convert=lambda text: text == "enabled",
    repair=repair_flag,
    completions=("enabled", "disabled"),
)
DNS = FieldType(
    "dns",
    r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?",
    "a Kubernetes name: lower-case letters, digits, `-` and `.`",
    repair=repair_dns,
)
SECRET_KEY = FieldType("secret_key", r"[A-Za-z0-9._-]{1,253}", "a key of a secret")
VARIABLE = FieldType(
    "variable", r"[A-Za-z_][A-Za-z0-9_]*", "an environment variable's name such as `LOG_LEVEL`"
)
VALUE = FieldType("value", r".*", "a text")
LABEL_KEY = FieldType(
    "label_key",
    r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
    "a label's key such as `team` or `example.com/team`",
)
LABEL_VALUE = FieldType(
    "label_value",
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?",
    "a label's value: letters, digits, `-`, `_` and `.`, at most 63",
)
PATH = FieldType(
    "path", r"/[^:,]*", "an absolute path such as `/data`", repair=lambda text: "/" + text
)
CLUSTER = FieldType("cluster", r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "a cluster's name")
