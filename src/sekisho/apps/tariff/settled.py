"""How this carrier settled the questions that the terms leave open (``terms.switches``), by days. Pure.

What is judged goes by the settings of its own day: a month by those of its last day, an end by those of the day
of the end. A setting that nobody has settled is as the version of the terms has it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sekisho.terms.switches import switch_read
from sekisho.terms.versions import Switches, Terms, terms_named


class Settled(NamedTuple):
    """All that is settled from a day on, switch -> setting as text; what it doesn't name is as the terms have it."""

    valid_from: dt.date
    switches: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SettingsBook:
    """In the order in which they were recorded; of two for one day the later one counts."""

    settled: tuple[Settled, ...] = ()

    def on(self, day: dt.date) -> Mapping[str, str]:
        """The settings in force on a day, as text; empty: everything is as the terms have it."""
        valid = [(each.valid_from, turn) for turn, each in enumerate(self.settled) if each.valid_from <= day]
        return self.settled[max(valid)[1]].switches if valid else {}

    def switches(self, of: Switches, day: dt.date) -> Switches:
        """These switches, with what the carrier has settled for the day."""
        return replace(of, **{name: switch_read(name, text) for name, text in self.on(day).items()})

    def applied(self, terms: Terms, day: dt.date) -> Terms:
        """The terms as this carrier reads them on a day."""
        return replace(terms, switches=self.switches(terms.switches, day)) if self.settled else terms

    def terms_named(self, version: str, day: dt.date) -> Terms:
        """A version of the terms, to replay what was decided on a day."""
        return self.applied(terms_named(version), day)
