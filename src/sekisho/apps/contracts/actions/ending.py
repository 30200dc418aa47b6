"""How a contract or an option ends by the contractor's will or with its line (Arts. 12-5, 17). Arrival counts.

The carrier's termination is in ``actions.measures``. An end is told as the end of the SERVICE and BILLING threads,
which frees the line on that instant; a NOTICE says by whom and since when it is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction

from sekisho.apps.audit.actions import Actor
from sekisho.apps.refusals import Refused, refuse
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState, transition_check
from sekisho.terms.ending import line_caused_end, withdrawal_check
from sekisho.terms.history import DatedFact, FactKind, History, through
from sekisho.terms.minimum import EndedBy, TermKind
from sekisho.terms.moments import tokyo_date
from sekisho.terms.values import BadParameter, Refusal

from ..models import Contract
from ..queries.ending import (
    Preview,
    preview_ancillary_stop,
    preview_cancellation,
    preview_option_stop,
    withdrawal_asked_at,
)
from ..queries.options import ancillary_thread, running_thread
from ..queries.standing import terms_of, told_of
from ..stopping import part_of, stopped
from .facts import Telling, tell_all
from .reading_only import check_may_act
from .starting import record_act


@transaction.atomic
def stop_option(
    actor: Actor,
    *,
    contract: Contract,
    threads: Collection[str],
    requested_on: dt.date | None = None,
    arrived_at: dt.datetime | None = None,
    counts: Mapping[str, int] | None = None,
) -> Preview:
    """Stop options, or operations, after the form has arrived (Art. 12-5). Returns what was shown before.

    ``threads`` are of ``queries.options.running_on``; ``counts``: thread -> how many of it, where not all stop.
    Refused while a meeting presents the report, while an option needs the operations that stop, and for the premium
    plan's operations.
    """
    check_may_act(actor, contract)
    arrived = _arrival(arrived_at)
    preview = preview_option_stop(contract, threads, tokyo_date(arrived), requested_on, counts=counts)
    for refusal in preview.refusals:
        refuse(refusal)
    told, on = told_of(contract), preview.effective_on.value
    running = [running_thread(told, thread, tokyo_date(arrived)) for thread in threads]
    if any(one.kind is TermKind.SERVICE for one in running):
        raise BadParameter("threads", "the service ends by cancellation")
    parts = [part_of(one, (counts or {}).get(one.thread)) for one in running]
    facts = [fact for one, part in zip(running, parts, strict=True) for fact in stopped(one, part, on)]
    tell_all(actor, contract, [_again(fact) for fact in facts])
    record_act(
        actor,
        "stop_option",
        contract,
        _details(preview, arrived, threads=sorted(threads), counts={one.thread: one.quantity for one in parts}),
    )
    return preview


@transaction.atomic
def stop_ancillary(
    actor: Actor,
    *,
    contract: Contract,
    threads: Collection[str],
    requested_on: dt.date | None = None,
    arrived_at: dt.datetime | None = None,
) -> Preview:
    """Stop ancillary services, whose own terms govern; ``threads`` are of ``queries.options.ancillary_on``."""
    check_may_act(actor, contract)
    arrived = _arrival(arrived_at)
    preview = preview_ancillary_stop(contract, threads, tokyo_date(arrived), requested_on)
    told, until = told_of(contract), through(preview.effective_on.value)
    ended = [ancillary_thread(told, thread, tokyo_date(arrived)) for thread in threads]
    tell_all(actor, contract, [Telling(fact.kind, fact.value, fact.from_at, until, fact.thread) for fact in ended])
    record_act(actor, "stop_ancillary", contract, _details(preview, arrived, threads=sorted(threads)))
    return preview


@transaction.atomic
def cancel(
    actor: Actor,
    *,
    contract: Contract,
    requested_on: dt.date | None = None,
    arrived_at: dt.datetime | None = None,
) -> Preview:
    """The contractor cancels (Art. 17): the end is two months after the arrival, or the later day that is named."""
    check_may_act(actor, contract)
    arrived = _arrival(arrived_at)
    _check_may_end(contract, ContractState.NOTICE_GIVEN, arrived)
    preview = preview_cancellation(contract, tokyo_date(arrived), requested_on)
    _tell_end(actor, contract, EndedBy.CONTRACTOR, arrived, through(preview.effective_on.value))
    record_act(actor, "cancel", contract, _details(preview, arrived))
    return preview


@transaction.atomic
def withdraw_cancellation(actor: Actor, *, contract: Contract, carrier_consents: bool, reason: str = "") -> None:
    """The cancellation is taken back before its effect, with the carrier's consent; the service goes on."""
    check_may_act(actor, contract)
    told = told_of(contract)
    notice, service = _given_notice(told), told.of_kind(FactKind.SERVICE)[-1]
    effective_on = service.last_on or tokyo_date(clock.now())
    answer = withdrawal_check(tokyo_date(clock.now()), effective_on, carrier_consents, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)
    now = clock.now()
    billing = told.of_kind(FactKind.BILLING)
    tellings = [Telling(FactKind.NOTICE, notice, told.of_kind(FactKind.NOTICE)[-1].from_at, now)]
    tellings += [Telling(fact.kind, None, fact.from_at) for fact in (service, *billing[-1:])]
    tell_all(actor, contract, tellings)
    details = {"would_end_on": effective_on.isoformat()}
    record_act(actor, "withdraw_cancellation", contract, details, words={"reason": reason.strip()})


@transaction.atomic
def ask_to_withdraw_cancellation(actor: Actor, *, contract: Contract) -> None:
    """The contractor would like to take the cancellation back; the carrier answers by ``withdraw_cancellation``.

    Refused once the cancellation has had its effect, and while an earlier request is open.
    """
    check_may_act(actor, contract)
    told = told_of(contract)
    _given_notice(told)
    effective_on = told.of_kind(FactKind.SERVICE)[-1].last_on or tokyo_date(clock.now())
    answer = withdrawal_check(tokyo_date(clock.now()), effective_on, carrier_consents=True, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)
    if withdrawal_asked_at(contract, told):
        raise Refused("ending.asked", "取消しの申出は受け付けています。", "The request has arrived already.", "17-2")
    record_act(actor, "ask_to_withdraw_cancellation", contract, {"would_end_on": effective_on.isoformat()})


@transaction.atomic
def end_with_line(
    actor: Actor,
    *,
    contract: Contract,
    line_ended_on: dt.date,
    replaced: bool = False,
    reported_at: dt.datetime | None = None,
) -> dt.date:
    """The contract of the line has ended, and this one with it, the same day (Art. 17-3). Returns the last day.

    Refused for a line that is moved or replaced: that is a change (``request_change`` with ``line``). A contract
    whose service has not started is withdrawn.
    """
    answer = line_caused_end(line_ended_on, replaced, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)
    reported = _arrival(reported_at)
    contract.line.active = False
    contract.line.save(update_fields=("active",))
    told = told_of(contract)
    if told.of_kind(FactKind.SERVICE):
        _check_may_end(contract, ContractState.ENDED, reported)
        _check_not_ended_before(told, answer.value)
        _tell_end(actor, contract, EndedBy.LINE, min(reported, through(answer.value)), through(answer.value))
    else:
        tell_all(actor, contract, [Telling(FactKind.STATE, "withdrawn", reported)])
    record_act(actor, "end_with_line", contract, {"ended_on": answer.value.isoformat(), "line": str(contract.line)})
    return answer.value


def _again(fact: DatedFact) -> Telling:
    return Telling(fact.kind, fact.value, fact.from_at, fact.until_at, fact.thread or None)


def _tell_end(actor: Actor, contract: Contract, by: EndedBy, known_at: dt.datetime, until: dt.datetime) -> None:
    told = told_of(contract)
    notice = Telling(FactKind.NOTICE, {"by": by.value, "arrived_at": known_at.isoformat()}, known_at)
    ends = [
        Telling(fact.kind, None, fact.from_at, max(fact.from_at, until))
        for kind in (FactKind.SERVICE, FactKind.BILLING)
        for fact in told.of_kind(kind)[-1:]
    ]
    tell_all(actor, contract, [notice, *ends])


def _arrival(arrived_at: dt.datetime | None) -> dt.datetime:
    now = clock.now()
    if arrived_at is not None and arrived_at > now:
        raise Refused("ending.not_arrived", "到達日時が未来です。", "The time of arrival lies ahead.", "17-1")
    return arrived_at or now


def _check_may_end(contract: Contract, following: ContractState, at: dt.datetime) -> None:
    state = told_of(contract).at(at).state
    answer = transition_check(state, following, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)


def _check_not_ended_before(told: History, on: dt.date) -> None:
    ends_on = told.of_kind(FactKind.SERVICE)[-1].last_on
    if ends_on is not None and ends_on < on:
        raise Refused(
            "ending.earlier_end",
            "契約はそれより前に終了します。",
            "The contract ends before that day already.",
            "17-3",
        )


def _given_notice(told: History) -> dict:
    notices = told.of_kind(FactKind.NOTICE)
    last = notices[-1] if notices else None
    if last is None or last.until_at is not None or last.value["by"] != EndedBy.CONTRACTOR:
        raise Refused("ending.no_cancellation", "解除の申出がありません。", "There is no cancellation.", "17-2")
    return last.value


def _details(preview: Preview, arrived: dt.datetime, **more: object) -> dict:
    return {
        "arrived_at": arrived.isoformat(),
        "effective_on": preview.effective_on.value.isoformat(),
        "charges": [[item.kind, item.thread, item.charge.value] for item in preview.items],
        **more,
    }
