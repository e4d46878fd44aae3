"""Studies: many members of one case on local processes, in job arrays or on Dask, and their tables.

Nothing finished is computed twice or lost: every process appends checked records to a file of its own, members are
known by the hash of their content, and a sweep computes what has no record yet.
"""

from npsolver.batch.sweep import Outcome, Selection, sweep
from npsolver.exports import exports

__getattr__ = exports(
    __name__,
    {
        "collection": "Collection collect",
        "reproduce": "reproduce_result reproduce_study stored_study",
    },
)

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
