"""Following the contracts' news: a debt that an acceptance or an end gives is there within minutes, not at month end,
and the payer is known by the name that its form states.

The monthly run derives the same debts again and finds their keys; news that was lost loses nothing.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from sekisho.apps.audit.actions import Actor, take_news
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.audit.queries import news_for
from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import entered, system_scope
from sekisho.apps.tariff.fees import NoPrice
from sekisho.apps.tariff.queries import price_book
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..arising import Arising
from ..deriving import Subject, arisen_by_now
from ..loading import subjects
from ..queries.issuer import issuer_on
from ..recording import record_charges, take_turns
from .payers import register_stated_names

READER = "billing"
ACCEPTED = "contracts.accept_application"
TOPICS = (ACCEPTED, "contracts.accept_change", "contracts.end_with_line", "contracts.terminate")
NEWS_MAX = 200
_SCOPE = system_scope("billing")


@transaction.atomic
def follow_contracts(actor: Actor) -> int:
    """Take the contracts' news and write down what arose by it; how many debts were new. Refused without an issuer."""
    with entered(_SCOPE):
        news = news_for(READER, TOPICS, NEWS_MAX)
        contracts = _contracts(news)
        today = tokyo_date(clock.now())
        if contracts:
            issuer_on(today)  # a carrier that has not said who it is has hardly settled how its invoices are reckoned
        take_turns([contract.pk for contract in contracts])
        known = subjects(contracts, price_book())
        new = record_charges(actor, {key: _arisen(subject, today) for key, subject in known.items()})
        register_stated_names(actor, _accepted(news, contracts))
        take_news(READER, news)
        return new


def _contracts(news: list[OutboxRow]) -> list[Contract]:
    """What the news is about: an acceptance names its contract by number, for it began without one."""
    by_key = Q(pk__in={row.contract_id for row in news if row.contract_id})
    by_number = Q(number__in={row.payload["contract"] for row in news if "contract" in row.payload})
    return list(Contract.objects.filter(by_key | by_number).order_by("pk"))


def _accepted(news: list[OutboxRow], contracts: list[Contract]) -> list[Contract]:
    numbers = {row.payload.get("contract") for row in news if row.topic == ACCEPTED}
    return [contract for contract in contracts if contract.number in numbers]


def _arisen(subject: Subject, today: dt.date) -> list[Arising]:
    """Nothing of a contract that lacks a price: the monthly run names it as a problem."""
    try:
        return arisen_by_now(subject, today)
    except NoPrice:
        return []
