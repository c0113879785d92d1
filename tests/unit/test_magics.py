from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from nbdag_converters.magics import Magic, PythonSource, to_python


def python(source: str) -> PythonSource:
    found = to_python(source, cell=3)
    assert found.text.count("\n") == source.count("\n")
    return found


def one_magic(source: str) -> Magic:
    (magic,) = python(source).magics
    return magic


def codes(source: str) -> list[str]:
    return [finding.code for finding in python(source).diagnostics]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = 1",
        "n = (17\n     % 5)",
        "s = ('%s-%s'\n     % (1, 2))",
        "x = '''\n%matplotlib inline\n!ls\n'''",
        "await f()",
        "async for x in y:\n    pass",
        "# what?",
        "a = 5 % 2  # %time",
        'x = "a\\\n%b"',
    ],
)
def test_python_stays_as_it_is(source: str) -> None:
    found = python(source)
    assert (found.text, found.magics, found.diagnostics) == (source, (), ())


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("%time z = x + 1", "z = x + 1"),
        ("%timeit -n 2 -r3 f(x)", "f(x)"),
        ("%prun -l 10 g()", "g()"),
        ("x = %time f(y)", "x = f(y)"),
        ("if a:\n    %time b = 1; c = 2\nd", "if a:\n    b = 1; c = 2\nd"),
        ("%%time\nx = 1\n!ls", "\nx = 1\nget_ipython().system('ls')"),
        ("\n\n%%time\nx = 1", "\n\n\nx = 1"),
        ("%timeit z = x + f(z=1)", "_timeit_z = x + f(z=1)"),
        ("%%timeit n = 3\nn + 1", "_timeit_n = 3\n_timeit_n + 1"),
        (
            "%%timeit\nfor i in x:\n    y.append(i)",
            "\nfor _timeit_i in x:\n    y.append(_timeit_i)",
        ),
        ("%%timeit\nä = 1; ä", "\n_timeit_ä = 1; _timeit_ä"),
        ("%%timeit\nglobal a\na = 1", "\nglobal a\na = 1"),
        ("%%prun\nf()", "\nf()"),
        ("%%time\n%%capture out\nx = 1", None),
        ("  x = 1\n  y = 2", "x = 1\ny = 2"),
        (">>> x = 1\n... y\nprinted", None),
        ("In [1]: x = 1\n   ...: y = 2", "x = 1\ny = 2"),
        ("files = !ls {d}", "files = get_ipython().getoutput('ls {d}')"),
        ("ä = %time 'ß'; b", None),
        ("%pylab inline", "from pylab import *"),
    ],
)
def test_what_a_magic_runs_here_stands_in_its_place(source: str, text: str | None) -> None:
    found = python(source)
    if text is not None:
        assert found.text == text
        assert ast.dump(found.tree) == ast.dump(ast.parse(text))


def test_a_magic_within_a_cell_magic_has_the_line_of_the_cell() -> None:
    time, shell = python("\n%%time\nx = 1\n!ls \\\n   -l\ny").magics
    assert (time.name, time.line, time.end_line, time.cell_magic) == ("time", 2, 6, True)
    assert (shell.name, shell.line, shell.end_line) == ("!", 4, 5)


def test_lines_below_a_continued_magic_stay_where_they_are() -> None:
    found = python("%cd a\\\n b\nx = 1\n!ls \\\n -l \\\n -a\ny = 2")
    assert [s.lineno for s in found.tree.body] == [1, 3, 4, 7]


@pytest.mark.parametrize(
    ("source", "assigns", "reads"),
    [
        ("files = !ls {d} $e $$f", ("files",), ("d", "e")),
        ("a, b = !ls", ("a", "b"), ()),
        ("!awk '{print $1}' {path}", (), ("path",)),
        ("!echo {x + f(y)} {z!r}", (), ("x", "f", "y", "z")),
        ("!echo {", (), ()),
        ("%env TOKEN=$token", (), ("token",)),
        ("%%bash --out o --err e -s {v}\necho $HOME", ("o", "e"), ("v",)),
        ("%%sx\nls {d}", (), ("d",)),
        ("%%capture out\nprint(1)", ("out",), ()),
        ("%%capture --no-stderr out\n1", ("out",), ()),
        ("%%capture\n1", (), ()),
        ("r = %timeit -o f()", ("r",), ()),
        ("frame.head?", (), ("frame",)),
        ("??frame", (), ("frame",)),
        ("%unheard a b.c", (), ("a", "b")),
        ("%%writefile {name}.py\nx", (), ("name",)),
    ],
)
def test_names_that_a_magic_sets_and_reads_are_known(
    source: str, assigns: tuple[str, ...], reads: tuple[str, ...]
) -> None:
    magic = one_magic(source)
    assert (magic.assigns, magic.reads) == (assigns, reads)


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("%%writefile a.py\nx", "a.py"),
        ("%%writefile -a lib/a.py\nx", "lib/a.py"),
        ("%%file 'a b.py'\nx", "a b.py"),
    ],
)
def test_a_file_that_a_cell_writes_is_known(source: str, file: str) -> None:
    magic = one_magic(source)
    assert (magic.writes, magic.body, magic.effect) == ((file,), "x", "write")


@pytest.mark.parametrize(
    ("source", "packages"),
    [
        ("%pip install numpy 'pandas>=2'", ("numpy", "pandas>=2")),
        ("!pip install -q -r requirements.txt", ()),
        ("!pip3 install --upgrade pyarrow && echo done", ("pyarrow",)),
        ("!{sys.executable} -m pip install seaborn[stats]", ("seaborn[stats]",)),
        ("!conda install -y -c conda-forge gdal", ("gdal",)),
        ("!uv pip install --index-url https://x.y/z polars", ("polars",)),
        ("%conda install scipy", ("scipy",)),
        ("%%bash\napt-get update\npip install a b\nls", ("a", "b")),
        ("pip install requests", ("requests",)),
        ("!pip install ./lib", ()),
    ],
)
def test_what_a_cell_installs_is_known(source: str, packages: tuple[str, ...]) -> None:
    assert one_magic(source).packages == packages
    assert codes(source) == ["NB501"]


@pytest.mark.parametrize("source", ["!pip list", "%pip freeze", "!echo pipeline", "!ls pip"])
def test_what_installs_nothing_is_not_told(source: str) -> None:
    assert one_magic(source).packages is None
    assert codes(source) == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("%store x", "NB301"),
        ("%store -r", "NB301"),
        ("%debug", "NB302"),
        ("%pdb on", "NB302"),
        ("%%debug\nx", "NB302"),
        ("%run other.py", "NB304"),
        ("%reset -f", "NB305"),
        ("%%unheard\nx", "NB306"),
        ("%%javascript\nIPython.notebook.kernel.execute('x=1')", "NB308"),
        ("%unheard", "NB309"),
        ("%rerun 3", "NB310"),
        ("%who", "NB311"),
        ("x = 1\n%%time\ny", "NB312"),
        ("x = (1", "NB107"),
        ("return 3", "NB107"),
        ("break", "NB107"),
        ("x = \0", "NB107"),
        ("x = '\ud800'", "NB107"),
        ("(" * 5000, "NB107"),
        ("-" * 100_000 + "1", "NB107"),
        ("%%time\nx = (1", "NB107"),
        ("%time x = = 1", None),
    ],
)
def test_what_can_not_be_part_of_a_pipeline_is_told(source: str, code: str | None) -> None:
    assert codes(source) == ([code] if code else [])


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline", "%load_ext autoreload", "%autoreload 2", "%config X.y = 1",
        "%env A=1", "%set_env A 1", "%cd data", "%precision 3",
    ],
)  # fmt: skip
def test_setup_is_known_as_such(source: str) -> None:
    assert one_magic(source).setup
    assert codes(source) == []


@pytest.mark.parametrize("name", ["bash", "sh", "html", "latex", "markdown", "svg", "script sh"])
def test_cells_in_other_languages_are_opaque(name: str) -> None:
    found = python(f"%%{name}\nif [ x ]; then $(\n(((\n")
    assert [statement.lineno for statement in found.tree.body] == [1]
    assert found.diagnostics == ()


def test_a_syntax_error_has_its_place() -> None:
    (finding,) = python("x = 1\ny = = 2\n").diagnostics
    assert (finding.cell, finding.line, finding.column) == (3, 2, 5)
    assert finding.source == "y = = 2"


def test_a_syntax_error_below_a_magic_has_its_place() -> None:
    (finding,) = python("%cd a\\\n b\n\ny = = 2").diagnostics
    assert (finding.line, finding.column, finding.source) == (4, 5, "y = = 2")


def test_a_near_cell_magic_is_offered() -> None:
    (finding,) = python("%%bahs\nls").diagnostics
    assert finding.fix == "Did you mean `%%bash`?"


def test_cells_without_magics_do_not_import_ipython() -> None:
    program = (
        "import sys; from nbdag_converters.magics import to_python;"
        "to_python('x = 1'); sys.exit('IPython' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_magics_are_read_without_importing_ipython() -> None:
    program = (
        "import sys; from nbdag_converters.magics import to_python;"
        "text = to_python('!ls\\n%time x').text; assert text[13:] == '.system(\\'ls\\')\\nx', text;"
        "assert not [name for name in sys.modules if name.startswith('IPython')]"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_same_is_read_where_ipython_is_imported_already() -> None:
    program = (
        "import IPython; from nbdag_converters.magics import to_python;"
        "text = to_python('!ls\\n%time x').text; assert text[13:] == '.system(\\'ls\\')\\nx', text"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


lines = st.sampled_from(
    [
        "x = 1", "if x:\n    y = 2", "!ls {x}", "files = !ls \\\n  -l", "%cd \\\n a", "x?",
        "%matplotlib inline", "# %time", "t = '''\n!ls\n%cd\n'''", "(1\n % 2)", "", "  ",
        "def f():\n    !ls\n    return %magic\n", "z = %env A", "?x", "!!ls",
        "for a in b:\n    %cd a", "s = 'a\\\n!b'", "@d\nclass A: pass", "ä = !ö", "x \\\n  ? ",
        ",f a b", "/f x", "x = 1 ;",
    ]
)  # fmt: skip


@given(st.lists(lines, max_size=6))
def test_the_text_means_what_ipython_makes_of_the_cell(parts: list[str]) -> None:
    source = "\n".join(parts)
    found = to_python(source)
    try:
        theirs = ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        assert [finding.code for finding in found.diagnostics] == ["NB107"]
        return
    assert "NB107" not in [finding.code for finding in found.diagnostics]
    assert ast.dump(found.tree) == ast.dump(theirs)


@given(st.lists(lines, max_size=6))
def test_plain_lines_stand_where_they_stood(parts: list[str]) -> None:
    source = "\n".join([*parts, "marker = 'here'"])
    found = to_python(source)
    assert found.text.count("\n") == source.count("\n")
    if not any(finding.code == "NB107" for finding in found.diagnostics):
        assert found.text.split("\n")[-1] == "marker = 'here'"


fragments = st.text(st.sampled_from("%!?$={}()[]'\"\\\n x1t:;,/#&@-\t\f\x0b\u2028é\0"), max_size=40)
starts = st.sampled_from(["", "%%time\n", "%%capture o\n", "%%bash\n", "%time ", "!", "x = !"])


@given(st.builds("{}{}".format, starts, fragments))
def test_no_text_breaks_it_and_lines_are_kept(source: str) -> None:
    found = to_python(source)
    assert found.text.count("\n") == source.count("\n")
    for magic in found.magics:
        assert 1 <= magic.line <= magic.end_line <= source.count("\n") + 1
    for finding in found.diagnostics:
        assert str(finding)
