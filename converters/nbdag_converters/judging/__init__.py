"""Judges a run where it ran, in a container without nbdag: nobody may follow a scheduled one.

`argo` and `kubeflow` differ in how they are given the pipeline and the reports; the verdict is
that of `guard/verdict.py`. What they need of nbdag is shipped by `compilers/judging.py`.
"""
