"""The runtime as text: what a manifest carries and `python -c` starts, with nothing installed.

`python -c BOOT PAYLOAD step` imports the package `nbdag_runtime` from memory. The payload is
{module: source} as JSON, compressed, in base64: it has no brace, which a template would take for its own.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import tokenize
import zlib
from functools import cache
from pathlib import Path

NAME = "nbdag_runtime"
SOURCES = Path(__file__).parents[1] / "runtime"

BOOT = f"""\
import base64,json,sys,zlib
from importlib.machinery import ModuleSpec
class Bundle:
 s=json.loads(zlib.decompress(base64.b64decode(sys.argv.pop(1))))
 def find_spec(self,name,path=None,target=None):
  if name in self.s:return ModuleSpec(name,self,is_package=name=="{NAME}")
 def create_module(self,spec):return None
 def exec_module(self,module):
  name=module.__name__
  exec(compile(self.s[name],"<"+name+">","exec"),module.__dict__)
 def get_source(self,name):return self.s[name]
sys.meta_path.append(Bundle())
from {NAME}.__main__ import main
main()
"""


@cache
def payload() -> str:
    """Return the runtime's modules as one argument of `python -c BOOT`; the same on each Python."""
    sources = {module: minify(text) for module, text in read_sources().items()}
    text = json.dumps(sources, sort_keys=True, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def read_sources() -> dict[str, str]:
    """Return the source of each module of the runtime by the name that it has when shipped."""
    return {
        NAME if path.stem == "__init__" else f"{NAME}.{path.stem}": path.read_text("utf-8")
        for path in sorted(SOURCES.glob("*.py"))
    }


def minify(source: str) -> str:
    """Return *source* without comments, docstrings and blank lines, indented by one space a level."""
    dropped = _docstrings(source)
    lines: list[str] = []
    line, level, end, fresh = "", 0, (1, 0), True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind, text, start, stop, _ = token
        if kind == tokenize.INDENT:
            level += 1
        elif kind == tokenize.DEDENT:
            level -= 1
        elif kind == tokenize.NEWLINE:
            lines.append(line)
            line, fresh = "", True
        elif kind in {tokenize.COMMENT, tokenize.NL} or start in dropped:
            line, fresh = (line, fresh) if start not in dropped else (" " * level + dropped[start], False)
        else:
            gap = " " if not fresh and start > end and _needs_gap(line, text) else ""
            line = line + gap + text if not fresh else " " * level + text
            fresh = False
        end = stop
    return "\n".join(text for text in lines if text.strip()) + "\n"


def _needs_gap(before: str, after: str) -> bool:
    """Return whether two tokens would become one without a space."""
    word = (before[-1:].isalnum() or before[-1:] in "_\"'") and (after[:1].isalnum() or after[:1] in "_\"'")
    return word or after[:1] == before[-1:]


def _docstrings(source: str) -> dict[tuple[int, int], str]:
    """Return where docstrings start, and what stands there instead: `pass` where a body needs it."""
    found: dict[tuple[int, int], str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                start = (first.lineno, first.col_offset)
                found[start] = "pass" if len(node.body) == 1 else ""
    return found
