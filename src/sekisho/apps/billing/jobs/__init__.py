"""Work for the queue about money. Every job may run twice or late: each act does only what is still to be done."""

from .arrears import look_after_arrears
from .monthly import bill_month, follow, keep_papers, month_start, start_run
from .papering import keep_acts_papers, make_papers

__all__ = (
    "bill_month",
    "follow",
    "keep_acts_papers",
    "keep_papers",
    "look_after_arrears",
    "make_papers",
    "month_start",
    "start_run",
)
