"""Which modules the zygote imports once, so that no step has to import them again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbdag_converters.model import Pipeline

# Packages whose import has no effect that a step could see, and after which a fork is safe (they
# start no threads). Others are imported by each step itself, as in the notebook.
_SAFE = frozenset(
    {"numpy", "pandas", "scipy", "sklearn", "matplotlib", "seaborn", "statsmodels", "networkx"}
)
# A variable of the environment that is set before an import can change what the import does.
_ENVIRONMENT = re.compile(r"environ|putenv|%(?:set_)?env\b|load_dotenv|sys\.path|%%?writefile")


def preloads(pipeline: Pipeline) -> tuple[str, ...]:
    """Return names of modules that the steps import and that may be imported beforehand.

    Empty where the notebook sets variables of the environment or where modules are looked for, as
    an import would then give something else than in the notebook.
    """
    slices = [piece for step in pipeline.steps for piece in step.slices]
    sources = [piece.source for piece in slices]
    sources += [cell.source for step in pipeline.steps for cell in step.cells]
    if any(_ENVIRONMENT.search(source) for source in sources):
        return ()
    imports = [piece.source for piece in slices if piece.kind == "import"]
    return tuple(dict.fromkeys(name for source in imports for name in _modules(source)))


def _modules(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # IPython's own syntax: it imports nothing that is worth it
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        yield from (name for name in names if name.partition(".")[0] in _SAFE)
