"""How a value is shown where there is no IPython."""

from __future__ import annotations

import traceback
from typing import Any, Dict, Tuple

KINDS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_latex_": "text/latex",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_json_": "application/json",
    "_repr_javascript_": "application/javascript",
    "_repr_pdf_": "application/pdf",
}
WIDTH = 79  # what is longer is written on several lines
DEPTH = 9  # a list may hold itself
NOTE = "[nbdag: there is no IPython here, so this value is shown as Python writes it]\n"
ALIKE = (bool, int, float, complex, str, bytes, type(None), type(...), range, slice)
OWN_WAYS = ("builtins", "collections", "re", "types")  # IPython writes much of theirs in other ways


def bundle(value: Any) -> Tuple[Dict[str, Any], Dict[str, Any], bool]:
    """Return *value* and metadata by MIME type, and whether IPython would give the same text.

    Nothing at all is for a value that has shown itself.
    """
    if call(value, "_ipython_display_") is not None:
        return {}, {}, True
    found: Dict[str, Any] = {}
    about: Dict[str, Any] = {}
    made = call(value, "_repr_mimebundle_", include=None, exclude=None)
    if made:
        data, metadata = made[0] if isinstance(made[0], tuple) else (made[0], {})
        found.update(data)
        about.update(metadata)
    sure = True
    if "text/plain" not in found:
        found["text/plain"], sure = text(value)
    for method, kind in KINDS.items():
        shown = call(value, method) if kind not in found else None
        if shown and shown[0] is not None:
            more = isinstance(shown[0], tuple)
            found[kind] = shown[0][0] if more else shown[0]
            if more:
                about[kind] = shown[0][1]
    return found, about, sure


def call(value: Any, name: str, **options: Any) -> Any:
    """Return what a method of *value* returns, in a tuple; None where it has no such method.

    What it raises is shown, as IPython does.
    """
    if isinstance(value, type):
        return None
    try:
        if getattr(value, "_ipython_canary_method_should_not_exist_", None) is not None:
            return None  # it has every attribute
        method = getattr(value, name, None)
        return (method(**options),) if callable(method) else None
    except NotImplementedError:
        return None
    except Exception:
        traceback.print_exc()
        return None


def text(value: Any) -> Tuple[str, bool]:
    """Return *value* as a text, and whether IPython would give the same."""
    kind: Any = type(value)
    if kind is type:
        module = "" if value.__module__ == "builtins" else value.__module__ + "."
        return module + value.__qualname__, True
    if kind.__repr__ is object.__repr__:
        sure = not hasattr(kind, "_repr_pretty_")
        return "<%s at 0x%x>" % (text(kind)[0], id(value)), sure
    written = repr(value)
    return written, is_alike(value, 0) and (isinstance(value, ALIKE) or _fits(value, written))


def _fits(value: Any, written: str) -> bool:
    return type(value) not in (list, tuple, dict) or len(written) <= WIDTH


def is_alike(value: Any, depth: int) -> bool:
    """Return whether IPython writes *value* as `repr` does, where a line holds it."""
    kind = type(value)
    if kind in ALIKE:
        return True
    if depth < DEPTH and kind in (list, tuple):
        return all(is_alike(item, depth + 1) for item in value[:WIDTH])
    if depth < DEPTH and kind is dict:
        items = list(value.items())[:WIDTH]
        return all(is_alike(part, depth + 1) for item in items for part in item)
    for each in kind.__mro__:
        if "_repr_pretty_" in vars(each) or each.__module__ in OWN_WAYS:
            return False
        if "__repr__" in vars(each):
            return True
    return False
