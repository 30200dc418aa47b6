"""How a breach arises: once, from a clock that ran out or whose notice came late (Arts. 6-1(3), 35-1).

``arise`` is called where a clock gets its verdict, in that transaction. Asked again it answers with the row
that is there, so that a repeated timer, a sweep and a late notice may all call it.
"""

from __future__ import annotations

from sekisho.apps.audit.actions import record
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.contracts.queries import terms_of
from sekisho.gateways import clock
from sekisho.terms.clocks import Level, sla_verdict
from sekisho.terms.due import sla_claim_deadline

from .models import Breach, Clock
from .queries import subject_of

TIMER = SystemActor("timer")


def arise(ran: Clock) -> Breach:
    """The breach of a clock whose verdict is "breached"; its instant is the deadline, not this moment."""
    found = Breach.objects.filter(clock=ran).first()
    if found is not None:
        return found
    terms = terms_of(ran.contract)
    verdict = sla_verdict(Level(ran.level), ran.started_at, ran.stopped_at, now=ran.judged_at, terms=terms)
    breach = Breach.objects.create(
        contract_id=ran.contract_id,
        incident=ran.incident,
        clock=ran,
        level=ran.level,
        channel=ran.channel,
        breached_at=ran.due_at,
        notified_at=ran.stopped_at,
        claimable_until=sla_claim_deadline(ran.due_at, terms=terms).value,
        recorded_at=clock.now(),
        rule=verdict.article,
        terms_version=verdict.terms_version,
        steps=[step.words._asdict() for step in verdict.steps],
    )
    _record(breach)
    return breach


def arise_missing() -> int:
    """Breaches of clocks that were judged before breaches were kept; how many. Needs a scope of all contracts."""
    unkept = Clock.objects.filter(verdict="breached", breach=None).select_for_update(of=("self",), skip_locked=True)
    return len([arise(ran) for ran in unkept.select_related("contract", "incident").order_by("due_at")])


def _record(breach: Breach) -> None:
    record(
        TIMER,
        act="incidents.breach_arose",
        object=subject_of(breach.incident),
        contract_id=breach.contract_id,
        terms_version=breach.terms_version,
        details={
            "breach": breach.pk,
            "level": breach.level,
            "breached_at": breach.breached_at.isoformat(),
            "claimable_until": breach.claimable_until.isoformat(),
        },
    )
