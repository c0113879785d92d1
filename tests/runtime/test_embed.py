"""The runtime as text."""

from __future__ import annotations

import ast
import base64
import json
import marshal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbdag_converters.compilers import embed
from nbdag_converters.compilers.minify import minify
from nbdag_converters.compilers.packed import packed
from orders import make_order, run_step

OPTIONAL = {"IPython", "traitlets", "numpy", "pandas", "matplotlib"}
PYTHONS = sorted(
    path
    for path in (Path.home() / ".pyenv" / "versions").glob("3.*/bin/python")
    if int(path.parts[-3].split(".")[1]) >= 10
)


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def test_only_the_standard_library_is_needed() -> None:
    names = {name for source in embed.read_sources().values() for name in imported(source)}
    assert names - OPTIONAL <= sys.stdlib_module_names


def test_a_template_finds_nothing_to_replace() -> None:
    assert "{" not in embed.payload()
    assert "{{" not in embed.BOOT


def test_it_fits_into_half_of_an_argument() -> None:
    # Linux and Kubernetes allow 131,072 bytes for one argument, and the order needs its share.
    assert len(embed.BOOT) + len(embed.payload()) < 65_536


@pytest.mark.parametrize("name", sorted(embed.read_sources()))
def test_a_module_is_the_same_code_when_packed(name: str) -> None:
    source = embed.read_sources()[name]
    assert ast.dump(ast.parse(minify(source), feature_version=(3, 8))) == ast.dump(_bare(source))


class _Bare(ast.NodeTransformer):
    """Removes from a tree what `minify` removes from text."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        return self._without_docstring(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]  # noqa: N815

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if any(isinstance(base, ast.Name) and base.id == "Record" for base in node.bases):
            for field in node.body:
                if isinstance(field, ast.AnnAssign):
                    field.annotation = ast.Constant(0)
        else:
            self.generic_visit(node)
        return self._without_docstring(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self.generic_visit(node)
        return self._without_docstring(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return ast.Assign([node.target], node.value) if node.value else None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module in {"typing", "__future__"} else node

    @staticmethod
    def _without_docstring(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr):
            value = node.body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                del node.body[0]
        if not node.body:
            node.body.append(ast.Pass())
        return node


def _bare(source: str) -> ast.AST:
    """Return the tree of *source* after packing, but for the imports that `minify` leaves alone."""
    tree: ast.Module = _Bare().visit(ast.parse(source))
    packed = ast.parse(minify(source))
    kept = [
        node
        for node in packed.body
        if isinstance(node, ast.ImportFrom) and node.module in {"typing", "__future__"}
    ]
    for node in kept:
        tree.body.insert(packed.body.index(node), node)
    return ast.fix_missing_locations(tree)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: str(path.parts[-3]))
def test_each_python_packs_the_same_bytes(python: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from nbdag_converters.compilers import embed; print(embed.payload(), end='')"
    )
    done = subprocess.run(
        [python, "-X", f"pycache_prefix={tmp_path}", "-c", code, str(embed.SOURCES.parents[1])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == embed.payload()


SOURCE = {"one": 'def f(x: int) -> int:\n    """Say."""\n    return x  # why\n'}


def test_what_was_made_small_is_kept_until_a_source_changes(tmp_path: Path) -> None:
    first = packed("it", SOURCE, cache=tmp_path / "cache")
    assert json.loads(zlib.decompress(base64.b64decode(first))) == {"one": "def f(x):\n return x\n"}
    (kept,) = (tmp_path / "cache").iterdir()
    assert kept.read_text().endswith(first)
    kept.write_text(kept.read_text().replace(first, "taken"))
    assert packed("it", SOURCE, cache=tmp_path / "cache") == "taken"
    other = packed("it", {"one": "x = 1\n"}, cache=tmp_path / "cache")
    assert len({first, "taken", other}) == 3
    assert [*(tmp_path / "cache").iterdir()] == [kept]


@pytest.mark.parametrize("kept", ["", "one\ntwo\nthree", "é\n"])
def test_what_is_kept_may_be_anything(kept: str, tmp_path: Path) -> None:
    (tmp_path / "it.packed").write_text(kept)
    assert packed("it", SOURCE, cache=tmp_path) == packed("it", SOURCE, cache=tmp_path / "new")


def test_where_nothing_can_be_kept_it_is_made_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert packed("it", SOURCE, cache=tmp_path / "file") == packed("it", SOURCE, cache=tmp_path)


KEPT_CODE = compile("import sys; sys.stderr.write('taken from the image')", "<kept>", "exec")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `keeper` has kept of the payload that steps run, in a folder of the test."""
    folder = tmp_path / "kept"
    keeper = embed.keeper().replace(embed.KEPT, str(folder))
    monkeypatch.setattr(embed, "BOOT", embed.BOOT.replace(embed.KEPT, str(folder)))
    subprocess.run([sys.executable, "-c", keeper], check=True)
    path = folder / f"{zlib.crc32(embed.payload().encode()):08x}"
    payload, version, codes = marshal.loads(path.read_bytes())
    assert (payload, version) == (embed.payload(), sys.version)
    assert len(list(folder.iterdir())) == 2, "that of tasks of Kubeflow, too"
    path.write_bytes(marshal.dumps((payload, version, {**codes, embed.NAME: KEPT_CODE})))
    return path


def test_what_an_image_holds_compiled_is_not_compiled_again(kept: Path, tmp_path: Path) -> None:
    done = run_step(tmp_path, make_order("step", ["x = 1", "1 / 0"]))
    assert "taken from the image" in done.log
    assert kept.exists()
    assert done.failure["message"] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("other", ["payload", "python", "damaged", "cut off", "nothing"])
def test_what_an_image_holds_of_another_runtime_does_not_count(
    other: str, kept: Path, tmp_path: Path
) -> None:
    content = kept.read_bytes()
    payload, version, codes = marshal.loads(content)
    kept.write_bytes({
        "payload": marshal.dumps((payload[:-1], version, codes)),
        "python": marshal.dumps((payload, version + ".", codes)),
        "damaged": b"?" + content[1:],
        "cut off": content[:-9],
        "nothing": b"",
    }[other])  # fmt: skip
    done = run_step(tmp_path, make_order("step", ["print('ran')"]))
    assert done.status == 0, done.log
    assert done.text(1) == "ran\n"
    assert "taken from the image" not in done.log
