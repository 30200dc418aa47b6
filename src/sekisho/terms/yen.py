"""Whole yen. Inside a computation everything is exact; a fraction is cut once, at its end, toward zero (Art. 32).

There is no float in ``terms``, and no other rounding than ``truncated_yen``. Credits are computed as positive
amounts and negated afterwards; toward zero means that the order would not matter.
"""

from __future__ import annotations

from sekisho.terms.values import BadParameter


def truncated_yen(numerator: int, denominator: int = 1) -> int:
    """The exact amount ``numerator / denominator`` in yen without its fraction (Art. 32-1)."""
    if denominator < 1:
        raise BadParameter("denominator", "must be positive")
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)


def yen(amount: int, parameter: str = "amount") -> int:
    """The amount itself, if it is a whole number of yen and not negative."""
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise BadParameter(parameter, "must be a whole number of yen")
    if amount < 0:
        raise BadParameter(parameter, "must not be negative")
    return amount
