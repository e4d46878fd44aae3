"""Studies: many members of one case on local processes, in job arrays or on Dask, and their tables.

Nothing finished is computed twice or lost: every process appends checked records to a file of its own, members are
known by the hash of their content, and a sweep computes what has no record yet.
"""

from importlib import import_module

from npsolver.batch.sweep import Outcome, Selection, sweep

_LAZY = {
    "Collection": "collection",
    "collect": "collection",
    "reproduce_result": "reproduce",
    "reproduce_study": "reproduce",
    "stored_study": "reproduce",
}

__all__ = [
    "Collection",
    "Outcome",
    "Selection",
    "collect",
    "reproduce_result",
    "reproduce_study",
    "stored_study",
    "sweep",
]


def __getattr__(name):
    if name in _LAZY:
        value = getattr(import_module(f"npsolver.batch.{_LAZY[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'npsolver.batch' has no attribute {name!r}")
