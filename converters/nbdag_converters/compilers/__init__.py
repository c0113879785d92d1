"""Compilers: a Pipeline becomes the text for a target.

A compiler must not read files, start processes or look at the network: what it needs is in the
Pipeline.
"""
