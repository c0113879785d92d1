"""Values that one step saves and another loads."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from orders import Zygote, make_order

# name: (cells of the producer, what travels, what the consumer checks, slices of the consumer)
CLASS = """
    class K:
        def __init__(self, v):
            self.v = v
        def scaled(self):
            return self.v * factor
"""
COUNTER = """
    def make():
        n = 0
        def add():
            nonlocal n
            n += 1
            return n
        def get():
            return n
        return add, get
    add, get = make()
"""
DECORATED = """
    import functools
    def plus_one(f):
        @functools.wraps(f)
        def wrapper(*args):
            return f(*args) + 1
        return wrapper
    @plus_one
    def f(x):
        return x
"""
VALUES = {
    "an alias": ("l = [1]\nd = {'k': l}", "l d", "assert d['k'] is l"),
    "a list in two": ("r = [0]\na = {'r': r}\nb = [r]", "a b", "assert a['r'] is b[0]"),
    "a view": (
        "import numpy as np\na = np.arange(1000.)\nb = a[2:5]",
        "a b",
        "b[0] = 9\nassert a[2] == 9",
    ),
    "a view of a view": (
        "import numpy as np\na = np.arange(12).reshape(3, 4)\nb = a.T[1:, ::2]",
        "a b",
        "b[0, 0] = 9\nassert a[0, 1] == 9 and b.shape == (3, 2)",
    ),
    "columns of strings": (
        "import pandas as pd\n"
        "f = pd.DataFrame({'s': [str(n) for n in range(9000)], 'n': ['a', None, 'b'] * 3000})\n"
        "part, both = f['s'][10:20], pd.concat([f, f])\n"
        "same = f.copy()",
        "f part both same",
        "assert f.equals(same) and len(both) == 18000 and list(part) == list(same['s'][10:20])\n"
        "f.loc[0, 's'] = 'other'\n"
        "assert f.loc[0, 's'] == 'other' and same.loc[0, 's'] == '0'\n"
        "assert f['n'].isna().sum() == 3000",
    ),
    "a part of a column of strings": (
        "import pandas as pd\npart = pd.Series([str(n) for n in range(900_000)])[:3]",
        "part",
        "import os\nassert list(part) == ['0', '1', '2']\n"
        "folder = os.environ['NBDAG_VALUES']\n"
        "assert all(os.path.getsize(os.path.join(at, name)) < 100_000\n"
        "           for at, _, names in os.walk(folder) for name in names)",
    ),
    "a view inside a dict": (
        "import numpy as np\na = np.arange(5)\nx = {'all': a, 'rest': a[1:]}",
        "x",
        "x['rest'][0] = 7\nassert x['all'][1] == 7",
    ),
    "a view of objects": (
        "import numpy as np\na = np.array([[1], None, 'x', 4], dtype=object)\nb = a[::2]",
        "a b",
        "b[1] = 5\nassert a.tolist() == [[1], None, 5, 4] and a[0] is b[0]",
    ),
    "a turned view of objects": (
        "import numpy as np\na = np.array([[1, None], ['x', 4]], dtype=object)\nb, c = a.T, a[1]",
        "b c",
        "c[0] = 5\nassert b.tolist() == [[1, 5], [None, 4]]",
    ),
    "views that do not overlap": (
        "import numpy as np\na = np.arange(10.)\nb, c = a[:5], a[5:]",
        "b c",
        "b[:] = 0\nassert c.tolist() == [5, 6, 7, 8, 9]",
    ),
    "a large array can be written": (
        "import numpy as np\na = np.ones(100_000)",
        "a",
        "a += 1\nassert a.sum() == 200_000",
    ),
    "objects without their class": (
        CLASS + "    p = [K(1), K(2)]",
        "p",
        "factor = 10\nassert p[0].scaled() == 10 and type(p[0]) is type(p[1])",
    ),
    "objects of one class in two variables": (
        CLASS + "    p, q = K(1), K(2)",
        "p q",
        "assert type(p) is type(q)",
    ),
    "objects with their class": (
        CLASS + "    p = [K(1)]",
        "p",
        "assert isinstance(p[0], K)",
        CLASS,
    ),
    "objects whose class is another here": (
        CLASS + "    p = [K(1)]",
        "p",
        "assert not isinstance(p[0], K) and p[0].v == 1",
        "class K: pass",
    ),
    "a class that was changed, and defined again": (
        "class K:\n    v = 1\nk, kinds = K(), [K]\nK.v = 2",
        "k kinds K",
        "assert K.v == 2 and isinstance(k, K) and kinds[0] is K",
        "class K:\n    v = 1",
    ),
    "the register of an abstract class": (
        "import abc\nclass A(abc.ABC):\n    pass\nA.register(tuple)",
        "A",
        "assert isinstance((), A) and not isinstance([], A)",
    ),
    "a generic class": (
        "from typing import Generic, List, TypeVar\nT = TypeVar('T')\nclass Stack(Generic[T]):\n"
        "    def __init__(self):\n        self.items: List[T] = []\ns = Stack()\ns.items.append(1)",
        "s",
        "assert s.items == [1] and type(s)[int]",
    ),
    "a class that got a method": (
        "class C:\n    def __init__(self):\n        self.v = 2\nc = C()\n"
        "def double(self):\n    return self.v * 2\nC.double = double",
        "c C",
        "assert c.double() == 4 and isinstance(c, C)",
        "class C:\n    def __init__(self):\n        self.v = 2",
    ),
    "classes that one function has made": (
        "def make(n):\n    class K:\n        v = n\n    return K\nmany = [make(1)(), make(2)()]",
        "many",
        "assert [k.v for k in many] == [1, 2]",
    ),
    "a class that was changed": (
        "class K:\n    v = 1\nK.v = 2\nk = K()",
        "K k",
        "assert K.v == 2 and isinstance(k, K)",
    ),
    "a global read when called": (
        "k = 1\nd = {'f': lambda: k}",
        "d",
        "k = 7\nassert d['f']() == 7",
    ),
    "functions that share a variable": (COUNTER, "add get", "add()\nassert get() == 1"),
    "a function that calls itself": (
        "def make():\n    def fact(n):\n        return 1 if n < 2 else n * fact(n - 1)\n"
        "    return fact\nf = make()",
        "f",
        "assert f(5) == 120",
    ),
    "a decorated function": (DECORATED + "    h = [f]", "h", "assert h[0](1) == 2"),
    "a decorated function made again": (
        DECORATED + "    h = [f]",
        "h",
        "assert h[0] is f",
        DECORATED,
    ),
    "a cached function": (
        "import functools\n@functools.lru_cache\ndef f(x):\n    return x + 1\nh = {'f': f}",
        "h",
        "assert h['f'](1) == 2",
    ),
    "a default argument": (
        "l = []\ndef f(x, into=l):\n    into.append(x)\ncalls = [f]",
        "calls l",
        "calls[0](1)\nassert l == [1]",
    ),
    "a data class": (
        "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    x: int\n"
        "    y: list = field(default_factory=list)\np = P(1)",
        "p",
        "import dataclasses\n"
        "assert p == type(p)(1) and dataclasses.asdict(p) == {'x': 1, 'y': []}\n"
        "assert dataclasses.fields(p)[0].default is dataclasses.MISSING",
    ),
    "an enumeration": (
        "from enum import Enum\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\n"
        "    def twice(self):\n        return self.value * 2\nc = [Color.BLUE]",
        "c",
        "assert c[0].twice() == 4 and type(c[0])(1).name == 'RED'",
    ),
    "named tuples": (
        "from collections import namedtuple\nfrom typing import NamedTuple\n"
        "P = namedtuple('P', 'x y')\n"
        "class T(NamedTuple):\n    x: int\n    def twice(self):\n        return self.x * 2\n"
        "p, t = P(1, 2), T(2)",
        "p t",
        "assert p._replace(x=3).x == 3 and t.twice() == 4",
    ),
    "an abstract class": (
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\n"
        "class B(A):\n    def f(self):\n"
        "        return super().__init__() or 5\n    @property\n    def q(self):\n"
        "        return 6\n"
        "    @staticmethod\n    def s():\n        return 7\nb = B()",
        "b",
        "assert (b.f(), b.q, b.s()) == (5, 6, 7)",
    ),
    "slots": (
        "class S:\n    __slots__ = ('a', 'b')\ns = S()\ns.a = 1",
        "s",
        "assert s.a == 1 and not hasattr(s, '__dict__')",
    ),
    "the order of a set": (
        "words = 'the quick brown fox jumps over the lazy dog again and again until it is tired "
        "of all "
        "this jumping about in the long grass near the river bank where frogs sing at "
        "night'.split()\n"
        "v = set(words)\nw = frozenset(words)\nv -= {'fox', 'grass'}\n"
        "first, second = list(v), list(w)",
        "v w first second",
        "assert list(v) == first and list(w) == second",
    ),
    "locks": (
        "import threading\nlock, again = threading.Lock(), threading.RLock()\nd = [lock]",
        "lock again d",
        "assert d[0] is lock and lock.acquire(timeout=1)",
    ),
    "the view of a dict": ("d = {1: 2}\nkeys = d.keys()", "d keys", "d[5] = 1\nassert 5 in keys"),
    "iterators": (
        "it = iter([1, 2, 3])\nnext(it)\nz = zip([1], [2])\ne = enumerate('ab')",
        "it z e",
        "assert list(it) == [2, 3] and list(z) == [(1, 2)] and list(e) == [(0, 'a'), (1, 'b')]",
    ),
    "things of the standard library": (
        "import collections, functools, logging, operator, re, types\n"
        "d = collections.defaultdict(list)\n"
        "d['a'].append(1)\nq = collections.deque([1], 3)\np = functools.partial(max, 3)\n"
        "g = operator.itemgetter(1)\n"
        "r = re.compile('a')\nn = types.SimpleNamespace(a=1)\nlog = logging.getLogger('x')",
        "d q p g r n log",
        "d['z'].append(1)\nimport logging\nassert q.maxlen == 3 and p(2) == 3 and g('ab') == 'b'\n"
        "assert r.match('a') and n.a == 1 and log is logging.getLogger('x')",
    ),
    "modules": ("import math as m\nd = {'m': m}", "d", "assert d['m'].sqrt(4) == 2"),
    "frames that copy before they write": (
        "import pandas as pd\ndf = pd.DataFrame({'a': range(1000), 's': ['x'] * 1000})\n"
        "s = df['a']\nd2 = df[['a']]",
        "df s d2",
        "d2.loc[0, 'a'] = 99\nassert df.a[0] == 0 and s[0] == 0",
    ),
    "one frame of two names": (
        "import pandas as pd\ndf = pd.DataFrame({'a': [1]})\nother = df",
        "df other",
        "other['b'] = 2\nassert df.columns.tolist() == ['a', 'b']",
    ),
    "arrays of many kinds": (
        "import numpy as np\nm = np.ma.array([1, 2], mask=[0, 1])\nx = np.matrix([[1]])\n"
        "s = np.zeros(3, dtype=[('a', 'i4')])\no = np.array([[1], None], dtype=object)\n"
        "g = np.random.default_rng(1)\nv = np.random.default_rng(1).random()",
        "m x s o g v",
        "assert m.sum() == 1 and x.shape == (1, 1) and s['a'].sum() == 0 and o[0] == [1] and "
        "g.random() == v",
    ),
    "a model and its generator": (
        "from sklearn.ensemble import RandomForestClassifier as R\nimport numpy as np\n"
        "r = np.random.RandomState(0)\n"
        "X = r.rand(40, 3)\ny = X[:, 0] > .5\nm = R(3, random_state=r).fit(X, y)\np = m.predict(X)",
        "X y m r p",
        "assert m.random_state is r and (m.predict(X) == p).all()",
    ),
    "a figure and its axes": (
        "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots()\nax.plot([1, 2])",
        "fig ax",
        "import matplotlib.pyplot as plt\n"
        "assert fig.axes[0] is ax and len(ax.lines) == 1 and plt.get_fignums() == []",
    ),
    "a long chain": (
        "class N:\n    def __init__(self, n):\n        self.n = n\nx = None\n"
        "for i in range(2000):\n    x = N(x)",
        "x",
        "assert x.n.n",
    ),
    "a name that is not bound": (
        "x = 1\nif x > 5:\n    y = 2",
        "x y",
        "try:\n    y\nexcept NameError:\n    print('unbound')\nelse:\n    raise AssertionError",
    ),
    "a random state": (
        "import random\nimport numpy as np\nrandom.seed(1)\nnp.random.seed(1)\n"
        "expected = [random.Random(1).random(), np.random.RandomState(1).rand()]",
        "@random.random @random.numpy expected",
        "import random\nimport numpy as np\nassert [random.random(), np.random.rand()] == expected",
    ),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_value_is_the_same_in_another_step(case: str, zygote: Zygote, tmp_path: Path) -> None:
    cell, outputs, check, *slices = map(textwrap.dedent, VALUES[case])
    names = outputs.split()
    first = zygote.run(tmp_path, make_order("first", [cell], outputs=names))
    assert first.status == 0, first.failure
    assert not first.report["unordered"]
    second = zygote.run(
        tmp_path,
        make_order(
            "second",
            [check],
            inputs=dict.fromkeys(names, "first"),
            slices=[
                {"cell": 1, "line": 1 + text.startswith("\n"), "source": text.strip("\n")}
                for text in slices
            ],
            before=["y", "factor"],
        ),
    )
    assert second.status == 0, second.log


@pytest.mark.parametrize(
    ("cell", "kind", "line"),
    [
        ("a = 1\nx = (i for i in [1])", "generator", 2),
        ("x = open('f.txt', 'w')", "TextIOWrapper", 1),
        ("import threading\nx = threading.Thread(target=print)\nx.start()", "Thread", 2),
        ("import socket\nx = [socket.socket()]", "list", 2),
        ("import threading\nx = threading.Lock()\nx.acquire();", "lock", 2),
        ("import subprocess\nx = subprocess.Popen(['true'])\nx.wait();", "Popen", 2),
        ("import sqlite3\nx = sqlite3.connect(':memory:')", "Connection", 2),
    ],
)
def test_what_cannot_travel_is_an_error_that_names_variable_type_and_line(
    cell: str, kind: str, line: int, zygote: Zygote, tmp_path: Path
) -> None:
    done = zygote.run(tmp_path, make_order("step", ["pass", cell], outputs=["x"]))
    failure = done.failure
    assert (failure["kind"], failure["name"]) == ("save", "x")
    assert (failure["cell"], failure["line"]) == (2, line)
    assert f"cannot save 'x', a value of type {kind}" in failure["message"]
    assert "open it in the step that uses it" in failure["message"]
    assert not (tmp_path / "values" / "step" / "values.nbv").exists()


def test_other_variables_are_kept_within_the_budget(zygote: Zygote, tmp_path: Path) -> None:
    cell = "import numpy as np\na, b, c = np.ones(1000), np.ones(100_000), (i for i in [])"
    done = zygote.run(tmp_path, make_order("step", [cell], outputs=["a"], keep=10_000))
    assert done.status == 0, done.failure
    assert done.report["skipped"] == ["b", "c"]


@pytest.mark.parametrize("change", ["flip", "cut"])
def test_a_damaged_container_is_an_error(change: str, zygote: Zygote, tmp_path: Path) -> None:
    assert (
        zygote.run(tmp_path, make_order("first", ["x = list(range(99))"], outputs=["x"])).status
        == 0
    )
    path = tmp_path / "values" / "first" / "values.nbv"
    data = bytearray(path.read_bytes())
    if change == "flip":
        data[-9] ^= 255
    path.write_bytes(data if change == "flip" else data[:-20])
    done = zygote.run(tmp_path, make_order("second", ["x"], inputs={"x": "first"}))
    assert done.failure["kind"] == "load"
    assert "values.nbv" in done.failure["message"]


def test_a_value_that_nobody_saved_is_an_error(zygote: Zygote, tmp_path: Path) -> None:
    done = zygote.run(tmp_path, make_order("second", ["x"], inputs={"x": "first"}))
    assert (done.failure["kind"], done.failure["name"]) == ("load", "x")
