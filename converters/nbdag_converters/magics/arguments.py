"""What stands in a magic's line: options, names that IPython puts in, packages."""

from __future__ import annotations

import ast
import re
import shlex
import string

from nbdag_converters.python import names_read

INSTALLER = re.compile(r"(?:^|[\s;&|/(])(pip3?(?:\.\d+)?|conda|mamba|micromamba|uv)\s")
# Options of pip and conda that take the next word.
WITH_VALUE = re.compile(
    r"-([rceiftnp]|-(requirement|constraint|editable|(extra-)?index-url|find-links|target|prefix"
    r"|root|src|platform|python(-version)?|channel|name|only-binary|no-binary|proxy|timeout"
    r"|retries|log|cache-dir|trusted-host|config-settings|progress-bar|report|file))"
)


def after_options(line: str, options: str) -> str:
    """Return what follows the options at the start of *line*; *options* take a value."""
    rest = line.lstrip()
    while match := re.match(r"-(-?[\w-]+)(=\S+)?(\s+|$)", rest):
        rest = rest[match.end() :]
        if len(match[1]) == 1 and match[1] in options and not match[2]:
            rest = re.sub(r"^\S+\s*", "", rest)
    return rest


def assigned_by_options(line: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the variables that options like `--out NAME` of *line* set."""
    found: list[str] = []
    words = line.split()
    for word, following in zip(words, [*words[1:], ""], strict=False):
        option, _, value = word.partition("=")
        if option in options and (value or following).isidentifier():
            found.append(value or following)
    return tuple(found)


def interpolated(text: str) -> tuple[str, ...]:
    """Return the names in `{expression}` and `$name`, which IPython replaces by their values."""
    found: dict[str, None] = {}
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(text) if field]
    except ValueError:  # IPython leaves such a line as it is
        fields = []
    for field in fields:
        found.update(dict.fromkeys(names_of_expression(field.strip())))
    for match in re.finditer(r"(\$?)\$([^\W\d]\w*)", text):
        if not match[1]:
            found[match[2]] = None
    return tuple(found)


def names_of_expression(text: str) -> tuple[str, ...]:
    """Return the names that an expression reads; none where it isn't one, as in `{print $1}`."""
    try:
        return names_read(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def words_that_are_names(text: str) -> tuple[str, ...]:
    """Return all identifiers in *text*: what an unknown magic may read."""
    return tuple(dict.fromkeys(re.findall(r"(?<![\w.%-])[^\W\d]\w*", text)))


def installed_packages(commands: str) -> tuple[str, ...] | None:
    """Return the packages that shell lines install; `None` where they install nothing.

    `-r FILE` and paths give no names, so the result may be empty.
    """
    found: list[str] | None = None
    for line in commands.replace("\\\n", " ").split("\n"):
        match = INSTALLER.search(" " + line)
        words = split_words(line[match.start(1) - 1 :]) if match else []
        command = next((word for word in words if word in ("install", "add")), None)
        if command and (command == "install" or words[0] == "uv"):
            found = (found or []) + packages_in(words[words.index(command) + 1 :])
    return None if found is None else tuple(found)


def packages_in(words: list[str]) -> list[str]:
    """Return the requirements among the words after `pip install`."""
    found: list[str] = []
    skip = False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and WITH_VALUE.fullmatch(word) is not None
        elif re.match(r"[;&|<>]|\d?>", word):
            break
        elif re.match(r"[A-Za-z0-9]", word) and "/" not in word.split("[")[0].split("@")[0]:
            found.append(word.rstrip(";"))
    return found


def split_words(command: str) -> list[str]:
    """Return the words of a shell line."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()
