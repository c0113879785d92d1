"""What a step reports of what it did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orders import Zygote, make_order, run_step

FIRST = (
    "import abc, enum, functools\nclass Counted:\n    count = 0\n    def __init__(self):\n"
    "        Counted.count += 1\n"
    "@functools.lru_cache\ndef cached(x):\n    return x\nclass Shape(abc.ABC):\n    pass\n"
    "class Flags(enum.Flag):\n    A = 1\n    B = 2\nclass Plain:\n    @functools.cached_property\n"
    "    def total(self):\n        return 1\nplain = Plain()\n"
    "import numpy as np, pandas as pd, random\n"
    "from sklearn.linear_model import LinearRegression\n"
    "l = [1, 2]\nd = {'a': l}\na = np.arange(10.)\nv = a[2:]\n"
    "df = pd.DataFrame({'x': [1., 2.], 's': ['a', 'b']})\n"
    "s = {'p', 'q'}\nrows = [{'n': i, 'name': str(i)} for i in range(50)]\n"
    "model = LinearRegression()\n"
    "from sklearn.neighbors import KNeighborsClassifier\n"
    "neighbours = KNeighborsClassifier(1, algorithm='kd_tree').fit([[1], [2]], [0, 1])\n"
    "class K:\n    registry = []\n    def __init__(self):\n        self.v = 1\nk, k2 = K(), K()\n"
    "def make():\n    seen = []\n    def add(x):\n        seen.append(x)\n    return add\n"
    "add = make()\n"
    "big = np.arange(200_000.)\npart = big[150_000:]\nother = np.zeros(9_000)\n"
    "wide = pd.DataFrame({'x': np.arange(9_000.), 'name': [str(n) for n in range(9_000)]})\n"
)
NAMES = [
    "neighbours",
    "Counted",
    "cached",
    "Shape",
    "Flags",
    "plain",
    "l",
    "d",
    "a",
    "v",
    "df",
    "s",
    "rows",
    "model",
    "k",
    "k2",
    "add",
    "big",
    "part",
    "other",
    "wide",
]
CLASS = {
    "cell": 1,
    "line": 11,
    "source": "class K:\n    registry = []\n    def __init__(self):\n        self.v = 1",
    "binds": ["K"],
}

# What the cell does, what has changed then; each name is judged with what it shares objects with.
CHANGES = {
    "l.append(3)": {"l", "d"},
    "d['b'] = 1": {"d"},
    "d['a'] += [3]": {"l", "d"},
    "a[5] = 0": {"a", "v"},
    "big[7] = -1": {"big"},
    "big[150_001] = -1": {"big", "part"},
    "part[-1] = -1": {"big", "part"},
    "other[0] = 1": {"other"},
    "wide.loc[8_999, 'x'] = 1": {"wide"},
    "wide.loc[0, 'name'] = 'none'": {"wide"},
    "v *= 2": {"a", "v"},
    "df['z'] = 1": {"df"},
    "df.loc[0, 'x'] = 9": {"df"},
    "df.index.name = 'i'": {"df"},
    "df.sort_values('x', ascending=False, inplace=True)": {"df"},
    "s.add('r')": {"s"},
    "rows[7]['n'] = -1": {"rows"},
    "model.fit([[1], [2]], [1, 2])": {"model"},
    "k.v = 2": {"k"},
    "k.w = 2": {"k"},
    "K.registry.append(1)": {"K"},
    "K.extra = 1": {"K"},
    "setattr(k2, 'v', 5)": {"k2"},
    "Counted()": {"Counted"},
    "cached(1)": {"cached"},
    "Shape.register(tuple);": {"Shape"},
    "Flags.A | Flags.B": set(),
    "neighbours.predict([[1]]);": set(),
    "plain.total": set(),
    "add(1)": {"add"},
    "x = l\nx.append(1)": {"l", "d"},
    "l.append(3)\nl = []": {"l", "d"},
    "l.append(3)\ndel l": {"l", "d"},
    "l.append(3)\nl.pop();": set(),
    "len(l), a.sum(), df.describe(), model.get_params(), sorted(s);": set(),
    "df['x'].sum(), df.values, df.groupby('s').mean(), df.dtypes, df.T;": set(),
    "rows[7]['n'] = 7\nrows[8]['name'] = '%d' % 8": set(),
    "df['x'] = df['x'].copy()": set(),
    "import warnings\nwarnings.simplefilter('ignore')": set(),
}


@pytest.fixture(scope="module")
def produced(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a step that has made one value of each kind."""
    folder = tmp_path_factory.mktemp("produced")
    done = zygote.run(folder, make_order("first", [FIRST], outputs=NAMES))
    assert done.status == 0, done.failure
    return folder


@pytest.mark.parametrize("cell", CHANGES)
def test_it_reports_which_inputs_changed(cell: str, zygote: Zygote, produced: Path) -> None:
    order = make_order(
        "second", [cell], inputs=dict.fromkeys(NAMES, "first"), slices=[CLASS], before=["zz"]
    )
    done = zygote.run(produced, order)
    assert done.status == 0, done.log
    assert set(done.report["changed"]) == CHANGES[cell]


def test_it_reports_bound_and_deleted_names_with_their_lines(
    zygote: Zygote, produced: Path
) -> None:
    cells = ["import math\nnew = 1\nfor i in [1]:\n    pass", "l = [1, 2]\ndel a\n_private = 2"]
    done = zygote.run(produced, make_order("second", cells, inputs={"l": "first", "a": "first"}))
    report = done.report
    assert report["loaded"] == {"l": "first", "a": "first"}
    assert (report["bound"], report["deleted"]) == (["l", "math", "new", "i", "_private"], ["a"])
    assert report["lines"] == {
        "l": [2, 1],
        "math": [1, 1],
        "new": [1, 2],
        "i": [1, 3],
        "_private": [2, 3],
        "a": [2, 2],
    }


@pytest.mark.parametrize(
    ("cell", "shared"),
    [
        ("a = [1]\nb = a", [["a", "b"]]),
        ("a = [1]\nb = {'a': (a,)}\nc = [2]", [["a", "b"]]),
        ("import numpy as np\na = np.arange(9)\nb = a[3:]\nc = a.copy()", [["a", "b"]]),
        ("a = [1]\nb = [2]\nc = [a, b]", [["a", "c"], ["b", "c"]]),
        ("class K:\n    pass\na, b = K(), K()", []),
        ("a = 'text'\nb = a\nc = (1, 2)\nd = c", []),
        (
            "import datetime, decimal\na = datetime.date(2020, 1, 1)\nb = [a]\n"
            "c = decimal.Decimal(1)\nd = [c]",
            [],
        ),
        (
            "import pandas as pd\na = pd.DataFrame({'x': [1]})\nb = a[['x']]\nc = a['x']\n"
            "d = a.copy()",
            [],
        ),
        (
            "import pandas as pd\na = pd.DataFrame({'x': ['p']})\nb = a\n"
            "c = pd.DataFrame({'x': ['p']})",
            [["a", "b"]],
        ),
        ("l = []\ndef f(x, into=l):\n    into.append(x)", [["f", "l"]]),
        ("def make():\n    l = []\n    return l, lambda: l\na, f = make()", [["a", "f"]]),
        ("g = (i for i in [1])\nh = [g]", [["g", "h"]]),
        (
            "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n"
            "f, a = plt.subplots()",
            [["a", "f"]],
        ),
        (
            "import numpy as np\nfrom sklearn.svm import SVC\nr = np.random.RandomState(0)\n"
            "m, n = SVC(random_state=r), SVC()",
            [["m", "r"]],
        ),
    ],
)
def test_it_reports_which_variables_share_objects(
    cell: str, shared: list[list[str]], zygote: Zygote, tmp_path: Path
) -> None:
    done = zygote.run(tmp_path, make_order("step", [cell]))
    assert done.status == 0, done.log
    assert sorted(sorted(group) for group in done.report["shared"]) == shared


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        ("x = 1", []),
        ("import random\nrandom.random();", ["random"]),
        ("import random\nrandom.seed(1)", ["random"]),
        ("import numpy as np\nnp.random.rand();", ["numpy"]),
        ("import numpy as np\nnp.random.default_rng(1).random();", []),
        ("import random\nrandom.Random(1).random();", []),
    ],
)
def test_it_reports_which_generators_were_used(
    cell: str, kinds: list[str], zygote: Zygote, tmp_path: Path
) -> None:
    assert zygote.run(tmp_path, make_order("step", [cell])).report["random"] == kinds


@pytest.mark.parametrize(
    ("cell", "reads", "writes"),
    [
        ("open('new.txt', 'w').close()", [], ["new.txt"]),
        ("open('old.txt').close()", ["old.txt"], []),
        ("open('old.txt', 'a').close()", ["old.txt"], ["old.txt"]),
        ("open('old.txt', 'r+').close()", ["old.txt"], ["old.txt"]),
        ("import os\nos.close(os.open('old.txt', os.O_RDONLY))", ["old.txt"], []),
        ("import os\nos.mkdir('sub')", [], ["sub"]),
        ("import os\nos.rename('old.txt', 'moved.txt')", ["old.txt"], ["moved.txt", "old.txt"]),
        ("import os\nos.listdir('data');", ["data"], []),
        ("from pathlib import Path\nlist(Path().glob('*.txt'));", ["."], []),
        ("from pathlib import Path\nPath('data/x.csv').unlink()", [], ["data/x.csv"]),
        ("import shutil\nshutil.copy('old.txt', 'data/copy.txt');", ["old.txt"], ["data/copy.txt"]),
        (
            "import pandas as pd\npd.read_csv('data/x.csv').to_csv('y.csv')",
            ["data/x.csv"],
            ["y.csv"],
        ),
        ("import numpy as np\nnp.save('a.npy', np.ones(2))", [], ["a.npy"]),
        ("import sqlite3\nsqlite3.connect('my.db').close()", ["my.db"], ["my.db"]),
        ("import helper", ["helper.py"], []),
        ("import os\nos.chdir('data')\nopen('x.csv').close()", ["data/x.csv"], []),
        ("open('/etc/hostname').close()", [], []),
        ("import json, tempfile\ntempfile.mkdtemp();", [], []),
        ("%%writefile made.py\nx = 1", [], ["made.py"]),
        ("def f():\n    raise ValueError\ntry:\n    f()\nexcept ValueError:\n    pass", [], []),
    ],
)
def test_it_reports_which_files_were_used(
    cell: str, reads: list[str], writes: list[str], zygote: Zygote, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    (work / "data").mkdir(parents=True)
    (work / "old.txt").write_text("old")
    (work / "helper.py").write_text("X = 1\n")
    (work / "data" / "x.csv").write_text("a,b\n1,2\n")
    done = zygote.run(tmp_path, make_order("step", [cell]))
    assert done.status == 0, done.log
    assert (done.report["reads"], done.report["writes"]) == (reads, writes)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("x = 1", (False, False)),
        ("import os\nos.environ['Q'] = '1'", (True, False)),
        ("%env Q=1", (True, False)),
        ("import os\nos.chdir('..')", (False, True)),
        ("from sklearn.svm import SVC", (False, False)),
    ],
)
def test_it_reports_the_environment(
    cell: str, expected: tuple[bool, bool], zygote: Zygote, tmp_path: Path
) -> None:
    report = zygote.run(tmp_path, make_order("step", [cell])).report
    assert (report["environ"], report["cwd"]) == expected


def test_fingerprints_of_loaded_values_are_those_of_made_ones(
    zygote: Zygote, produced: Path
) -> None:
    first = zygote.run(produced, make_order("again", [FIRST], outputs=NAMES, fingerprint=True))
    second = zygote.run(
        produced,
        make_order(
            "second",
            ["pass"],
            inputs=dict.fromkeys(NAMES, "again"),
            slices=[CLASS],
            fingerprint=True,
        ),
    )
    made, loaded = first.report["values"], second.report["values"]
    assert set(NAMES) < set(loaded)
    assert {name: made[name]["hash"] for name in loaded} == {
        name: value["hash"] for name, value in loaded.items()
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "True"),
        ("1", "1.0"),
        ("[1]", "(1,)"),
        ("[1, 2]", "[2, 1]"),
        ("{'a': 1}", "{'a': 2}"),
        ("{1: 0, 2: 0}", "{2: 0, 1: 0}"),
        ("'a'", "b'a'"),
        ("[[]] * 2", "[[], []]"),
        ("None", "..."),
        ("lambda x: x", "lambda x: x + 1"),
        ("np.zeros(3)", "np.zeros(3, int)"),
        ("0.0", "-0.0"),
        ("np.zeros((2, 3))", "np.zeros((3, 2))"),
        ("np.arange(3)", "np.arange(3)[::-1]"),
        ("np.arange(10**6)", "np.roll(np.arange(10**6), 1)"),
        ("pd.Series([1])", "pd.Series([1], name='a')"),
        ("pd.DataFrame({'a': [1]})", "pd.DataFrame({'b': [1]})"),
        ("pd.Series(['a'])", "pd.Series(['b'])"),
        ("pd.Series(['a'])", "pd.Series(['a'], dtype='category')"),
        ("pd.Series([1, 2])", "pd.Series([1, 2], index=[1, 0])"),
        ("[{'a': [1]}] * 1", "[{'a': [2]}]"),
        ("pd.Timestamp('2020')", "pd.Timestamp('2021')"),
    ],
)
def test_values_that_differ_have_other_fingerprints(
    one: str, other: str, hashes: dict[str, str]
) -> None:
    assert hashes[one] != hashes[other]


EQUAL = [
    ("float('nan')", "float('inf') - float('inf')"),
    ("{'a', 'b', 'c'}", "{'c', 'b', 'a'}"),
    ("['ab', 'ab']", "['ab', ''.join('ab')]"),
    ("[{'k': 'ab'}, 'ab']", "[{'k': ''.join('ab')}, 'ab']"),
    ("np.arange(6).reshape(2, 3).T.copy()", "np.array([[0, 3], [1, 4], [2, 5]])"),
    (
        "pd.DataFrame({'a': [1], 'b': [2]})",
        "pd.concat([pd.DataFrame({'a': [1]}), pd.DataFrame({'b': [2]})], axis=1)",
    ),
    ("Decimal(1)", "Decimal('1')"),
    ("2 ** 70", "2 ** 69 * 2"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_values_that_are_equal_have_one_fingerprint(
    one: str, other: str, hashes: dict[str, str]
) -> None:
    assert hashes[one] == hashes[other]


@pytest.fixture(scope="module")
def hashes(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The fingerprint of each expression of the tables above, made in one step."""
    marks: Any = test_values_that_differ_have_other_fingerprints
    pairs = [*marks.pytestmark[0].args[1], *EQUAL]
    sources = sorted({source for pair in pairs for source in pair})
    cell = "import numpy as np, pandas as pd\nfrom decimal import Decimal\n" + "\n".join(
        f"x{number} = {source}" for number, source in enumerate(sources)
    )
    done = zygote.run(
        tmp_path_factory.mktemp("hashes"), make_order("step", [cell], fingerprint=True)
    )
    assert done.status == 0, done.log
    values = done.report["values"]
    return {source: values[f"x{number}"]["hash"] for number, source in enumerate(sources)}


def test_the_values_are_the_variables_of_the_user(zygote: Zygote, tmp_path: Path) -> None:
    cell = "import os\nx = [1]\n_hidden = 2\ndef f():\n    return x\nx"
    report = zygote.run(tmp_path, make_order("step", [cell], fingerprint=True)).report
    assert list(report["values"]) == ["x", "f"]
    assert report["values"]["x"]["type"] == "list"
    assert report["values"]["x"]["preview"] == "[1]"


def test_what_nbdag_itself_keeps_outside_of_the_folder_is_none_of_the_steps_files(
    tmp_path: Path,
) -> None:
    made = run_step(tmp_path, make_order("first", ["x = [1]", "print(x)"], outputs=["x"]))
    read = make_order("second", ["y = x", "print(y)"], inputs={"x": ["first"]}, outputs=["y"])
    for ran in (made, run_step(tmp_path, read)):
        assert ran.report["outside"] == {"reads": [], "writes": []}
