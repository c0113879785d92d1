"""Snippets: the fenced blocks of a Markdown page, and how each one is run.

| fence | meaning |
|---|---|
| `python title="a.ipynb"` | a notebook in percent format, written to the page's folder |
| any other with `title="x"` | a file, written as it stands |
| `sh` | commands; all have to succeed |
| `console` | commands after `$ `, and what they print: `...` stands for any text |
| `console exit=1` | the same, of commands of which the last one has to end with that status |
| `python` | a script; a `text` block right below is what it prints |

Any other fence is only shown. So is one below a comment `<!-- not run: why -->`.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

_FENCE = re.compile(r"(?P<indent> *)```(?P<info>.*)")
_NOT_RUN = re.compile(r"<!-- not run: .+ -->")
_OPTION = re.compile(r'(?P<key>\w+)=(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))')
_CELL = re.compile(r"# %%(?P<markdown> \[markdown\])?(?: tags=\[(?P<tags>.*)\])?")
_UNSTEADY = (
    (r"\b(\d+ min )?\d+(\.\d+)? (s|MB|kB)\b", r"0 \3"),
    (r"\b\d{8}-\d{6}-(\w+)-\w{4}\b", r"RUN-\1"),
    (r"[─━-]{3,}", "---"),
)
TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fenced block; `line` is its first line in the page, `options` what its fence says."""

    line: int
    language: str
    text: str
    options: dict[str, str]
    run: bool = True

    @property
    def title(self) -> str:
        """Return the name of the file that the block holds, or ""."""
        return self.options.get("title", "")


class SnippetError(AssertionError):
    """A snippet doesn't do what its page says."""


def read_snippets(text: str) -> Iterator[Snippet]:
    """Yield the fenced blocks of a page in order."""
    lines = iter(enumerate(text.splitlines(), start=1))
    above = ""
    for _, line in lines:
        match = _FENCE.fullmatch(line)
        if match:
            body: list[str] = []
            start = 0
            for number, inner in lines:
                start = start or number
                if inner.strip() == "```":
                    break
                body.append(inner)
            language, _, rest = match["info"].strip().partition(" ")
            options = {
                each["key"]: each["quoted"] or each["plain"] or ""
                for each in _OPTION.finditer(rest)
            }
            yield Snippet(
                line=start,
                language=language,
                text=textwrap.dedent("\n".join(body)),
                options=options,
                run=not _NOT_RUN.fullmatch(above),
            )
        if line.strip():
            above = line.strip()


def run_page(page: Path, folder: Path) -> int:
    """Run the page's snippets in order in *folder*, and return how many were run or written.

    Raises
    ------
    SnippetError
        If one fails or prints something else; the message names the page and the line.
    """
    snippets = [each for each in read_snippets(page.read_text(encoding="utf-8")) if each.run]
    count = 0
    for i, snippet in enumerate(snippets):
        below = snippets[i + 1] if i + 1 < len(snippets) else None
        try:
            count += run_snippet(snippet, below, folder)
        except SnippetError as error:
            msg = f"{page.name}:{snippet.line}: {error}"
            raise SnippetError(msg) from None
    return count


def run_snippet(snippet: Snippet, below: Snippet | None, folder: Path) -> bool:
    """Run or write one snippet; return False where it is only to be shown."""
    if snippet.title:
        write(snippet, folder)
    elif snippet.language == "sh":
        expect(["bash", "-euo", "pipefail", "-c", snippet.text], folder)
    elif snippet.language == "console":
        run_console(snippet, folder)
    elif snippet.language == "python":
        follows = below is not None and below.language == "text" and below.line <= end(snippet) + 4
        wanted = below.text if below is not None and follows else None
        expect([sys.executable, "-c", snippet.text], folder, wanted=wanted)
    else:
        return False
    return True


def end(snippet: Snippet) -> int:
    """Return the line of the page in which the snippet's last line stands."""
    return snippet.line + snippet.text.count("\n")


def run_console(snippet: Snippet, folder: Path) -> None:
    """Run the commands of a `console` block, each compared with what stands below it."""
    blocks = re.split(r"^\$ ", snippet.text, flags=re.MULTILINE)[1:]
    if not blocks:
        msg = "a console block without a `$ ` line"
        raise SnippetError(msg)
    for i, block in enumerate(blocks):
        command, _, wanted = block.partition("\n")
        status = int(snippet.options.get("exit", 0)) if i + 1 == len(blocks) else 0
        expect(["bash", "-c", command], folder, wanted=wanted, status=status)


def expect(command: list[str], folder: Path, *, wanted: str | None = None, status: int = 0) -> None:
    """Run *command* in *folder* and compare its exit status and, where *wanted*, its output."""
    venv = Path(sys.executable).parent
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("NBDAG", "PYTEST"))
    }
    env |= {
        "PATH": f"{venv}{os.pathsep}{env['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        msg = f"{command[-1]!r} was not done after {TIMEOUT} s:\n{error.output or b''!r}"
        raise SnippetError(msg) from None
    if done.returncode != status:
        msg = f"{command[-1]!r} ended with {done.returncode}, not {status}:\n{done.stdout}"
        raise SnippetError(msg)
    if wanted is not None and not same(wanted, done.stdout):
        msg = f"{command[-1]!r} was to print\n{wanted}\nbut printed\n{done.stdout}"
        raise SnippetError(msg)


def same(wanted: str, printed: str) -> bool:
    """Return whether *printed* is what the page shows.

    `...` stands for any text. Durations, sizes and ids of runs may be others, and so may the
    number of spaces, which depends on them.
    """
    shown, real = (steady(text) for text in (wanted, printed))
    return doctest.OutputChecker().check_output(shown, real, doctest.ELLIPSIS)


def steady(text: str) -> str:
    """Return *text* without what differs from run to run."""
    for pattern, instead in _UNSTEADY:
        text = re.sub(pattern, instead, text)
    lines = (" ".join(line.split()) for line in text.strip("\n").splitlines())
    return "\n".join(lines) + "\n"


def write(snippet: Snippet, folder: Path) -> None:
    """Write the file that the snippet holds: a notebook where its name says so."""
    path = folder / snippet.title
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".ipynb":
        nbformat.write(notebook(snippet.text), path)
    else:
        path.write_text(snippet.text + "\n", encoding="utf-8")


def notebook(text: str) -> nbformat.NotebookNode:
    """Return the notebook whose cells stand in *text* in percent format.

    `# %%` starts a code cell, `# %% [markdown]` a Markdown cell, whose lines are comments; a
    cell's tags stand after it: `# %% tags=["step:load"]`.
    """
    cells: list[nbformat.NotebookNode] = []
    for number, (head, source) in enumerate(percent_cells(text), start=1):
        tags = re.findall(r'"([^"]*)"', head["tags"] or "")
        metadata = {"tags": tags} if tags else {}
        if head["markdown"]:
            prose = re.sub(r"^# ?", "", source, flags=re.MULTILINE)
            cells.append(new_markdown_cell(prose, id=f"cell-{number}", metadata=metadata))
        else:
            cells.append(new_code_cell(source, id=f"cell-{number}", metadata=metadata))
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made: nbformat.NotebookNode = new_notebook(cells=cells, metadata={"kernelspec": spec})
    return made


def percent_cells(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield the head and the source of each cell."""
    head: re.Match[str] | None = None
    body: list[str] = []
    for line in [*text.splitlines(), "# %%"]:
        match = _CELL.fullmatch(line)
        if not match:
            body.append(line)
            continue
        if head:
            yield head, "\n".join(body).strip("\n")
        head, body = match, []
