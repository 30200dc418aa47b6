"""Retention begins, and each category of personal data is erased on its day."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.scope import current
from sekisho.apps.turns import next_number, take_turn
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState, transition_check
from sekisho.terms.history import FactKind
from sekisho.terms.moments import tokyo_date
from sekisho.terms.values import Refusal

from ...models import Application, Contract, Erasure, ErasureCategory
from ...queries.after_end import due_of, ended_on
from ...queries.standing import contract_at, history_of, terms_of
from ..facts import tell
from .applications import erase_words_of
from .own_data import erase_own
from .reporting import OWN_PART, TOPIC, report_erased


@transaction.atomic
def begin_retention(actor: Actor, *, contract: Contract) -> None:
    """The contract is over; its data rests until the periods of Art. 38-5 are."""
    now = clock.now()
    answer = transition_check(
        contract_at(current(), contract, now).state, ContractState.RETENTION, terms=terms_of(contract)
    )
    if isinstance(answer, Refusal):
        refuse(answer)
    tell(actor, contract, FactKind.STATE, ContractState.RETENTION.value, now)
    _record(actor, "contracts.begin_retention", contract, f"contract:{contract.number}", {})


@transaction.atomic
def erase(actor: Actor, *, contract: Contract, category: ErasureCategory) -> Erasure:
    """Erase one category, here and below now, in the apps above by the news of it; refused before its day.

    A category is erased once; asking again gives the same erasure.
    """
    take_turn("erasure", contract.pk)
    found = Erasure.objects.filter(contract=contract, category=category).first()
    if found is not None:
        return found
    last_on, due_on = _due(contract, category)
    erasure = Erasure.objects.create(
        number=next_number("ER"),
        contract=contract,
        category=category,
        ended_on=last_on,
        due_on=due_on,
        at=clock.now(),
        terms_version=contract.terms_version,
    )
    details = {"erasure": erasure.number, "category": category, "due_on": due_on.isoformat()}
    _record(actor, TOPIC, contract, f"erasure:{erasure.number}", details)
    done = erase_own(contract, category, due_on)
    report_erased(actor, erasure=erasure, part=OWN_PART, counts=done.counts, kept=done.kept)
    return erasure


@transaction.atomic
def erase_application(actor: Actor, *, application: Application, due_on: dt.date) -> bool:
    """Erase the words of an application that became no contract; False if that was done before."""
    counts = erase_words_of([application], due_on)
    if not counts:
        return False
    record(
        actor,
        act="contracts.erase_application",
        object=f"application:{application.number}",
        details={"due_on": due_on.isoformat(), "counts": counts},
    )
    return True


def _due(contract: Contract, category: ErasureCategory) -> tuple[dt.date, dt.date]:
    """The contract's last day, and the first day on which the category may be erased."""
    last_on = ended_on(history_of(current(), contract), clock.now())
    if last_on is None:
        raise Refused("erasure.not_ended", "契約は終了していません。", "The contract is not over.", "38-5")
    due_on = due_of(contract, category, last_on)
    if tokyo_date(clock.now()) < due_on:
        raise Refused(
            "erasure.not_due", f"消去は{due_on}以降です。", f"It is to be erased on {due_on}, not before.", "38-5"
        )
    return last_on, due_on


def _record(actor: Actor, act: str, contract: Contract, object: str, details: dict) -> None:
    record(
        actor,
        act=act,
        object=object,
        contract_id=contract.pk,
        terms_version=contract.terms_version,
        details=details,
    )
