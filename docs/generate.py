"""Writes the pages of docs/reference that are made from nbdag's own tables.

python docs/generate.py            writes them
python docs/generate.py --check    says which are not current, and fails if there are any
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from nbdag.cli.document import cli_markdown
from nbdag_converters.rules import RULES, Rule
from nbdag_converters.settings import settings_markdown
from nbdag_converters.tags import tags_markdown

REFERENCE = Path(__file__).parent / "reference"
RANGES = {
    "1": "The file, cells, tags and settings",
    "2": "Names, and what flows between steps",
    "3": "What can't move into another process",
    "4": "Conditions, loops and retries",
    "5": "Packages, files and machines",
    "6": "What a target doesn't have",
}
ADVICE = "the message says it for your case."
NOTE = "<!-- Made by docs/generate.py from the code: change it there. -->"


def pages() -> dict[str, str]:
    """Return the text of each page by its path below docs/reference."""
    made = {
        "cli.md": cli_markdown(),
        "tags.md": tags_markdown(),
        "settings.md": settings_markdown(),
        "diagnostics.md": index_page(),
    }
    made |= {f"diagnostics/{code}.md": rule_page(rule) for code, rule in RULES.items()}
    return {path: f"{NOTE}\n\n{text}" for path, text in made.items()}


def index_page() -> str:
    """Return the page that lists all diagnostics."""
    lines = [
        "# Diagnostics",
        "",
        "`nbdag check` tells them with their place. An error stops; a warning doesn't.",
    ]
    for digit, title in RANGES.items():
        rules = [rule for rule in RULES.values() if rule.code[2] == digit]
        if rules:
            lines += ["", f"## NB{digit}xx: {title}", "", "| code | severity | |", "|---|---|---|"]
            lines += [
                f"| [{rule.code}](diagnostics/{rule.code}.md) | {rule.severity} | {rule.title} |"
                for rule in rules
            ]
    listed = "\n".join(f"diagnostics/{code}" for code in RULES)
    return "\n".join(lines) + f"\n\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"


def rule_page(rule: Rule) -> str:
    """Return the page of one diagnostic."""
    return (
        f"# {rule.code}: {rule.title}\n\n*{rule.severity.capitalize()}.* "
        f"It reads: “{with_blanks(rule.message)}”\n\n{rule.help.strip()}\n\n"
        f"**What to do:** {with_blanks(rule.fix.replace('{advice}', ADVICE))}\n"
    )


def with_blanks(template: str) -> str:
    """Return a template of a message with its fields as blanks to fill in."""
    return re.sub(r"\{(\w+)\}", lambda match: f"[{match[1].replace('_', ' ')}]", template)


def outdated(folder: Path = REFERENCE) -> list[str]:
    """Return the pages that are missing, differ, or are of no rule any more."""
    made = pages()
    wrong = [path for path, text in made.items() if read(folder / path) != text]
    codes = (folder / "diagnostics").glob("NB*.md")
    return sorted(wrong + [f"diagnostics/{p.name}" for p in codes if p.stem not in RULES])


def read(path: Path) -> str | None:
    """Return a file's text, None where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def write(folder: Path = REFERENCE) -> None:
    """Write all pages, and remove those of rules that are no more."""
    for path, text in pages().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for page in (folder / "diagnostics").glob("NB*.md"):
        if page.stem not in RULES:
            page.unlink()


def main(arguments: list[str]) -> int:
    """Write or check; return the exit status."""
    if "--check" not in arguments:
        write()
        return 0
    wrong = outdated()
    if wrong:
        sys.stderr.write("not current, run docs/generate.py: " + ", ".join(wrong) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
