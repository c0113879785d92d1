"""The runtime as text: what a manifest carries and `python -c` starts, with nothing installed.

`python -c BOOT PAYLOAD step` imports the package `nbdag_runtime` from memory. The payload is
{module: source} as JSON, compressed, in base64: it has no brace, which templates would read.
To compile it takes longer than to start Python, so an image may hold it compiled, by `keeper`. What
was compiled from another payload, or by another Python, doesn't count.

`python -c BOOT_HERE FOLDER step` is for steps on this machine: it imports the same modules from
where they lie, as Python keeps their bytecode there. They have no `__file__` either.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .packed import packed

NAME = "nbdag_runtime"
SOURCES = Path(__file__).parents[1] / "runtime"
KUBEFLOW = ("kubeflow", "sent", "artifacts")
"""The modules that only tasks of Kubeflow need."""
KEPT = "/opt/nbdag"
"""The folder of an image where it may hold the runtime compiled."""

BOOT = f"""\
import base64,json,marshal,sys,zlib
from importlib.machinery import ModuleSpec
class Bundle:
 p=sys.argv.pop(1)
 def __init__(self):
  try:
   with open("{KEPT}/%08x"%zlib.crc32(self.p.encode()),"rb") as f:p,v,self.s=marshal.load(f)
   if (p,v)==(self.p,sys.version):return
  except Exception:pass
  self.s=self.sources()
 def sources(self):return json.loads(zlib.decompress(base64.b64decode(self.p)))
 def find_spec(self,name,path=None,target=None):
  if name in self.s:return ModuleSpec(name,self,is_package=name=="{NAME}")
 def create_module(self,spec):return None
 def exec_module(self,module):
  s=self.s[module.__name__]
  exec(compile(s,"<"+module.__name__+">","exec") if type(s) is str else s,module.__dict__)
 def get_source(self,name):return self.sources()[name]
sys.meta_path.append(Bundle())
from {NAME}.__main__ import main
main()
"""

BOOT_KUBEFLOW = BOOT.replace(f"from {NAME}.__main__", f"from {NAME}.kubeflow")

BOOT_JUDGING = BOOT.replace(
    f'is_package=name=="{NAME}"', 'is_package=any(m.startswith(name+".")for m in self.s)'
).replace(f"{NAME}.__main__", "nbdag_converters.judging.kubeflow")

BOOT_HERE = f"""\
import sys
from importlib.machinery import ModuleSpec,SourceFileLoader
class Folder:
 path=sys.argv.pop(1)
 def find_spec(self,name,path=None,target=None):
  package,_,module=name.partition(".")
  if package!="{NAME}":return
  file=self.path+"/"+(module or "__init__")+".py"
  return ModuleSpec(name,SourceFileLoader(name,file),is_package=not module)
sys.meta_path.append(Folder())
from {NAME}.__main__ import main
main()
"""


@cache
def payload(*extras: str) -> str:
    """Return the runtime's modules as one argument of `python -c BOOT`; the same on each Python.

    The zygote stays here: a container runs one step. The modules *extras* go along: KUBEFLOW, or
    `relay`, for steps on another cluster.
    """
    left = {f"{NAME}.{module}" for module in ("zygote", "relay", *KUBEFLOW) if module not in extras}
    shipped = {name: text for name, text in read_sources().items() if name not in left}
    return packed("-".join((NAME, *extras)), shipped)


def keeper() -> str:
    """Return a program that keeps the runtime compiled in the image in which it runs."""
    payloads = "\n".join((payload(), payload(*KUBEFLOW)))
    return f'''\
"""Compiles what nbdag runs in the containers of steps, which then start faster."""

import base64, json, marshal, os, sys, zlib

PAYLOADS = """
{payloads}
"""

os.makedirs("{KEPT}", exist_ok=True)
for payload in PAYLOADS.split():
    sources = json.loads(zlib.decompress(base64.b64decode(payload)))
    codes = {{name: compile(text, "<" + name + ">", "exec") for name, text in sources.items()}}
    with open("{KEPT}/%08x" % zlib.crc32(payload.encode()), "wb") as file:
        marshal.dump((payload, sys.version, codes), file)
'''


def read_sources() -> dict[str, str]:
    """Return the source of each module of the runtime by the name that it has when shipped."""
    return {
        NAME if path.stem == "__init__" else f"{NAME}.{path.stem}": path.read_text("utf-8")
        for path in sorted(SOURCES.glob("*.py"))
    }
