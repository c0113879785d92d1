"""The tag language: what a cell's tags say about its part in the pipeline.

`language.DIRECTIVES` is the one place where it is written down; parsing, findings,
help, documentation and the completions in JupyterLab are made from it. This package must not know
of notebooks.
"""

from __future__ import annotations

from .config import step_config
from .directive import Directive, Role
from .document import tags_json, tags_markdown, tags_text
from .fields import FieldType, step_slug
from .language import BY_NAME, DIRECTIVES
from .parse import Tag, parse_tag

__all__ = [
    "BY_NAME",
    "DIRECTIVES",
    "Directive",
    "FieldType",
    "Role",
    "Tag",
    "parse_tag",
    "step_config",
    "step_slug",
    "tags_json",
    "tags_markdown",
    "tags_text",
]
