"""Work for the queue about money. Every job may run twice or late: each act does only what is still to be done."""

from .arrears import look_after_arrears
from .forgetting import answer_erasures, let_go_of_books
from .monthly import bill_month, follow, keep_papers, month_start, start_run
from .papering import keep_acts_papers, make_papers

__all__ = (
    "answer_erasures",
    "bill_month",
    "follow",
    "keep_acts_papers",
    "keep_papers",
    "let_go_of_books",
    "look_after_arrears",
    "make_papers",
    "month_start",
    "start_run",
)
