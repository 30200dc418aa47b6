"""After the end: retention, then erasure of personal data by category, and its certificate (Art. 38-5, R139)."""

from .erasing import begin_retention, erase, erase_application
from .own_data import has_other, organisations_of
from .reporting import Done, Keeping, read_erasures, reads_erasures, report_erased

__all__ = (
    "Done",
    "Keeping",
    "begin_retention",
    "erase",
    "erase_application",
    "has_other",
    "organisations_of",
    "read_erasures",
    "reads_erasures",
    "report_erased",
)
