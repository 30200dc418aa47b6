"""An invoice as it is put together: lines, one tax a rate, credits as far as they fit. Pure.

Charges come first, in the order in which they arose; credits follow as minus lines. A credit takes no more than there
is to take it from, and the rest stays for the next invoice, unless this is the final one (Art. 35-1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sekisho.terms.credit import credit_on_invoice
from sekisho.terms.invoice import Line, Totals, invoice_total
from sekisho.terms.periods import whole_months_end
from sekisho.terms.taxes import tax_rate_percent
from sekisho.terms.versions import LATEST, Terms

from .models import Charge, Credit, TaxTreatment


class OpenCredit(NamedTuple):
    """A credit and what is left of it, in yen."""

    credit: Credit
    yen: int


class DraftLine(NamedTuple):
    """``source`` is what it stands for; yen without tax; rate 0: outside the tax."""

    source: Charge | Credit
    yen: int
    rate_percent: int
    supplied_from: dt.date
    supplied_until: dt.date

    @property
    def taxable(self) -> bool:
        return self.source.tax == TaxTreatment.TAXABLE


class RateTotal(NamedTuple):
    rate_percent: int
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What an invoice will say. ``totals`` are over all rates."""

    contract_id: int
    month: dt.date
    lines: tuple[DraftLine, ...]
    rates: tuple[RateTotal, ...]
    totals: Totals
    final: bool

    @property
    def supplied_from(self) -> dt.date:
        return min(line.supplied_from for line in self.lines)

    @property
    def supplied_until(self) -> dt.date:
        return max(line.supplied_until for line in self.lines)


def draft(
    contract_id: int,
    month: dt.date,
    charges: Sequence[Charge],
    credits: Sequence[OpenCredit],
    *,
    final: bool = False,
    terms: Terms = LATEST,
) -> Draft | None:
    """The invoice of a month, or None where there is nothing to invoice: credits alone wait for a charge."""
    if not charges and not (final and credits):
        return None
    lines = [_of_charge(charge) for charge in sorted(charges, key=_order)]
    lines += _of_credits(lines, credits, final=final, terms=terms)
    rates = _rates(lines, terms)
    nontax = sum(line.yen for line in lines if not line.taxable)
    net, tax = sum(rate.net for rate in rates), sum(rate.tax for rate in rates)
    return Draft(contract_id, month, tuple(lines), rates, Totals(net, tax, nontax, net + tax + nontax), final)


def _order(charge: Charge) -> tuple[bool, dt.date, int]:
    return charge.tax != TaxTreatment.TAXABLE, charge.arises_on, charge.pk


def _of_charge(charge: Charge) -> DraftLine:
    rate = _rate(charge.tax, charge.supplied_until)
    return DraftLine(charge, charge.yen, rate, charge.supplied_from, charge.supplied_until)


def _rate(tax: str, supplied_until: dt.date) -> int:
    return tax_rate_percent(supplied_until) if tax == TaxTreatment.TAXABLE else 0


def _of_credits(
    lines: Iterable[DraftLine], credits: Sequence[OpenCredit], *, final: bool, terms: Terms
) -> list[DraftLine]:
    """Price reductions come off the taxable part; what is outside the tax comes off whatever is left of the total."""
    known = list(lines)
    found: list[DraftLine] = []
    ordered = sorted(credits, key=lambda each: (each.credit.tax != TaxTreatment.TAXABLE, each.credit.pk))
    for credit, left in ordered:
        room = _room(known + found, TaxTreatment(credit.tax), terms)
        taken = credit_on_invoice(left, room, final, terms=terms).value.deducted
        if taken:
            last = whole_months_end(credit.month, 1)
            found.append(DraftLine(credit, -taken, _rate(credit.tax, last), credit.month, last))
    return found


def _room(lines: list[DraftLine], tax: TaxTreatment, terms: Terms) -> int:
    taxable = sum(line.yen for line in lines if line.taxable)
    if tax == TaxTreatment.TAXABLE:
        return max(0, taxable)
    with_tax = taxable + sum(rate.tax for rate in _rates(lines, terms))
    return max(0, with_tax + sum(line.yen for line in lines if not line.taxable))


def _rates(lines: Iterable[DraftLine], terms: Terms) -> tuple[RateTotal, ...]:
    """One tax a rate, on the sum (Art. 32-1)."""
    groups: dict[int, list[DraftLine]] = {}
    for line in lines:
        if line.taxable:
            groups.setdefault(line.rate_percent, []).append(line)
    found = []
    for rate, of_rate in sorted(groups.items(), reverse=True):
        plain = [Line(line.yen) for line in of_rate]
        totals = invoice_total(plain, of_rate[0].supplied_until, terms=terms).value
        found.append(RateTotal(rate, totals.net, totals.tax))
    return tuple(found)
