"""After the end: retention, then erasure of personal data by category, and its certificate (Art. 38-5, R139)."""

from .erasing import begin_retention, erase, erase_application
from .reporting import Keeping, read_erasures, reads_erasures, report_erased

__all__ = (
    "Keeping",
    "begin_retention",
    "erase",
    "erase_application",
    "read_erasures",
    "reads_erasures",
    "report_erased",
)
