"""Where logs rest: appended exactly once, found by contract and time, dropped on the day they must be.

The only importer of duckdb. ``LakeWriter`` is for the one process that appends and maintains,
``Lake`` for anyone who reads, ``check`` for who wants to know that all is there.
"""

from .errors import FilterError, LakeDamaged, LakeError, LakeHeld, LakeRefused, LakeUnavailable, SearchTooLong
from .fsck import Problem, Report, check
from .reader import Counts, Lake, Page
from .settings import LakeSettings
from .writer import Appended, Commit, LakeWriter, Maintained

__all__ = [
    "Appended",
    "Commit",
    "Counts",
    "FilterError",
    "Lake",
    "LakeDamaged",
    "LakeError",
    "LakeHeld",
    "LakeRefused",
    "LakeSettings",
    "LakeUnavailable",
    "LakeWriter",
    "Maintained",
    "Page",
    "Problem",
    "Report",
    "SearchTooLong",
    "check",
]
