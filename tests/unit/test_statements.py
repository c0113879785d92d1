"""What single statements do: one row a fact that the DAG stands on."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import pytest

from nbdag_converters.analysis import Program, SourceCell, Statement, analyse
from nbdag_converters.analysis.facts import LIKELY


def program(*cells: str) -> Program:
    return analyse(
        [
            SourceCell(number, text, text, ast.parse(text), fanned=True)
            for number, text in enumerate(cells, 1)
        ]
    )


def last(*cells: str) -> Statement:
    return program(*cells).statements[-1]


def changed(statement: Statement) -> list[str]:
    return sorted(name for name, level in statement.changes.items() if level >= LIKELY)


CHANGES: Sequence[tuple[str, list[str]]] = [
    ("x.append(1)", ["x"]),
    ("x[0] = 1", ["x"]),
    ("x.a.b = 1", ["x"]),
    ("del x[0]", ["x"]),
    ("x += [1]", ["x"]),
    ("x = 1\nx += 1", []),
    ("x['a']['b'].update(c=1)", ["x"]),
    ("setattr(x, 'a', 1)", ["x"]),
    ("for row in x:\n    row.append(1)", ["x"]),
    ("for i, row in enumerate(x):\n    row.append(1)", ["x"]),
    ("for a, b in zip(x, y):\n    a.append(b)", ["x"]),
    ("[row.append(1) for row in x]", ["x"]),
    ("def f(a):\n    a.append(1)\nf(x)", ["x"]),
    ("def f(a):\n    b = a\n    b.append(1)\nf(x)", ["x"]),
    ("def f(a):\n    g(a)\ndef g(a):\n    a.append(1)\nf(x)", ["x"]),
    ("def f(*a):\n    a[0].append(1)\nf(x)", ["x"]),
    ("def f(**k):\n    k['v'].append(1)\nf(v=x)", ["x"]),
    ("def f(a):\n    return len(a)\nf(x)", []),
    ("L = []\ndef f():\n    L.append(1)\nf()", ["L"]),
    ("L = []\ndef f(v):\n    L.append(v)\nlist(map(f, x))", ["L"]),
    ("L = []\nf = lambda v: L.append(v)\nsorted(x, key=f)", ["L"]),
    ("class C:\n    def put(self, v):\n        self.v = v\nc = C()\nc.put(1)", ["c"]),
    ("class C:\n    def get(self):\n        return self.v\nc = C()\nc.get()", []),
    ("import numpy as np\nnp.random.shuffle(x)", ["x"]),
    ("import numpy as np\nnp.add.at(x, 0, 1)", ["x"]),
    ("import numpy as np\nnp.sort(x)", []),
    ("import heapq\nheapq.heappush(x, 1)", ["x"]),
    ("x.fit(a, b)", ["x"]),
    ("y = x.predict(a)", []),
    ("df.sort_values('a', inplace=True)", ["df"]),
    ("df.sort_values('a', inplace=False)", []),
    ("x.unknown_method(y)", ["x", "y"]),
    ("z = x.unknown_method(y)", []),
    ("it = iter(x)\nnext(it)", ["it"]),
    ("it = iter('ab')\nlist(it)", ["it"]),
    ("import json\njson.dump({}, f)", ["f"]),
    ("with open('a') as f:\n    f.write('x')", []),
    ("sorted(x)", []),
    ("print(x, file=log)", ["log"]),
    ("ax.plot(x)", ["ax"]),
    ("x = y = []\nx.append(1)", ["x"]),
]


@pytest.mark.parametrize(("cell", "names"), CHANGES)
def test_a_change_in_place_is_seen(cell: str, names: list[str]) -> None:
    known = "f = open(0)\nx = list('ab')\ny = list('cd')\nax = df = log = object()\n"
    found = changed(last(known, cell))
    assert set(names) <= set(found)
    if not names:
        assert found == []


ALIASES: Sequence[tuple[str, list[tuple[str, str]]]] = [
    ("y = x", [("y", "x")]),
    ("y = [x]", [("y", "x")]),
    ("y = {'k': (1, x)}", [("y", "x")]),
    ("y = x.parts[0]", [("y", "x")]),
    ("y = x if a else b", [("y", "x"), ("y", "b")]),
    ("y = x or b", [("y", "x"), ("y", "b")]),
    ("y = [r for r in x]", [("y", "x")]),
    ("y = list(x)", [("y", "x")]),
    ("u = [x]\nv = [b]\ny = u + v", [("y", "u"), ("y", "v")]),
    ("y = [x] + b", [("y", "x"), ("y", "b")]),
    ("y = x + b", []),
    ("d['k'] = x", [("d", "x")]),
    ("d.append(x)", [("d", "x")]),
    ("d.v = [x]", [("d", "x")]),
    ("def f(a):\n    return a\ny = f(x)", [("y", "x")]),
    ("def f(a):\n    return {'k': a}\ny = f(x)", [("y", "x")]),
    ("def f():\n    return x\ny = f()", [("y", "x")]),
    ("class C:\n    def __init__(self, v):\n        self.v = v\ny = C(x)", [("y", "x")]),
    ("for y in x:\n    pass", [("y", "x")]),
    ("y = len(x)", []),
    ("y = str(x)", []),
    ("y = x == b", []),
    ("import copy\ny = copy.deepcopy(x)", []),
    ("y = x.shape", []),
    ("n = 1\ny = n", []),
]


@pytest.mark.parametrize(("cell", "pairs"), ALIASES)
def test_sharing_an_object_is_seen(cell: str, pairs: list[tuple[str, str]]) -> None:
    found = [(a.target, a.source) for a in last("x = b = d = a = object()", cell).aliases]
    assert set(pairs) <= set(found)
    if not pairs:
        assert found == []


KINDS = [
    ("import numpy as np", "import"),
    ("from math import *", "star"),
    ("try:\n    import q\nexcept ImportError:\n    q = None", "import"),
    ("def f(): return 1", "definition"),
    ("class C: v = 1", "definition"),
    ("f = lambda x: x", "definition"),
    ("x = 3", "constant"),
    ("x, y = 1, [2]", "constant"),
    ("x: int = -3", "constant"),
    ("path = 'a' + name", "constant"),
    ("import threading\nlock = threading.Lock()", "constant"),
    ("import numpy as np\nnp.random.seed(0)", "setup"),
    ("import os\nos.environ['A'] = '1'", "setup"),
    ("import pandas as pd\npd.options.display.precision = 2", "setup"),
    ("import warnings\nwarnings.filterwarnings('ignore')", "setup"),
    ("import sys\nsys.path.append('x')", "setup"),
    ("import pandas as pd\npd.Series.shout = len", "setup"),
    ("import logging\nlog = logging.getLogger()\nlog.setLevel(10)", "setup"),
    ("x = compute()", "data"),
    ("x += 1", "data"),
    ("print(1)", "data"),
    ("import numpy as np\nx = np.random.rand()", "data"),
    ("def f(): return open('a')\nx = f()", "data"),
    ("pass", "nothing"),
]


@pytest.mark.parametrize(("cell", "kind"), KINDS)
def test_statements_have_their_class(cell: str, kind: str) -> None:
    assert last("name = 'n'", cell).kind == kind


def test_settings_that_a_with_takes_back_are_no_setup() -> None:
    cell = "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')"
    assert last(cell).setup == ()


FILES = [
    ("open('a/b.txt').read()", [("r", "a/b.txt")]),
    ("open('a.txt', 'w')", [("w", "a.txt")]),
    ("open('a.txt', mode='a')", [("rw", "a.txt")]),
    ("path = 'data/' + 'x.csv'\nopen(path)", [("r", "data/x.csv")]),
    ("open(f'out/{name}.txt', 'w')", [("w", "out/*")]),
    ("from pathlib import Path\n(Path('out') / 'a.txt').write_text('x')", [("w", "out/a.txt")]),
    ("from pathlib import Path\np = Path('a.txt')\np.read_text()", [("r", "a.txt")]),
    ("import os\nopen(os.path.join('a', 'b'))", [("r", "a/b")]),
    ("import pandas as pd\npd.read_csv('x.csv')", [("r", "x.csv")]),
    ("df.to_csv('y.csv')", [("w", "y.csv")]),
    ("def save(v, path):\n    v.to_csv(path)\nsave(df, 'z.csv')", [("w", "z.csv")]),
    ("def save(v, path):\n    v.to_csv(path)\nsave(df, path='z.csv')", [("w", "z.csv")]),
    ("import os\nos.rename('a', 'b')", [("rw", "a"), ("rw", "b")]),
    ("import subprocess\nsubprocess.run(['ls'])", [("rw", "*")]),
    ("open(unknown())", [("r", "*")]),
    ("import pandas as pd\npd.read_csv('https://example.org/x.csv')", []),
    ("import io\nimport pandas as pd\npd.read_csv(io.StringIO('a'))", []),
]


@pytest.mark.parametrize(("cell", "uses"), FILES)
def test_files_are_found_in_the_text(cell: str, uses: list[tuple[str, str]]) -> None:
    found = [(use.mode, use.path) for use in last("df = object()", cell).files if use.mode != "m"]
    assert found == uses


def test_names_in_queries_and_formulas_are_reads() -> None:
    assert "t" in last("t = f()", "df.query('a > @t')").reads
    assert "w" in last("w = f()", "import m\nm.ols('y ~ w', data)").reads


def test_a_function_reads_its_globals_when_it_is_called() -> None:
    made = program("k = f()", "def g():\n    return k", "y = g()", "z = list(map(g, []))")
    assert [s.late for s in made.statements] == [(), ("k",), ("k",), ("k",)]


def test_data_carries_the_functions_in_it_and_their_globals() -> None:
    assert last("k = f()", "d = {'f': lambda: k}").captured == ("k",)
    assert last("class A: pass", "a = [A()]").captured == ("A",)
    assert last("def g(): pass", "d = {'g': g}").captured == ("g",)


def test_what_may_not_run_may_not_bind() -> None:
    statement = last("if a:\n    x = 1\n    y = 1\nelse:\n    y = 2")
    assert (statement.binds, statement.may_bind) == (("y",), ("x",))
    assert last("for i in xs:\n    z = i").may_bind == ("i", "z")
    assert last("try:\n    x = 1\nexcept E as e:\n    x = 2").binds == ("x",)
    assert last("while (n := f()):\n    pass").binds == ("n",)


def test_what_a_name_holds_is_forgotten_where_it_may_have_changed() -> None:
    made = last("x = 1", "if a:\n    x = []", "x.append(1)")
    assert changed(made) == ["x"]


def test_reading_a_name_before_binding_it_in_one_statement_is_a_read() -> None:
    assert "x" in last("x = x + 1").reads
    assert "x" not in last("for x in y:\n    print(x)").reads
    assert "i" not in last("z = [i for i in y]").reads


def test_execution_history_and_reflection_are_flagged() -> None:
    assert "history" in last("y = Out[3]").flags
    assert "history" in last("y = _3").flags
    assert "reads-all" in last("y = eval(text)").flags
    assert "binds-any" in last("exec(text)").flags
    assert {"a", "b"} <= set(last("y = eval('a * b')").reads)
    assert last("exec('q = 1')").may_bind == ("q",)


LOOPS = [
    ("for x in xs:\n    out.append(f(x))", ("out",)),
    ("for x in xs:\n    t = x + 1\n    total += t", ("total",)),
    ("for k, v in d.items():\n    r[k] = v * 2\n    c[k] += 1", ("c", "r")),
    ("for x in xs:\n    d.setdefault(x, []).append(x)\n    print(x)", ("d",)),
    ("for i, x in enumerate(xs):\n    arr[i] = x\n    s += str(x)", ("arr", "s")),
    ("for x in xs:\n    if not x:\n        continue\n    out.append(x)", ("out",)),
    ("for x in xs:\n    for y in x:\n        if y: break\n    out.append(1)", ("out",)),
    ("for x in xs:\n    open(f'o/{x}', 'w').write('a')", ()),
]


@pytest.mark.parametrize(("cell", "gathers"), LOOPS)
def test_iterations_that_only_add_may_run_at_once(cell: str, gathers: tuple[str, ...]) -> None:
    found = last("out = []\ntotal = 0\nr = c = d = {}\narr = [0]\ns = ''", cell).loop
    assert getattr(found, "gathers", found) == gathers


CARRIED = [
    ("for x in xs:\n    model.partial_fit(x)", 1),
    ("for x in xs:\n    if x > best: best = x", 2),
    ("for x in xs:\n    x.append(1)", 1),
    ("for x in xs:\n    out.append(len(out))", 2),
    ("for x in xs:\n    if x: break", 2),
    ("for x in xs:\n    pass\nelse:\n    y = 1", 4),
    ("for x in xs:\n    try:\n        d[x] += 1\n    except KeyError:\n        d[x] = 1", 3),
    ("for x in out:\n    out.append(x)", 1),
    ("for x in xs:\n    open('same', 'w').write(x)", 1),
    ("def f():\n    return len(out)\nfor x in xs:\n    out.append(f())", 3),
    ("import os\nfor x in xs:\n    os.environ['A'] = x", 2),
]


@pytest.mark.parametrize(("cell", "line"), CARRIED)
def test_what_is_carried_on_is_told_with_its_line(cell: str, line: int) -> None:
    found = last("out = []\nd = {}\nbest = 0", cell).loop
    assert getattr(found, "line", found) == line
