"""Papers of measures: the notice before, or at once in urgency, and the one that says it is over (Arts. 20, 21, 26).

A measure that was announced has its notice already when it is taken. One that ends because the contract is terminated
gets no letter of its end: nothing is resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.paperwork import Drawn
from sekisho.papers.interruption_notice import InterruptionCompletion, InterruptionNotice
from sekisho.papers.letter import Letter, Span
from sekisho.papers.measure_withdrawn import MeasureWithdrawn
from sekisho.papers.paper import Language
from sekisho.papers.restriction_notice import RestrictionLifted, RestrictionNotice
from sekisho.papers.suspension_notice import SuspensionLifted, SuspensionNotice
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import FUNCTION_WORDS, SecurityFunction
from sekisho.terms.words import Words

from ..actions.measures.plan import ground_words
from ..letters import KINDS
from ..models import Measure, MeasureAct, MeasureKind, MeasureStep
from .parts import NOTICE_LANGUAGES, SERVICE, clock_time, dated, letter_fields, name_of, written


def announced(news: OutboxRow) -> Iterator[Drawn]:
    """The notice before a measure."""
    yield from _drawn(_measure(news), news, _NOTICES)


def taken(news: OutboxRow) -> Iterator[Drawn]:
    """The notice of a measure that could not wait for one."""
    measure = _measure(news)
    if _step(measure, MeasureAct.ANNOUNCED) is None:
        yield from _drawn(measure, news, _NOTICES)


def withdrawn(news: OutboxRow) -> Iterator[Drawn]:
    """That what was announced will not be done; a termination was announced to nobody before it was approved."""
    yield from _drawn(_measure(news), news, dict.fromkeys(_NOTICES, (DocumentKind.MEASURE_WITHDRAWN, _withdrawal)))


def ended(news: OutboxRow) -> Iterator[Drawn]:
    """That the measure is over and the service goes on."""
    measure = _measure(news)
    if not _ended_by_termination(measure):
        yield from _drawn(measure, news, _COMPLETIONS)


Write = Callable[[Measure, dict, Language], Letter]


def _drawn(measure: Measure, news: OutboxRow, papers: dict[str, tuple[DocumentKind, Write]]) -> Iterator[Drawn]:
    kind, write = papers[measure.kind]
    contract = measure.contract
    for language in NOTICE_LANGUAGES:
        fields = {**letter_fields(contract, news, language), "number": measure.number}
        yield Drawn(
            kind=kind,
            paper=write(measure, fields, language),
            contract_id=contract.pk,
            counterparty=name_of(contract, dated(news)),
        )


def _measure(news: OutboxRow) -> Measure:
    rows = Measure.objects.select_related("contract__contractor").prefetch_related("steps")
    return rows.get(number=news.payload["measure"])


def _step(measure: Measure, act: MeasureAct) -> MeasureStep | None:
    return next((step for step in measure.steps.all() if step.act == act), None)


def _ended_by_termination(measure: Measure) -> bool:
    over = _step(measure, MeasureAct.ENDED)
    ends = MeasureStep.objects.filter(
        contract_id=measure.contract_id, act=MeasureAct.TAKEN, measure__kind=MeasureKind.TERMINATION
    )
    return over is not None and ends.filter(at__lte=over.at).exists()


def _suspension(measure: Measure, fields: dict, language: Language) -> Letter:
    return SuspensionNotice(
        **fields,
        article=measure.article,
        fact=_fact(measure, language),
        reason=measure.reason,
        span=_planned(measure),
        lifted_when=measure.period,
        urgency=measure.urgent_reason,
    )


def _suspension_lifted(measure: Measure, fields: dict, language: Language) -> Letter:
    begun, over = _begun_and_over(measure)
    return SuspensionLifted(
        **fields,
        notice_number=measure.number,
        suspended_from=tokyo_date(begun.at),
        resumed_on=tokyo_date(over.at),
        reason=over.note,
    )


def _restriction(measure: Measure, fields: dict, language: Language) -> Letter:
    return RestrictionNotice(
        **fields,
        article=measure.article,
        functions=_functions(measure, language),
        fact=_fact(measure, language),
        reason=measure.reason,
        span=_planned(measure),
        lifted_when=measure.period,
        urgency=measure.urgent_reason,
    )


def _restriction_lifted(measure: Measure, fields: dict, language: Language) -> Letter:
    begun, over = _begun_and_over(measure)
    return RestrictionLifted(
        **fields,
        notice_number=measure.number,
        functions=_functions(measure, language),
        restricted_from=tokyo_date(begun.at),
        lifted_on=tokyo_date(over.at),
        reason=over.note,
    )


def _interruption(measure: Measure, fields: dict, language: Language) -> Letter:
    return InterruptionNotice(
        **fields,
        cause=_fact(measure, language),
        span=_planned(measure),
        affected=_affected(measure, language),
        effect=measure.reason,
        urgency=measure.urgent_reason,
    )


def _interruption_done(measure: Measure, fields: dict, language: Language) -> Letter:
    begun, over = _begun_and_over(measure)
    return InterruptionCompletion(
        **fields,
        notice_number=measure.number,
        cause=_fact(measure, language),
        span=Span(
            from_on=tokyo_date(begun.at),
            from_time=clock_time(begun.at),
            until_on=tokyo_date(over.at),
            until_time=clock_time(over.at),
        ),
        affected=_affected(measure, language),
        result=over.note,
    )


def _withdrawal(measure: Measure, fields: dict, language: Language) -> Letter:
    told, over = _step(measure, MeasureAct.ANNOUNCED), _step(measure, MeasureAct.WITHDRAWN)
    if told is None or over is None:
        raise ValueError(f"{measure.number} was not announced and withdrawn")
    return MeasureWithdrawn(
        **fields,
        notice_number=measure.number,
        what=KINDS[measure.kind].in_language(language),
        article=measure.article,
        announced_on=tokyo_date(told.at),
        planned_from=tokyo_date(measure.starts_at),
        withdrawn_on=tokyo_date(over.at),
        reason=over.note,
    )


def _begun_and_over(measure: Measure) -> tuple[MeasureStep, MeasureStep]:
    begun, over = _step(measure, MeasureAct.TAKEN), _step(measure, MeasureAct.ENDED)
    if begun is None or over is None:
        raise ValueError(f"{measure.number} was not taken and ended")
    return begun, over


def _planned(measure: Measure) -> Span:
    until = measure.until_at
    return Span(
        from_on=tokyo_date(measure.starts_at),
        from_time=clock_time(measure.starts_at),
        until_on=tokyo_date(until) if until else None,
        until_time=clock_time(until) if until else "",
    )


def _fact(measure: Measure, language: Language) -> str:
    """The ground by the terms, and what happened as the person who decided wrote it."""
    ground = ground_words(measure.basis, measure.ground).in_language(language)
    return f"{ground}: {measure.fact}" if ground and measure.fact else ground or measure.fact


def _functions(measure: Measure, language: Language) -> tuple[str, ...]:
    return written((FUNCTION_WORDS[SecurityFunction(function)] for function in measure.functions), language)


def _affected(measure: Measure, language: Language) -> tuple[str, ...]:
    return _functions(measure, language) or (SERVICE.in_language(language) + _ALL.in_language(language),)


_ALL = Words("(全機能)", " (all functions)")
_NOTICES: dict[str, tuple[DocumentKind, Write]] = {
    MeasureKind.SUSPENSION: (DocumentKind.SUSPENSION_NOTICE, _suspension),
    MeasureKind.RESTRICTION: (DocumentKind.RESTRICTION_NOTICE, _restriction),
    MeasureKind.INTERRUPTION: (DocumentKind.INTERRUPTION_NOTICE, _interruption),
}
_COMPLETIONS: dict[str, tuple[DocumentKind, Write]] = {
    MeasureKind.SUSPENSION: (DocumentKind.SUSPENSION_LIFTED, _suspension_lifted),
    MeasureKind.RESTRICTION: (DocumentKind.RESTRICTION_LIFTED, _restriction_lifted),
    MeasureKind.INTERRUPTION: (DocumentKind.INTERRUPTION_COMPLETION, _interruption_done),
}
