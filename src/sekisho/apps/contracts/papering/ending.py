"""Papers of the end: cancellation, stop of options, termination by the carrier, certificate of erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.paperwork import Drawn
from sekisho.apps.scope import current
from sekisho.papers.cancellation_application import CancellationApplication, EarlyCharge
from sekisho.papers.erasure_certificate import ErasedCategory, ErasureCertificate, KeptCategory
from sekisho.papers.paper import Language
from sekisho.papers.parties import Addressee
from sekisho.papers.termination_notice import EarlierNotice, TerminationNotice
from sekisho.terms.history import History
from sekisho.terms.minimum import EndedBy, TermKind
from sekisho.terms.moments import tokyo, tokyo_date
from sekisho.terms.words import Words

from ..actions.measures.plan import ground_words
from ..letters import KINDS
from ..models import Contract, ErasureCategory, Measure, MeasureAct, MeasureKind, MeasureStep
from ..queries.after_end import Certificate, Erased, certificate_of
from ..queries.ending import ChargeItem, preview_option_stop, what_leaving_costs
from ..queries.options import running_on
from .knowing import carrier_name, owed_on
from .parts import (
    NOTICE_LANGUAGES,
    SERVICE,
    applicant_of,
    dated,
    language_of,
    letter_fields,
    name_of,
    told_by,
)


def cancellation_form(news: OutboxRow) -> Iterator[Drawn]:
    """The contractor's cancellation with the day of its effect and what it costs."""
    contract = _contract(news)
    told = told_by(contract, news)
    yield from _end_form(news, contract, "C", SERVICE, what_leaving_costs(contract, _effective_on(news), history=told))


def option_stop_form(news: OutboxRow) -> Iterator[Drawn]:
    """As a cancellation, of options or of operations alone."""
    contract, threads, arrived_on = _contract(news), news.payload["threads"], _arrived(news).date()
    told = told_by(contract, news)
    stopped = [_TERM_WORDS[one.kind] for one in running_on(told, arrived_on) if one.thread in threads]
    subject = Words("、".join(words.ja for words in stopped), ", ".join(words.en for words in stopped))
    shown = preview_option_stop(contract, threads, arrived_on, _effective_on(news), history=told)
    yield from _end_form(news, contract, "S", subject, shown.items)


def terminated(news: OutboxRow) -> Iterator[Drawn]:
    """The carrier ends the contract: grounds, what becomes due, and the notices that came before."""
    measure = Measure.objects.select_related("contract__contractor").get(number=news.payload["measure"])
    contract, over = measure.contract, measure.steps.get(act=MeasureAct.TAKEN)
    effective_on = tokyo_date(over.at)
    early = _early_yen(contract, told_by(contract, news), over.at)
    for language in NOTICE_LANGUAGES:
        paper = TerminationNotice(
            **letter_fields(contract, news, language),
            number=measure.number,
            article=measure.article,
            fact=measure.fact,
            grounds=_grounds(measure, language),
            effective_on=effective_on,
            earlier=tuple(_earlier(measure, language)),
            early_charge_yen=early or None,
            unpaid_yen=owed_on(contract, dated(news)),
        )
        yield Drawn(
            kind=DocumentKind.TERMINATION_NOTICE,
            paper=paper,
            contract_id=contract.pk,
            counterparty=name_of(contract, dated(news)),
        )


def erased(news: OutboxRow) -> Iterator[Drawn]:
    """The certificate. It names the contract and not the contractor, whose name it certifies to be gone."""
    contract, on = _contract(news), dated(news)
    certificate = certificate_of(current(), contract, on)
    if certificate is None:
        raise ValueError(f"{contract.number} is not over")
    for language in NOTICE_LANGUAGES:
        whom = _FORMER.with_facts(contract.number).in_language(language)
        paper = ErasureCertificate(
            **letter_fields(contract, news, language) | {"addressee": Addressee(name=whom)},
            number=contract.number,
            ended_on=certificate.ended_on,
            retained_until=max(tokyo_date(erased.at) for erased in certificate.erased),
            erased=tuple(_erased(each, language) for each in certificate.erased),
            kept=tuple(_kept(certificate, language)),
            responsible=carrier_name(),
            evidence=", ".join(each.number for each in certificate.erased),
            remarks=(certificate.backups.in_language(language), *_open_ended(certificate, language)),
        )
        yield Drawn(
            kind=DocumentKind.ERASURE_CERTIFICATE, paper=paper, contract_id=contract.pk, counterparty=contract.number
        )


def _end_form(
    news: OutboxRow, contract: Contract, mark: str, subject: Words, costs: Iterable[ChargeItem]
) -> Iterator[Drawn]:
    language, arrived = language_of(contract), _arrived(news)
    paper = CancellationApplication(
        language=language,
        number=f"{contract.number}-{mark}{_count(news)}",
        dated=arrived.date(),
        carrier=carrier_name(),
        applicant=applicant_of(contract, arrived.date(), news),
        received_on=arrived.date(),
        received_time=f"{arrived:%H:%M}",
        contract_number=contract.number,
        subject=subject.in_language(language),
        effective_on=_effective_on(news),
        early_charges=tuple(_early_charge(item, language) for item in costs if item.charge.value),
    )
    yield Drawn(
        kind=DocumentKind.CANCELLATION_APPLICATION,
        paper=paper,
        contract_id=contract.pk,
        counterparty=name_of(contract, arrived.date()),
    )


def _contract(news: OutboxRow) -> Contract:
    return Contract.objects.select_related("contractor", "line").get(pk=news.contract_id)


def _arrived(news: OutboxRow) -> dt.datetime:
    return tokyo(dt.datetime.fromisoformat(news.payload["arrived_at"]))


def _effective_on(news: OutboxRow) -> dt.date:
    return dt.date.fromisoformat(news.payload["effective_on"])


def _count(news: OutboxRow) -> int:
    """Which act of its kind on the contract this is, from 1; such acts take turns, so the count never changes."""
    same = OutboxRow.objects.filter(topic=news.topic, contract_id=news.contract_id)
    return same.filter(pk__lte=news.pk).count()


def _early_charge(item: ChargeItem, language: Language) -> EarlyCharge:
    return EarlyCharge(
        item=_TERM_WORDS[item.kind].in_language(language),
        months=item.charge.value // item.monthly_fee if item.monthly_fee else 0,
        monthly_fee_yen=item.monthly_fee,
        yen=item.charge.value,
    )


def _early_yen(contract: Contract, told: History, ended_at: dt.datetime) -> int:
    """What a termination costs: the charges of everything that it ended, as if it ran on."""
    on_and_on = [replace(fact, until_at=None) if fact.until_at == ended_at else fact for fact in told.told]
    items = what_leaving_costs(
        contract, tokyo_date(ended_at), ended_by=EndedBy.CARRIER, history=History(tuple(on_and_on))
    )
    return sum(item.charge.value for item in items)


def _grounds(measure: Measure, language: Language) -> tuple[str, ...]:
    ground = ground_words(measure.basis, measure.ground).in_language(language)
    return tuple(text for text in (ground, measure.reason) if text)


def _earlier(measure: Measure, language: Language) -> Iterator[EarlierNotice]:
    """Demands, restrictions and suspensions that the contractor was told of before."""
    told = MeasureStep.objects.filter(contract_id=measure.contract_id, act__in=_TOLD).exclude(measure=measure)
    rows = told.exclude(measure__kind=MeasureKind.INTERRUPTION).select_related("measure").order_by("at", "id")
    seen: set[str] = set()
    for step in rows.filter(at__lte=measure.decided_at):
        if step.measure.number not in seen:
            seen.add(step.measure.number)
            subject = KINDS[step.measure.kind].in_language(language)
            yield EarlierNotice(number=step.measure.number, dated=tokyo_date(step.at), subject=subject)


def _erased(erased: Erased, language: Language) -> ErasedCategory:
    return ErasedCategory(
        category=_CATEGORIES[erased.category].in_language(language),
        method=_METHOD.in_language(language),
        erased_on=tokyo_date(erased.at),
        records=sum(erased.counts.values()),
    )


def _kept(certificate: Certificate, language: Language) -> Iterator[KeptCategory]:
    for kept in certificate.kept:
        if kept.until is not None:
            yield KeptCategory(
                category=kept.what.in_language(language), duty=kept.why.in_language(language), kept_until=kept.until
            )


def _open_ended(certificate: Certificate, language: Language) -> list[str]:
    return [
        _UNTIL_GONE.with_facts(kept.what, kept.why).in_language(language)
        for kept in certificate.kept
        if kept.until is None
    ]


_TOLD = (MeasureAct.ANNOUNCED, MeasureAct.TAKEN)
_FORMER = Words("契約{0}のご契約者", "The contractor of contract {0}")
_METHOD = Words("データベースからの削除または復元不能な空白化", "deleted from the database, or emptied beyond recovery")
_UNTIL_GONE = Words("引き続き保存: {0}({1})", "Kept for now: {0} ({1})")
_CATEGORIES: dict[ErasureCategory, Words] = {
    ErasureCategory.PORTAL_ACCOUNT: Words("ポータルのアカウント", "portal accounts"),
    ErasureCategory.CONTACT: Words("連絡先", "contacts"),
    ErasureCategory.MAIL: Words("通知メール", "mails of notices"),
    ErasureCategory.CALL_RECORD: Words("通話の記録", "records of calls"),
    ErasureCategory.PARTY: Words("契約者・申込・対応の記録", "contractors, applications, what was done about them"),
}
_TERM_WORDS: dict[TermKind, Words] = {
    TermKind.SERVICE: Words("サービス本体", "the service"),
    TermKind.OPERATIONS: Words("セキュリティ運用管理", "security operations"),
    TermKind.EXTRA_ACCOUNT: Words("アカウント追加", "extra accounts"),
    TermKind.LOG_RETENTION: Words("ログ長期保存", "long log retention"),
    TermKind.MONITORING_REPORT: Words("セキュリティ監視レポート", "monitoring report"),
    TermKind.REPORT_MEETING: Words("セキュリティ報告会", "report meeting"),
}
