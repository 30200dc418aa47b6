"""What an end or a change would do, told before it is asked for: the day of its effect, and what it costs.

All answers come from ``terms``; nothing is written. ``fees`` is what each item costs a month without tax; None: by
the contract's own list or quote and the fees agreed for it. ``history`` is for callers who have read it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sekisho.apps.audit.models import AuditRow
from sekisho.apps.tariff import items
from sekisho.apps.tariff.fees import NoPrice, agreed_fees, ancillary_services, monthly_fee, monthly_lines
from sekisho.apps.tariff.queries import prices_of
from sekisho.gateways import clock
from sekisho.terms.applications import ancillary_stop_effect
from sekisho.terms.early_charge import early_charge_tax, early_termination_charge
from sekisho.terms.ending import cancellation_effect, option_stop_effect
from sekisho.terms.entitlements import contract_refusals
from sekisho.terms.history import FactKind, History, Standing, last_instant, through
from sekisho.terms.invoice import month_fee
from sekisho.terms.minimum import EndedBy, TermKind, minimum_term
from sekisho.terms.moments import tokyo_date
from sekisho.terms.options import option_stop_check
from sekisho.terms.values import Refusal, Value
from sekisho.terms.versions import Terms

from ..forms import ChangeForm, after_change, change_refusals
from ..models import Contract
from ..stopping import after_stop, part_of
from ..stopping import stopped as stopped_facts
from .binding import binding_terms_of
from .options import Fees, Running, ancillary_thread, fee_of, fees_of, running_on, running_thread
from .parties import representative_on
from .quoted import quote_refusal
from .standing import told_of


class ChargeItem(NamedTuple):
    """The early charge of one thing that ends. ``charge`` is yen without tax, with the way to it."""

    kind: TermKind
    thread: str
    quantity: int
    monthly_fee: int
    started_on: dt.date
    term_ends_on: dt.date
    charge: Value[int]


@dataclass(frozen=True, slots=True)
class Preview:
    """``effective_on`` is the last day; ``tax`` is on all charges together; ``refusals``: why it can't be done."""

    effective_on: Value[dt.date]
    tax: Value[int]
    items: tuple[ChargeItem, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def total_yen(self) -> int:
        """All early charges together, without tax."""
        return sum(item.charge.value for item in self.items)


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """Monthly fees are yen without tax, before and after; minimum terms are not touched (R069)."""

    effective_on: dt.date
    monthly_before: int
    monthly_after: int
    one_time: int
    refusals: tuple[Refusal, ...] = ()


def what_leaving_costs(
    contract: Contract,
    on: dt.date,
    *,
    ended_by: EndedBy = EndedBy.CONTRACTOR,
    fees: Fees | None = None,
    history: History | None = None,
) -> tuple[ChargeItem, ...]:
    """The early charge of everything that runs, if the service's last day were ``on``; empty without a service."""
    told = history or told_of(contract)
    running = running_on(told, on)
    if not running:
        return ()
    terms = binding_terms_of(contract, on, history=told)
    service_term = minimum_term(TermKind.SERVICE, running[0].started_on, terms=terms).value
    ends = _Ends(on, ended_by, service_term, on, terms)
    cost = fees or fees_of(contract, told, on)
    return tuple(_charge(one, told, ends, cost) for one in running)


def preview_cancellation(
    contract: Contract,
    arrived_on: dt.date,
    requested_on: dt.date | None = None,
    *,
    fees: Fees | None = None,
    history: History | None = None,
) -> Preview:
    """When a cancellation that arrives on a day has its effect (Art. 17-2), and what it costs (Art. 13)."""
    told = history or told_of(contract)
    terms = binding_terms_of(contract, arrived_on, history=told)
    effect = cancellation_effect(arrived_on, requested_on, terms=terms)
    charged = what_leaving_costs(contract, effect.value, fees=fees, history=told)
    return Preview(effect, _tax(contract, told, charged, effect.value), charged)


def preview_option_stop(
    contract: Contract,
    threads: Collection[str],
    arrived_on: dt.date,
    requested_on: dt.date | None = None,
    *,
    counts: Mapping[str, int] | None = None,
    fees: Fees | None = None,
    history: History | None = None,
) -> Preview:
    """When these options or operations stop (Art. 12-5), what it costs, and why they can't stop like this.

    ``threads`` are of ``queries.options.running_on``; ``BadParameter`` for one that doesn't run on that day.
    ``counts``: thread -> how many of its units, where not all of them are to stop.
    """
    told = history or told_of(contract)
    terms = binding_terms_of(contract, arrived_on, history=told)
    effect = option_stop_effect(arrived_on, requested_on, terms=terms)
    whole = [running_thread(told, thread, arrived_on) for thread in threads]
    stopped = [part_of(one, (counts or {}).get(one.thread)) for one in whole]
    pairs = zip(whole, stopped, strict=True)
    left = after_stop(told, [fact for one, part in pairs for fact in stopped_facts(one, part, effect.value)])
    cost = fees or fees_of(contract, told, effect.value)
    ends = _ends_of_options(contract, told, effect.value)
    charged = tuple(_charge(one, told, ends, cost) for one in stopped)
    tax = _tax(contract, told, charged, effect.value)
    return Preview(effect, tax, charged, _stop_refusals(told, left, effect.value, terms))


def preview_ancillary_stop(
    contract: Contract,
    threads: Collection[str],
    arrived_on: dt.date,
    requested_on: dt.date | None = None,
    *,
    history: History | None = None,
) -> Preview:
    """When these ancillary services stop: by their own terms, and without a charge of Art. 13.

    ``threads`` are of ``queries.options.ancillary_on``; ``BadParameter`` for one that doesn't run on that day.
    """
    told = history or told_of(contract)
    terms = binding_terms_of(contract, arrived_on, history=told)
    for thread in threads:
        ancillary_thread(told, thread, arrived_on)
    effect = ancillary_stop_effect(arrived_on, requested_on, terms=terms)
    return Preview(effect, _tax(contract, told, (), effect.value))


def preview_change(
    contract: Contract, form: ChangeForm, effective_on: dt.date, *, history: History | None = None
) -> ChangePreview:
    """What a month costs before and after a change, what the change itself costs, and what the terms refuse."""
    told = history or told_of(contract)
    terms = binding_terms_of(contract, effective_on, history=told)
    standing = told.at(last_instant(effective_on))
    refusals = tuple(change_refusals(standing.facts, form, terms)) if standing.facts else ()
    if unfit := quote_refusal(form.quote, representative_on(contract, clock.now()), tokyo_date(clock.now()), terms):
        refusals = (*refusals, unfit)
    before = _monthly(contract, told, standing, effective_on)
    after = before if refusals else _monthly_after(contract, told, form, effective_on)
    one_time = fees_of(contract, told, effective_on)(items.CHANGE)
    return ChangePreview(effective_on, before, after, one_time, refusals)


class _Ends(NamedTuple):
    """How something ends: when, by whom, and how the service stands then (None: it goes on)."""

    on: dt.date
    by: EndedBy
    service_term_ended_on: dt.date | None
    service_ended_on: dt.date | None
    terms: Terms


def _charge(one: Running, told: History, ends: _Ends, fees: Fees) -> ChargeItem:
    fee = fee_of(one, told.at(last_instant(ends.on)), fees)
    charge = early_termination_charge(
        one.kind,
        fee,
        one.started_on,
        max(ends.on, one.started_on),
        ends.by,
        ends.service_term_ended_on,
        ends.service_ended_on,
        terms=ends.terms,
    )
    term_ends_on = minimum_term(one.kind, one.started_on, terms=ends.terms).value
    return ChargeItem(one.kind, one.thread, one.quantity, fee, one.started_on, term_ends_on, charge)


def _tax(contract: Contract, told: History, charged: tuple[ChargeItem, ...], on: dt.date) -> Value[int]:
    """On all charges of the day in one, as the invoice will have it: beside the fees of the month of the end."""
    total, terms = sum(item.charge.value for item in charged), binding_terms_of(contract, on, history=told)
    beside = _last_fees(contract, told, on, terms) if total else 0
    return early_charge_tax(total, on, beside, terms=terms)


def _last_fees(contract: Contract, told: History, on: dt.date, terms: Terms) -> int:
    """What the month of the end bills in fees, yen without tax; 0 where the prices are not known yet."""
    try:
        fee = _monthly(contract, told, told.at(last_instant(on)), on)
    except NoPrice:
        return 0
    return month_fee(fee, on.replace(day=1), on, terms=terms).value


def _ends_of_options(contract: Contract, told: History, on: dt.date) -> _Ends:
    """An option that stops on the service's own last day ends with the service."""
    terms = binding_terms_of(contract, on, history=told)
    service = told.of_kind(FactKind.SERVICE)[-1]
    if service.last_on != on:
        return _Ends(on, EndedBy.CONTRACTOR, None, None, terms)
    term = minimum_term(TermKind.SERVICE, service.first_on, terms=terms).value
    return _Ends(on, ended_by(told), term, on, terms)


def ended_by(history: History) -> EndedBy:
    """Who gave the last notice of an end; the contractor, before there is one."""
    notices = history.of_kind(FactKind.NOTICE)
    return EndedBy(notices[-1].value["by"]) if notices else EndedBy.CONTRACTOR


def _stop_refusals(told: History, left: History, on: dt.date, terms: Terms) -> tuple[Refusal, ...]:
    """``left``: the history as it would be after the stop."""
    active = {one.kind for one in running_on(told, on)}
    still = {one.kind for one in running_on(left, on + dt.timedelta(days=1))}
    answer = option_stop_check(active - still, active, terms=terms)
    after = left.at(through(on)).facts
    found = contract_refusals(after, terms=terms) if after else ()
    first = (answer,) if isinstance(answer, Refusal) else ()
    return first + tuple(refusal for refusal in found if refusal.code not in {each.code for each in first})


def _monthly(contract: Contract, told: History, standing: Standing, on: dt.date) -> int:
    prices, at = prices_of(contract.price_list, on), last_instant(on)
    return monthly_fee(monthly_lines(standing, prices, agreed_fees(told, at), ancillary_services(told, at)))


def _monthly_after(contract: Contract, told: History, form: ChangeForm, on: dt.date) -> int:
    at, standing = last_instant(on), told.at(last_instant(on))
    after = replace(standing, facts=after_change(standing.facts, form))
    services = ancillary_services(told, at) | set(form.add_ancillary)
    prices = prices_of(form.quote.strip() or contract.price_list, on)
    return monthly_fee(monthly_lines(after, prices, agreed_fees(told, at), services))


def withdrawal_asked_at(contract: Contract, told: History | None = None) -> dt.datetime | None:
    """Since when the contractor has been asking to take its running cancellation back; None: it is not asking."""
    notices = (told or told_of(contract)).of_kind(FactKind.NOTICE)
    if not notices or notices[-1].until_at is not None:
        return None
    asked = AuditRow.objects.filter(
        contract_id=contract.pk,
        act="contracts.ask_to_withdraw_cancellation",
        at__gte=notices[-1].recorded_at,
    )
    return asked.order_by("-at").values_list("at", flat=True).first()
