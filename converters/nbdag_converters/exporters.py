"""nbconvert exporter: `jupyter nbconvert --to nbdag-plan fraud.ipynb` writes the local plan.

Importing nbconvert is slow, so nothing else of nbdag may import this module.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode

from .build import build
from .compilers.base import find_compiler
from .errors import PipelineError
from .notebook import from_content


class PlanExporter(Exporter):
    """Exports a notebook as the plan by which it runs here: JSON, with an order for each step."""

    export_from_notebook = "nbdag plan"
    output_mimetype = "application/json"
    target = "local"

    def _file_extension_default(self) -> str:
        return ".plan.json"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the plan's text, and the resources.

        Raises
        ------
        ConversionException
            If the notebook can't become a pipeline; its message has the findings.
        """
        node, after = super().from_notebook_node(nb, resources, **options)
        about: dict[str, Any] = after.get("metadata", {})
        name = f"{about.get('name') or 'notebook'}.ipynb"
        path = Path(about["path"], name).absolute() if about.get("path") else None
        try:
            notebook = from_content(dict(node), name=name, path=path)
            manifest = find_compiler(self.target).compile(build(notebook).pipeline)
        except PipelineError as error:
            raise ConversionException(str(error)) from None
        return manifest.text, dict(after)
