from __future__ import annotations
import os, pickle
from typing import Any
def save(path: str, namespace: Any, order: Any) -> Any:
    values = {n: namespace[n] for n in order.outputs if dict.__contains__(namespace, n)}
    data = pickle.dumps(values)
    with open(path + ".new", "wb") as file: file.write(data)
    os.replace(path + ".new", path)
    return {"names": list(values), "bytes": len(data)}
class Loader:
    def __init__(self, folder: str, namespace: Any, wanted: Any) -> None:
        self.folder, self.cache = folder, {}
    def load(self, inputs: Any) -> Any:
        out = {}
        for name, step in inputs.items():
            if step not in self.cache:
                with open(os.path.join(self.folder, step, "values.nbv"), "rb") as file: self.cache[step] = pickle.load(file)
            if name in self.cache[step]: out[name] = self.cache[step][name]
        return out
