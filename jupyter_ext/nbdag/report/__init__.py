"""A run as one HTML page: what ran, when, with what outcome, and the executed notebook.

The page is made from the history alone and refers to nothing outside itself: it can be kept, sent
and opened anywhere, and it is not allowed to ask the network for anything.
"""

from .page import report_html, write_report

__all__ = ["report_html", "write_report"]
