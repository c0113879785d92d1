"""The cache of local runs: what a step left when it ran before, given back where it would again.

```
 order ─ inputs' digests ─ files that the code names ─ interpreter, settings ──► key
                                                                                  │
 .nbdag/cache/entries/<key>/*.json   one a state of the files that the step was seen to read
 .nbdag/cache/objects/<hash>         values, written files: by content, shared by entries
 .nbdag/cache/pipelines/<notebook>   the pipeline, so that it need not be worked out again
```
An outcome is used only where all that it was made of is the same, and only whole: what is damaged,
half-written or gone makes the step run again. It must not decide whether an outcome is right: the
guard judges the report of a cached step as that of any other.
"""

from .run import Place, Recalled, RunCache
from .store import Store, Usage, clear, usage

__all__ = ["Place", "Recalled", "RunCache", "Store", "Usage", "clear", "usage"]
