"""Consumption tax (Art. 31): the rate by the day of supply, and the tax of a total, truncated once.

The service is taxed at the standard rate. A new rate is a new line of the table.
"""

from __future__ import annotations

import datetime as dt

from sekisho.terms.moments import day
from sekisho.terms.values import Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words
from sekisho.terms.yen import truncated_yen

# Consumption Tax Act, national and local part together, standard rate.
RATES_PERCENT: tuple[tuple[dt.date, int], ...] = (
    (dt.date(2019, 10, 1), 10),
    (dt.date(2014, 4, 1), 8),
    (dt.date(1997, 4, 1), 5),
    (dt.date(1989, 4, 1), 3),
)


def tax_rate_percent(on: dt.date) -> int:
    """The standard rate on the day of supply; 0 before there was a consumption tax."""
    asked = day(on)
    return next((rate for since, rate in RATES_PERCENT if since <= asked), 0)


def consumption_tax_rate(on: dt.date, *, terms: Terms = LATEST) -> Value[int]:
    """The standard rate in percent on the day of supply (Art. 31-1)."""
    rate = tax_rate_percent(on)
    return Value(rate, "31-1", terms.version, (Step(_RATE, (on, rate)),))


def consumption_tax(net: int, on: dt.date) -> int:
    """The tax on a whole total that excludes it; ask once an invoice and rate, never once a line (Art. 32-1)."""
    return truncated_yen(net * tax_rate_percent(on), 100)


_RATE = Words("{0}の税率は{1}%。", "The rate on {0} is {1} percent.")
