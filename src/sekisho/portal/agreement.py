"""My contract: what I have, until when, what it costs, and what leaving would cost; changing it and ending it.

A form is first answered with its consequences, computed by the same queries that the act itself uses; only the
second sending (``confirmed``) acts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import Running, running_on, what_leaving_costs
from sekisho.apps.refusals import Refused
from sekisho.apps.tariff.fees import NoPrice, agreed_fees, ancillary_services, monthly_fee, monthly_lines
from sekisho.apps.tariff.items import item_words
from sekisho.apps.tariff.queries import prices_of
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import FactKind, History
from sekisho.terms.minimum import TERM_RULES, TermKind, minimum_term
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import ACCESS_WORDS, FUNCTION_WORDS, PLAN_WORDS
from sekisho.terms.versions import Terms
from sekisho.terms.words import Words

from .contacts import may_change_contacts
from .entering import enters
from .forms import ChangeRequestForm, EndForm, StopForm

ONLINE_OFFICE = "portal"
"""The counter at which forms sent by the portal arrive; they queue there in the order of their arrival."""
_TERM_ENDS = Words("{0}の最低利用期間の満了", "End of the minimum term: {0}")


@dataclass(frozen=True, slots=True)
class Term:
    """Something that runs with a minimum term."""

    words: Words
    quantity: int
    started_on: dt.date
    ends_on: dt.date
    over: bool


@dataclass(frozen=True, slots=True)
class Price:
    """One line of what a month costs, yen without tax."""

    words: Words
    quantity: int
    unit_yen: int
    yen: int


@require_safe
@enters
def contracts(request: HttpRequest) -> HttpResponse:
    """The only contract at once; of several a list."""
    found = queries.contracts_of(request.scope)
    if len(found) == 1:
        return redirect("portal:contract", found[0].number)
    told = queries.histories(request.scope, [contract.pk for contract in found])
    now = clock.now()
    rows = [(contract, told[contract.pk].at(now)) for contract in found if contract.pk in told]
    page = {
        "place": "contract",
        "rows": [(one, standing, _plan_words(standing.facts)) for one, standing in rows],
        "may_apply": allowed(request.user, "applications.submit"),
    }
    return render(request, "portal/contracts.html", page)


@require_safe
@enters
def contract(request: HttpRequest, contract_number: str) -> HttpResponse:
    found = _contract_or_404(request, contract_number)
    history, today = queries.history_of(request.scope, found), tokyo_date(clock.now())
    standing = history.at(clock.now())
    running = running_on(history, today)
    binding = queries.binding_terms_of(found, today, history=history)
    terms = [_term(one, today, binding) for one in running]
    page = {
        "place": "contract",
        "contract": found,
        "standing": standing,
        "facts": standing.facts,
        "plan": _plan_words(standing.facts),
        "access": ACCESS_WORDS[standing.facts.access_item] if standing.facts else None,
        "functions": [FUNCTION_WORDS[f] for f in sorted(standing.facts.functions)] if standing.facts else [],
        "given": queries.entitlements_of(found, clock.now(), history),
        "terms": terms,
        "prices": _prices(found, history, today),
        "leaving": _leaving(found, history, today) if running else None,
        "ends_on": standing.facts.ended_on if standing.facts else None,
        "history": history,
        "marks": [(term.ends_on, _TERM_ENDS.with_facts(term.words)) for term in terms if not term.over],
        "contacts": queries.contacts_of(request.scope, found),
        "may_change": _may_change(request, standing.state),
        "may_apply": allowed(request.user, "applications.submit"),
        "may_edit_contacts": may_change_contacts(request, found),
        "may_keep": standing.state is ContractState.NOTICE_GIVEN and _may_change(request, standing.state),
        "asked_at": _asked_at(found, history, standing.state),
        "checks": _checks(request, found, standing.state),
        "options": len(running) > 1,
    }
    return render(request, "portal/contract.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters
def cancel(request: HttpRequest, contract_number: str) -> HttpResponse:
    """The cancellation form (Art. 17), its effect and its cost, and then the cancellation."""
    found, history = _changeable_or_404(request, contract_number)
    if history.at(clock.now()).state is ContractState.NOTICE_GIVEN:
        return redirect("portal:contract", contract_number)
    form = EndForm(request.POST or None)
    page: dict[str, Any] = {"place": "contract", "contract": found, "form": form}
    page["earliest"] = queries.preview_cancellation(found, tokyo_date(clock.now()), history=history).effective_on
    if form.is_bound and form.is_valid():
        requested_on = form.cleaned_data["requested_on"]
        if "confirmed" in request.POST:
            done = _("Your cancellation has arrived. The day of its effect is on this page.")
            return _acted(
                request, found, lambda: actions.cancel(request.user, contract=found, requested_on=requested_on), done
            )
        preview = queries.preview_cancellation(found, tokyo_date(clock.now()), requested_on, history=history)
        page |= {"preview": preview, "charges": _charges(preview.items)}
    return render(request, "portal/cancel.html", page)


@require_POST
@enters
def keep(request: HttpRequest, contract_number: str) -> HttpResponse:
    """The contractor would like its cancellation back; the carrier has to agree (Art. 17-2)."""
    found, _history = _changeable_or_404(request, contract_number)
    done = _("Your request has arrived. Our desk answers it before the contract ends.")
    return _acted(request, found, lambda: actions.ask_to_withdraw_cancellation(request.user, contract=found), done)


@require_http_methods(["GET", "HEAD", "POST"])
@enters
def stop_option(request: HttpRequest, contract_number: str) -> HttpResponse:
    """The form that stops options or operations (Art. 12-5)."""
    found, history = _changeable_or_404(request, contract_number)
    today, language = tokyo_date(clock.now()), get_language() or "ja"
    stoppable = [one for one in running_on(history, today) if one.kind is not TermKind.SERVICE]
    form = StopForm(request.POST or None, [(one.thread, _named(one).in_language(language)) for one in stoppable])
    page: dict[str, Any] = {"place": "contract", "contract": found, "form": form, "stoppable": stoppable}
    if form.is_bound and form.is_valid():
        threads, requested_on = form.cleaned_data["threads"], form.cleaned_data["requested_on"]
        if "confirmed" in request.POST:
            return _acted(
                request,
                found,
                lambda: actions.stop_option(request.user, contract=found, threads=threads, requested_on=requested_on),
                _("Your form has arrived. The last day of the option is on this page."),
            )
        preview = queries.preview_option_stop(found, threads, today, requested_on, history=history)
        page |= {"preview": preview, "charges": _charges(preview.items)}
    return render(request, "portal/stop_option.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters
def change(request: HttpRequest, contract_number: str) -> HttpResponse:
    """The change form (Art. 14): what a month costs before and after; sent, it waits for acceptance."""
    found, history = _changeable_or_404(request, contract_number)
    today, standing = tokyo_date(clock.now()), history.at(clock.now())
    if standing.facts is None:
        raise Http404
    form = ChangeRequestForm(request.POST or None, standing.facts, get_language() or "ja")
    page: dict[str, Any] = {"place": "contract", "contract": found, "form": form}
    if form.is_bound and form.is_valid():
        asked = form.change()
        if "confirmed" in request.POST:
            return _acted(
                request,
                found,
                lambda: actions.request_change(request.user, contract=found, form=asked, office=ONLINE_OFFICE),
                _("Your change form has arrived. We answer it in the order of arrival."),
            )
        effective_on = max(today, form.cleaned_data["wished_on"] or today)
        page["preview"] = _change_preview(request, found, asked, effective_on, history)
    return render(request, "portal/change.html", page)


def _asked_at(found: Contract, history: History, state: ContractState) -> dt.datetime | None:
    return queries.withdrawal_asked_at(found, history) if state is ContractState.NOTICE_GIVEN else None


def _checks(request: HttpRequest, found: Contract, state: ContractState) -> list:
    """What the start of service still waits for; nothing once it has started."""
    preparing = state in (ContractState.ACCEPTED, ContractState.PROVISIONING)
    return queries.checklist_of(request.scope, found) if preparing else []


def _change_preview(request: HttpRequest, found: Contract, asked: Any, on: dt.date, history: History) -> Any:
    try:
        return queries.preview_change(found, asked, on, history=history)
    except NoPrice:
        messages.warning(request, _("For this there is no listed price; our desk will send you a quote."))
        return None


def _acted(request: HttpRequest, found: Contract, act: Any, done: str) -> HttpResponse:
    try:
        act()
        messages.success(request, done)
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
    return redirect("portal:contract", found.number)


def _contract_or_404(request: HttpRequest, number: str) -> Contract:
    found = queries.contract_by_number(request.scope, number)
    if found is None:
        raise Http404
    return found


def _changeable_or_404(request: HttpRequest, number: str) -> tuple[Contract, History]:
    """A contract that this person may change now; members read only."""
    found = _contract_or_404(request, number)
    history = queries.history_of(request.scope, found)
    if not _may_change(request, history.at(clock.now()).state):
        raise Http404
    return found, history


def _may_change(request: HttpRequest, state: ContractState) -> bool:
    living = state in (ContractState.ACTIVE, ContractState.NOTICE_GIVEN)
    return living and allowed(request.user, "applications.submit")


def _plan_words(facts: Any) -> Words | None:
    return PLAN_WORDS[facts.plan] if facts else None


def _named(one: Running) -> Words:
    words = TERM_RULES[one.kind].words
    return Words("{0}({1})", "{0} ({1})").with_facts(words, one.quantity) if one.quantity > 1 else words


def _term(one: Running, today: dt.date, binding: Terms) -> Term:
    ends_on = minimum_term(one.kind, one.started_on, terms=binding).value
    return Term(TERM_RULES[one.kind].words, one.quantity, one.started_on, ends_on, over=ends_on < today)


def _prices(found: Contract, history: History, today: dt.date) -> dict[str, Any] | None:
    """The lines of a month as the contract stands today; None where a price is missing."""
    now = clock.now()
    try:
        lines = monthly_lines(
            history.at(now),
            prices_of(found.price_list, today),
            agreed_fees(history, now),
            ancillary_services(history, now),
        )
    except NoPrice:
        return None
    return {
        "lines": [Price(item_words(line.item), line.quantity, line.unit_yen, line.yen) for line in lines],
        "total": monthly_fee(lines),
    }


def _leaving(found: Contract, history: History, today: dt.date) -> dict[str, Any] | None:
    """What a cancellation that arrived today would do; for one that is announced, what it will cost."""
    notice = any(fact.kind is FactKind.NOTICE for fact in history.in_force(clock.now()))
    try:
        if notice:
            facts = history.at(clock.now()).facts
            on = facts.ended_on if facts and facts.ended_on else today
            items = what_leaving_costs(found, on, history=history)
        else:
            preview = queries.preview_cancellation(found, today, history=history)
            on, items = preview.effective_on.value, preview.items
    except NoPrice:
        return None
    return {"on": on, "total": sum(item.charge.value for item in items), "announced": notice}


def _charges(items: Any) -> list[dict[str, Any]]:
    """The early charges of a preview with the steps that led to each."""
    return [
        {
            "words": TERM_RULES[item.kind].words,
            "fee": item.monthly_fee,
            "ends_on": item.term_ends_on,
            "yen": item.charge.value,
            "article": item.charge.article,
            "steps": [step.words for step in item.charge.steps],
        }
        for item in items
    ]
