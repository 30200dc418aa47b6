"""Contracts: looking for one, and one with its whole life (what holds, who, what is done, money, papers, history)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.audit.queries import acts_of_contract
from sekisho.apps.billing.actions.settling import settlement
from sekisho.apps.billing.queries.credits import goodwill_to_decide
from sekisho.apps.billing.queries.dunning import exposures
from sekisho.apps.billing.queries.invoices import charges_of, credits_of, invoices_of
from sekisho.apps.contracts import queries
from sekisho.apps.contracts.models import Contract, MeasureKind
from sekisho.apps.contracts.queries.measures import MeasureState, measures_of, state_of
from sekisho.apps.contracts.queries.parties import open_follow_ups, parties_on, transfers_of
from sekisho.apps.contracts.queries.searching import PAGE_CONTRACTS, Found, contracts_found
from sekisho.apps.documents import queries as documents
from sekisho.apps.fleet.queries import devices_of_contract
from sekisho.apps.registers import queries as registers
from sekisho.apps.tariff.fees import NoPrice, agreed_fees, ancillary_services, monthly_fee, monthly_lines
from sekisho.apps.tariff.items import ANCILLARY_WORDS, item_words
from sekisho.apps.tariff.queries import prices_of
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import History
from sekisho.terms.minimum import TERM_RULES, minimum_term
from sekisho.terms.moments import end_of_day, tokyo_date
from sekisho.terms.plans import ACCESS_WORDS, FUNCTION_WORDS, PLAN_WORDS
from sekisho.terms.words import Words

from ..acts import offered
from ..acts.measures import measure_words
from ..acts.steps import steps_of
from ..entering import enters_with
from . import ranges

GROUPS = {
    Found.PREPARING: _("Being made ready"),
    Found.SERVING: _("In service"),
    Found.LEAVING: _("End announced"),
    Found.HINDERED: _("Suspended or restricted"),
    Found.OVER: _("Over"),
}
DOCUMENTS_SHOWN_MAX = 50
ACTS_SHOWN_MAX = 200
CHARGES_SHOWN_MAX = 100
_TERM_ENDS = Words("{0}の最低利用期間の満了", "End of the minimum term: {0}")


@require_safe
@enters_with("contracts.view")
def contracts(request: HttpRequest) -> HttpResponse:
    """A page of contracts with how each stands now."""
    now, group = clock.now(), _group(request)
    before = queries.contract_by_number(request.scope, request.GET["before"]) if "before" in request.GET else None
    rows = contracts_found(
        request.scope, now, words=ranges.words(request), group=group, before=before, limit=PAGE_CONTRACTS + 1
    )
    shown = rows[:PAGE_CONTRACTS]
    told = queries.histories(request.scope, [row.pk for row in shown])
    standings = [(row, told.get(row.pk, History(())).at(now)) for row in shown]
    page = {
        "place": "contracts",
        "groups": GROUPS.items(),
        "group": group,
        "q": ranges.words(request),
        "rows": [(row, standing, plan_words(standing)) for row, standing in standings],
        "first": before is not None,
        "following": shown[-1].number if len(rows) > len(shown) else "",
    }
    return render(request, "console/contracts.html", page)


@require_safe
@enters_with("contracts.view")
def contract(request: HttpRequest, contract_number: str) -> HttpResponse:
    """One contract. The partner sees what it needs for its work; money and papers are the carrier's (R001)."""
    found = contract_or_404(request, contract_number)
    now, today = clock.now(), tokyo_date(clock.now())
    history = queries.history_of(request.scope, found)
    page = {"place": "contracts", "contract": found, **_standing(found, history), **_service(request, found, history)}
    page["may_manage"] = allowed(request.user, "contracts.manage")
    page["sees_money"] = allowed(request.user, "billing.view")
    if page["may_manage"]:
        page |= _parties(request, found, today) | _measures(request, found)
        page |= _registered(request, found)
        page["acts"] = offered(found, history.at(now))
        page["asked_at"] = queries.withdrawal_asked_at(found, history)
    if page["sees_money"]:
        page |= _money(request, found, history, today)
    return render(request, "console/contract.html", page)


@require_safe
@enters_with("contracts.manage")
def contract_history(request: HttpRequest, contract_number: str) -> HttpResponse:
    """Every fact and every act; ``known``: as the house knew it at the end of that day, ``on``: for which day."""
    found = contract_or_404(request, contract_number)
    history, today = queries.history_of(request.scope, found), tokyo_date(clock.now())
    known, on = ranges.day(request, "known"), ranges.day(request, "on") or today
    known_at = end_of_day(known) if known else None
    page = {
        "place": "contracts",
        "contract": found,
        "history": history,
        "known": known,
        "on": on,
        "standing": history.on(on, known_at),
        "plan": plan_words(history.on(on, known_at)),
        "facts": [fact for fact in history.told if known_at is None or fact.recorded_at < known_at],
        "acts": acts_of_contract(found.pk, ACTS_SHOWN_MAX),
    }
    return render(request, "console/history.html", page)


def contract_or_404(request: HttpRequest, number: str) -> Contract:
    found = queries.contract_by_number(request.scope, number)
    if found is None:
        raise Http404
    return found


def plan_words(standing: Any) -> Words | None:
    return PLAN_WORDS[standing.facts.plan] if standing.facts else None


def _group(request: HttpRequest) -> Found | None:
    asked = request.GET.get("state", "")
    return Found(asked) if asked in list(Found) else None


def _standing(found: Contract, history: History) -> dict[str, Any]:
    now, today = clock.now(), tokyo_date(clock.now())
    standing = history.at(now)
    binding = queries.binding_terms_of(found, today, history=history)
    running = queries.running_on(history, today)
    terms = [(one, TERM_RULES[one.kind].words, minimum_term(one.kind, one.started_on, terms=binding).value)
             for one in running]  # fmt: skip
    return {
        "history": history,
        "standing": standing,
        "plan": plan_words(standing),
        "ends_on": standing.facts.ended_on if standing.facts else None,
        "terms": [(one, words, ends_on, ends_on < today) for one, words, ends_on in terms],
        "marks": [(ends_on, _TERM_ENDS.with_facts(words)) for _one, words, ends_on in terms if ends_on >= today],
        "preparing": standing.state in (ContractState.ACCEPTED, ContractState.PROVISIONING),
    }


def _service(request: HttpRequest, found: Contract, history: History) -> dict[str, Any]:
    now = clock.now()
    facts = history.at(now).facts
    preparing = history.at(now).state in (ContractState.ACCEPTED, ContractState.PROVISIONING)
    return {
        "facts": facts,
        "access": ACCESS_WORDS[facts.access_item] if facts else None,
        "functions": [FUNCTION_WORDS[one] for one in sorted(facts.functions)] if facts else [],
        "ancillary": [ANCILLARY_WORDS[one] for one in sorted(ancillary_services(history, now))],
        "given": queries.entitlements_of(found, now, history),
        "contacts": queries.contacts_of(request.scope, found),
        "devices": devices_of_contract(request.scope, found),
        "checks": queries.checklist_of(request.scope, found) if preparing else [],
    }


def _parties(request: HttpRequest, found: Contract, today: dt.date) -> dict[str, Any]:
    return {
        "parties": parties_on(request.scope, found, today),
        "transfers": transfers_of(request.scope, found),
        "follow_ups": open_follow_ups(request.scope, found),
    }


def _measures(request: HttpRequest, found: Contract) -> dict[str, Any]:
    rows = [
        (one, state_of(one), measure_words(one), steps_of(request.user, one))
        for one in measures_of(request.scope, found)
    ]
    waiting = MeasureState.ANNOUNCED
    return {
        "measures": rows,
        "terminations": [
            one for one, state, *_more in rows if one.kind == MeasureKind.TERMINATION and state is waiting
        ],
    }


def _registered(request: HttpRequest, found: Contract) -> dict[str, Any]:
    return {
        "cases": registers.cases_of(request.scope, found),
        "disputes": registers.disputes_of(request.scope, found),
        "secrets": registers.secrets_of(request.scope, found),
    }


def _money(request: HttpRequest, found: Contract, history: History, today: dt.date) -> dict[str, Any]:
    paper = documents.find(request.scope, contract_id=found.pk, limit=DOCUMENTS_SHOWN_MAX)
    return {
        "balance": settlement(request.scope, found),
        "exposures": exposures(request.scope, found, today),
        "prices": _prices(found, history, today),
        "invoices": invoices_of(request.scope, found)[:CHARGES_SHOWN_MAX],
        "charges": charges_of(request.scope, found)[:CHARGES_SHOWN_MAX],
        "credits": credits_of(request.scope, found)[:CHARGES_SHOWN_MAX],
        "documents": paper.documents,
        "goodwill": goodwill_to_decide(request.scope, found),
    }


def _prices(found: Contract, history: History, today: dt.date) -> dict[str, Any] | None:
    """The lines of a month as things stand; None where a price is missing."""
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
    return {"lines": [(item_words(line.item), line) for line in lines], "total": monthly_fee(lines)}
