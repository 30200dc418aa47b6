"""Work for the queue about money. Every job may run twice or late: each act does only what is still to be done."""

from .arrears import look_after_arrears

__all__ = ("look_after_arrears",)
