"""The tag language as JSON for JupyterLab, as text for a terminal, and as Markdown."""

from __future__ import annotations

import json
import re
from typing import Any

from .directive import Directive
from .language import DIRECTIVES

TITLES = {
    "step": "Steps",
    "role": "What a cell is",
    "order": "Order",
    "setting": "Settings of a step",
}


def tags_json() -> str:
    """Return the table as JSON: for each tag its forms, with fields, patterns and completions.

    Patterns are for JavaScript's `new RegExp(pattern, "u")`, anchored.
    """
    return json.dumps([as_json(one) for one in DIRECTIVES], indent=2, ensure_ascii=False) + "\n"


def as_json(directive: Directive) -> dict[str, Any]:
    """Return a directive as JSON."""
    return {
        "name": directive.name,
        "kind": directive.kind,
        "role": directive.role,
        "sets": directive.sets or None,
        "many": directive.many,
        "help": directive.help,
        "example": directive.example,
        "forms": [
            {
                "form": directive.shown(form),
                "template": form,
                "pattern": "^" + directive.pattern(form).replace(r"\-", "-") + "$",
                "fields": [
                    {
                        "name": name,
                        "type": kind.name,
                        "pattern": f"^(?:{kind.pattern})$",
                        "hint": kind.hint,
                        "completions": list(kind.completions),
                    }
                    for name, kind in directive.form_fields(form)
                ],
            }
            for form in directive.forms
        ],
    }


def tags_text(*, width: int = 80) -> str:
    """Return the table for a terminal."""
    import textwrap

    lines: list[str] = []
    for kind, title in TITLES.items():
        lines += [title, ""]
        for directive in DIRECTIVES:
            if directive.kind == kind:
                lines += [f"  {directive.shown(form)}" for form in directive.forms]
                about = f"{directive.help} Example: {directive.example}"
                about = directive.help if directive.bare and not directive.fields else about
                lines += textwrap.wrap(
                    about, width, initial_indent=" " * 6, subsequent_indent=" " * 6
                )
        lines.append("")
    lines.append("Tags of other tools are left alone. Names of steps: a-z, 0-9 and _, at most 63.")
    return "\n".join(lines) + "\n"


def tags_markdown() -> str:
    """Return the table as a page of documentation."""
    lines = ["# Tags", "", INTRODUCTION]
    for kind, title in TITLES.items():
        lines += ["", f"## {title}", "", "| tag | meaning | example |", "|---|---|---|"]
        for directive in DIRECTIVES:
            if directive.kind == kind:
                forms = "<br>".join(f"`{directive.shown(form)}`" for form in directive.forms)
                lines.append(f"| {forms} | {directive.help} | `{directive.example}` |")
    lines += ["", "## Values", "", "| kind | is |", "|---|---|"]
    kinds = {kind.name: kind for one in DIRECTIVES for kind in one.fields.values()}
    for name in sorted(kinds):
        hint = re.sub(r"\|", r"\\|", kinds[name].hint)
        lines.append(f"| {name.replace('_', ' ')} | {hint} |")
    return "\n".join(lines) + "\n"


INTRODUCTION = """A cell's tags say where and how it runs; they never change what the program
computes. In JupyterLab tags are set in the property inspector (the cog at the right) or on the
cell's chip. Tags of other tools are left alone. A tag that looks like one of these but is wrong is
a finding, with the nearest right one."""
