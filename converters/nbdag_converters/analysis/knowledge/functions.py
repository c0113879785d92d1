"""Functions by dotted name: which change an argument, which never do.

A function that is in no table is taken to change its arguments when its result is thrown away.
"""

from __future__ import annotations

#: Modules whose functions leave their arguments alone but for those in CHANGING and KEYWORDS.
PURE_MODULES = frozenset(
    """
    IPython PIL abc base64 calendar cmath collections contextlib copy csv cycler dataclasses
    datetime dateutil decimal enum fractions functools glob hashlib inspect io itertools joblib
    json keras lightgbm locale logging math matplotlib mlxtend mpl_toolkits networkx numba numpy
    operator os pandas pathlib patsy pickle platform pprint pylab pytz random re scipy seaborn
    shutil skimage sklearn statistics statsmodels string struct subprocess sympy sys tarfile
    tempfile tensorflow textwrap time timeit torch tqdm types typing urllib uuid warnings
    xgboost zipfile
    """.split()  # noqa: SIM905
)

#: Dotted name → positions (or keywords) of the arguments that it changes.
CHANGING: dict[str, tuple[int | str, ...]] = {
    "numpy.random.shuffle": (0,),
    "random.shuffle": (0,),
    "numpy.put": (0,),
    "numpy.place": (0,),
    "numpy.copyto": (0,),
    "numpy.fill_diagonal": (0,),
    "numpy.putmask": (0,),
    "numpy.put_along_axis": (0,),
    "numpy.add.at": (0,),
    "numpy.subtract.at": (0,),
    "numpy.multiply.at": (0,),
    "numpy.divide.at": (0,),
    "numpy.maximum.at": (0,),
    "numpy.minimum.at": (0,),
    "numpy.ndarray.sort": (0,),
    "heapq.heappush": (0,),
    "heapq.heappop": (0,),
    "heapq.heapify": (0,),
    "heapq.heappushpop": (0,),
    "heapq.heapreplace": (0,),
    "bisect.insort": (0,),
    "bisect.insort_left": (0,),
    "bisect.insort_right": (0,),
    "setattr": (0,),
    "delattr": (0,),
    "next": (0,),
    "anext": (0,),
    "operator.setitem": (0,),
    "operator.delitem": (0,),
    "operator.iadd": (0,),
    "operator.iconcat": (0,),
    "operator.imul": (0,),
    "operator.ior": (0,),
    "operator.isub": (0,),
    "object.__setattr__": (0,),
    "object.__delattr__": (0,),
    "list.append": (0,),
    "list.extend": (0,),
    "list.insert": (0,),
    "list.pop": (0,),
    "list.remove": (0,),
    "list.sort": (0,),
    "list.reverse": (0,),
    "list.clear": (0,),
    "dict.update": (0,),
    "dict.setdefault": (0,),
    "dict.pop": (0,),
    "dict.clear": (0,),
    "dict.__setitem__": (0,),
    "list.__setitem__": (0,),
    "set.add": (0,),
    "set.update": (0,),
    "set.discard": (0,),
    "matplotlib.pyplot.setp": (0,),
    "matplotlib.pyplot.sca": (0,),
    "pickle.load": (0,),
    "pickle.dump": (1,),
    "json.dump": (1,),
    "json.load": (0,),
    "networkx.set_node_attributes": (0,),
    "networkx.set_edge_attributes": (0,),
    "functools.update_wrapper": (0,),
    "torch.nn.init.xavier_uniform_": (0,),
    "copy.replace": (),
    "sklearn.utils.shuffle": (),
    "sklearn.model_selection.cross_val_score": (),
    "sklearn.model_selection.cross_validate": (),
}

#: Arguments by keyword that are drawn on or written to, whatever the function.
KEYWORDS = frozenset({"ax", "out", "axes", "fig", "file", "fp", "buf", "buffer"})

#: Builtins that return a new object which shares nothing with their arguments.
FRESH = frozenset(
    """
    abs all any ascii bin bool bytes callable chr complex divmod float format hash hex id int
    isinstance issubclass len oct ord pow print range repr round str sum type
    """.split()  # noqa: SIM905
)

#: Builtins that leave their arguments as they are.
PURE_BUILTINS = FRESH | frozenset(
    """
    Exception ValueError TypeError KeyError IndexError RuntimeError StopIteration
    NotImplementedError AssertionError AttributeError ImportError FileNotFoundError __import__
    bytearray classmethod compile dict dir display enumerate filter frozenset getattr globals
    hasattr help input iter list locals map max memoryview min object open property reversed set
    slice sorted staticmethod super tuple vars zip
    """.split()  # noqa: SIM905
)

#: Builtins and functions that call an argument: what that function changes is changed here.
ITERATOR_MAKERS = frozenset({"zip", "map", "filter", "enumerate", "iter", "reversed", "csv.reader"})

#: Return an iterator's items: passing an iterator exhausts it. These do not touch it.
NOT_CONSUMING = frozenset({"isinstance", "type", "id", "repr", "print", "hasattr", "callable"})
