"""All prices at once: which list is in force on a day, and which one a contract pays by. Pure.

A contract keeps the list that it was accepted under. A later list that says so (``binds_existing_from``, a change
of the terms under Art. 2-1) takes its place from that day on; a list for new contracts alone does not. A quote has
prices of its own over the list that it was made on, and those stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .fees import NoPrice, Prices


class ListedPrices(NamedTuple):
    """One published list. ``terms_version``: the version of the terms that it came with, or ""."""

    version: str
    valid_from: dt.date
    published_at: dt.datetime
    binds_existing_from: dt.date | None
    terms_version: str
    yen: Mapping[str, int]


class QuotedPrices(NamedTuple):
    number: str
    list_version: str
    yen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Lists in the order of their publication, quotes by number."""

    lists: tuple[ListedPrices, ...]
    quotes: Mapping[str, QuotedPrices]

    def in_force(self, on: dt.date) -> ListedPrices | None:
        """The list that an application accepted on this day goes by."""
        valid = [listed for listed in self.lists if listed.valid_from <= on]
        return max(valid, key=lambda listed: (listed.valid_from, listed.published_at), default=None)

    def prices(self, name: str, on: dt.date, known_at: dt.datetime | None = None) -> Prices:
        """What a contract under the list or quote ``name`` pays on a day, by the lists published until ``known_at``.

        ``NoPrice`` if there is no such list.
        """
        quote = self.quotes.get(name)
        listed = self._binding(quote.list_version if quote else name, on, known_at)
        if quote is None:
            return Prices(listed.version, listed.yen)
        return Prices(name, {**listed.yen, **quote.yen})

    def _binding(self, version: str, on: dt.date, known_at: dt.datetime | None) -> ListedPrices:
        own = next((listed for listed in self.lists if listed.version == version), None)
        if own is None:
            raise NoPrice("anything", version)
        later = [
            listed
            for listed in self.lists
            if listed.binds_existing_from is not None
            and listed.binds_existing_from <= on
            and listed.published_at > own.published_at
            and (known_at is None or listed.published_at <= known_at)
        ]
        return max(later, key=lambda listed: (listed.binds_existing_from, listed.published_at), default=own)
