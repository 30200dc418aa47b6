"""減額通知書: what the claimed breaches of a month give back, told in writing each time that it changes (Art. 35-1)."""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.contracts.papering.parts import NOTICE_LANGUAGES, letter_fields, name_of
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.paperwork import Desk, Drawn
from sekisho.papers.credit_note import CreditedEvent, CreditNote
from sekisho.papers.paper import Language, written_date
from sekisho.terms.clocks import LEVEL_WORDS, NOTICE_RULES, Level
from sekisho.terms.moments import tokyo, tokyo_date
from sekisho.terms.versions import terms_named
from sekisho.terms.yen import truncated_yen

from .models import Breach, BreachClaim, BreachCredit


def credit_note(news: OutboxRow) -> Iterator[Drawn]:
    """The month as it stands after this change; nothing where no credit is left of it."""
    row = _credit(news)
    if row.total_yen <= 0:
        return
    breaches = list(Breach.objects.filter(pk__in=row.breaches).select_related("incident").order_by("breached_at"))
    claims = _claims(breaches)
    for language in NOTICE_LANGUAGES:
        yield Drawn(
            kind=DocumentKind.CREDIT_NOTE,
            paper=_note(row, breaches, claims, news, language),
            contract_id=row.contract_id,
            counterparty=name_of(row.contract, tokyo_date(news.at)),
        )


DESK = Desk("incidents papers", {"incidents.settle_credit": credit_note})


def _credit(news: OutboxRow) -> BreachCredit:
    """The row that the act wrote: each has its month and its running total."""
    told = news.payload
    rows = BreachCredit.objects.select_related("contract__contractor").filter(
        contract_id=news.contract_id, month=told["month"], total_yen=told["total_yen"], delta_yen=told["delta_yen"]
    )
    return rows.filter(at__lte=news.at).latest("number")


def _claims(breaches: list[Breach]) -> list[BreachClaim]:
    """The claims in writing, by their arrival; a withdrawal has no form."""
    rows = BreachClaim.objects.filter(breach__in=breaches).exclude(form="")
    return list(rows.order_by("arrived_at", "id"))


def _note(
    row: BreachCredit, breaches: list[Breach], claims: list[BreachClaim], news: OutboxRow, language: Language
) -> CreditNote:
    divisor = terms_named(row.terms_version).parameters.sla_credit_divisor
    each = truncated_yen(row.fee_yen, divisor)
    return CreditNote(
        **letter_fields(row.contract, news, language),
        number=f"{row.contract.number}-{row.month:%Y%m}-{row.number}",
        claim_number=", ".join(sorted({claim.document for claim in claims if claim.document})),
        claimed_on=tokyo_date(claims[0].arrived_at),
        month=row.month,
        monthly_fee_yen=row.fee_yen,
        fee_divisor=divisor,
        events=tuple(_event(breach, each, language) for breach in breaches),
        capped_yen=each * len(breaches) - row.total_yen,
        credit_yen=row.total_yen,
    )


def _event(breach: Breach, yen: int, language: Language) -> CreditedEvent:
    level, at = Level(breach.level), tokyo(breach.breached_at)
    notice = NOTICE_RULES[level].words.in_language(language)
    return CreditedEvent(
        number=breach.number,
        subject=f"{breach.incident.number} {LEVEL_WORDS[level].in_language(language)} {notice}",
        breached_at=f"{written_date(at.date(), language)} {at:%H:%M:%S}",
        credit_yen=yen,
    )
