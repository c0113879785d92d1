"""Plain dicts as YAML that every parser reads alike: each text in double quotes.

YAML 1.1 takes texts such as `y`, `1e-3` or `08` for something else where they stand alone, and Go's
parser refuses JSON's escapes of emoji; so neither `yaml.dump` nor `json.dumps` will do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import cache
from json.encoder import encode_basestring
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_TYPED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
# Everything that YAML's reader refuses or takes for a line break, and that JSON leaves as it is.
_HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def to_yaml(documents: Iterable[Mapping[str, Any]]) -> str:
    """Return the text of some documents; it ends with a line feed.

    Raises
    ------
    TypeError
        If there is something else than dicts, lists, texts, finite numbers and truth values.
    """
    texts: list[str] = []
    for document in documents:
        lines: list[str] = []
        _block(document, 0, lines)
        texts.append("".join(lines))
    return "---\n".join(texts)


def quoted(text: str) -> str:
    """Return *text* as a double-quoted scalar."""
    plain = encode_basestring(text)
    if plain.isascii() and "\x7f" not in plain:
        return plain
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", plain)


@cache
def _key(text: object) -> str:
    if not isinstance(text, str):
        message = f"a key has to be a text, not {text!r}"
        raise TypeError(message)
    if _PLAIN.fullmatch(text) and text.lower() not in _TYPED:
        return text
    return quoted(text)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        whole, mark, exponent = repr(value).partition("e")
        return f"{whole if '.' in whole else whole + '.0'}{mark}{exponent}"  # else YAML 1.1: a text
    if value == {}:
        return "{}"
    if value == []:
        return "[]"
    message = f"a manifest can't hold {value!r}"
    raise TypeError(message)


def _nested(value: object) -> bool:
    return isinstance(value, (dict, list)) and bool(value)


def _block(value: Mapping[str, Any] | list[Any], depth: int, lines: list[str]) -> None:
    """Add the lines of a dict or list that isn't empty."""
    indent = "  " * depth
    if isinstance(value, list):
        for item in value:
            if _nested(item):
                start = len(lines)
                _block(item, depth + 1, lines)
                lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"
            else:
                lines.append(f"{indent}- {_scalar(item)}\n")
        return
    for key, item in value.items():
        if _nested(item):
            lines.append(f"{indent}{_key(key)}:\n")
            _block(item, depth + 1, lines)
        else:
            lines.append(f"{indent}{_key(key)}: {_scalar(item)}\n")
