"""How Sphinx makes the documentation: `make docs`."""

from __future__ import annotations

project = "nbdag"
author = "the nbdag authors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_build"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "nbdag"
html_copy_source = False
html_show_sphinx = False
