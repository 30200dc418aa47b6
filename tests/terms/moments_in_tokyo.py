"""Instants and dates as a test reads best: written the way the terms' examples are."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from sekisho.terms.moments import TOKYO


def at(text: str) -> dt.datetime:
    """'2026-05-04 02:13:20' on a Tokyo clock."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


DAYS = st.dates(dt.date(2016, 1, 1), dt.date(2035, 12, 31))
INSTANTS = st.datetimes(dt.datetime(2016, 1, 1), dt.datetime(2035, 12, 31), timezones=st.just(TOKYO))  # noqa: DTZ001
