"""How a contract or a part of it ends: by a form on paper, with its line, taken back (Arts. 12-5, 17, 27-1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sekisho.apps.contracts import actions, queries
from sekisho.apps.tariff.items import ANCILLARY_WORDS
from sekisho.gateways import clock
from sekisho.terms.applications import AncillaryService
from sekisho.terms.ending import line_caused_end
from sekisho.terms.minimum import TERM_RULES, EndedBy, TermKind
from sekisho.terms.moments import tokyo_date
from sekisho.terms.values import Refusal

from ..acting import Consequences, Tile
from ..forms import fields
from .act import LIVING, NOT_OVER, PREPARING, Act, S, Subject, Told


class PaperEndForm(forms.Form):
    arrived_at = fields.moment(gettext_lazy("When the paper arrived (Tokyo)"), gettext_lazy("Leave it empty for now."))
    requested_on = fields.day(
        gettext_lazy("The day that is wished for"), gettext_lazy("Leave it empty for the earliest day of the terms.")
    )


class StopForm(PaperEndForm):
    def __init__(self, data: Any, subject: Subject) -> None:
        super().__init__(data)
        self._counted: dict[str, str] = {}
        language, today = get_language() or "ja", tokyo_date(clock.now())
        running = [one for one in queries.running_on(subject.history, today) if one.kind is not TermKind.SERVICE]
        named = [(one.thread, TERM_RULES[one.kind].words.in_language(language), one.quantity) for one in running]
        choices = [(thread, f"{words} ×{quantity}" if quantity > 1 else words) for thread, words, quantity in named]
        self.fields["threads"] = fields.ticks(_("Options to stop"), choices, required=True)
        several = [(thread, words, quantity) for thread, words, quantity in named if quantity > 1]
        for place, (thread, words, quantity) in enumerate(several):
            label = _("How many of %(what)s stop") % {"what": f"{words} ×{quantity}"}
            self.fields[f"count_{place}"] = fields.count(label, _("Leave it empty for all of them."), quantity)
            self._counted[f"count_{place}"] = thread
        self.order_fields(["threads", *self._counted])

    @property
    def counts(self) -> dict[str, int]:
        """Thread -> how many of it, where not all stop. Call after ``is_valid``."""
        told = {thread: self.cleaned_data[name] for name, thread in self._counted.items()}
        return {thread: count for thread, count in told.items() if count and thread in self.cleaned_data["threads"]}

    def clean(self) -> Told:
        told = super().clean()
        if "threads" in told:
            told["counts"] = self.counts
        return {name: value for name, value in told.items() if name not in self._counted}


class AncillaryStopForm(PaperEndForm):
    def __init__(self, data: Any, subject: Subject) -> None:
        super().__init__(data)
        language, today = get_language() or "ja", tokyo_date(clock.now())
        running = queries.ancillary_on(subject.history, today)
        words = {fact.thread: ANCILLARY_WORDS[AncillaryService(fact.value)] for fact in running}
        choices = [(thread, named.in_language(language)) for thread, named in words.items()]
        self.fields["threads"] = fields.ticks(_("Ancillary services to stop"), choices, required=True)
        self.order_fields(["threads"])


class LineEndForm(forms.Form):
    line_ended_on = fields.day(gettext_lazy("Last day of the line's contract"), required=True)
    replaced = forms.BooleanField(label=gettext_lazy("The line is moved or replaced by another"), required=False)


class KeepForm(forms.Form):
    carrier_consents = forms.BooleanField(label=gettext_lazy("We agree that the service goes on"), required=False)
    reason = fields.reason()


def _cancellation_foreseen(subject: Subject, told: Told) -> Consequences:
    arrived_on = tokyo_date(told["arrived_at"] or clock.now())
    return _ended(
        queries.preview_cancellation(subject.contract, arrived_on, told["requested_on"], history=subject.history)
    )


def _stop_foreseen(subject: Subject, told: Told) -> Consequences:
    arrived_on = tokyo_date(told["arrived_at"] or clock.now())
    return _ended(
        queries.preview_option_stop(
            subject.contract,
            told["threads"],
            arrived_on,
            told["requested_on"],
            counts=told["counts"],
            history=subject.history,
        )
    )


def _ancillary_foreseen(subject: Subject, told: Told) -> Consequences:
    arrived_on = tokyo_date(told["arrived_at"] or clock.now())
    preview = queries.preview_ancillary_stop(
        subject.contract, told["threads"], arrived_on, told["requested_on"], history=subject.history
    )
    article = f"{_('Article')} {preview.effective_on.article}"
    return Consequences(
        tiles=(Tile(_("Last day"), day=preview.effective_on.value, beside=article),),
        notes=(_("An ancillary service has terms of its own; Article 13 charges nothing for it."),),
    )


def _ended(preview: queries.Preview) -> Consequences:
    article = f"{_('Article')} {preview.effective_on.article}"
    return Consequences(
        tiles=(
            Tile(_("Last day"), day=preview.effective_on.value, beside=article),
            Tile(_("Early termination charge"), yen=preview.total_yen),
        ),
        refusals=preview.refusals,
        charges=preview.items,
    )


def _line_end_foreseen(subject: Subject, told: Told) -> Consequences:
    answer = line_caused_end(told["line_ended_on"], told["replaced"], terms=queries.terms_of(subject.contract))
    if isinstance(answer, Refusal):
        return Consequences(refusals=(answer,))
    charges = queries.what_leaving_costs(subject.contract, answer.value, ended_by=EndedBy.LINE, history=subject.history)
    total = sum(item.charge.value for item in charges)
    article = f"{_('Article')} {answer.article}"
    return Consequences(
        tiles=(
            Tile(_("Last day"), day=answer.value, beside=article),
            Tile(_("Early termination charge"), yen=total),
        ),
        charges=charges,
    )


def _keep_foreseen(subject: Subject, told: Told) -> Consequences:
    facts = subject.history.at(clock.now()).facts
    return Consequences(
        tiles=(Tile(_("It would have ended on"), day=facts.ended_on if facts else None),),
        notes=(_("The service and its billing go on as if it had not been cancelled."),),
    )


def _withdrawal_foreseen(_subject: Subject, _told: Told) -> Consequences:
    return Consequences(notes=(_("The contract is over before its service began; the initial fee is owed (27-1)."),))


ACTS = (
    Act(
        slug="cancel",
        section="end",
        title=gettext_lazy("Enter a cancellation"),
        text=gettext_lazy("The day on which the paper arrived counts (Article 17)."),
        button=gettext_lazy("Cancel the contract"),
        done=gettext_lazy("The cancellation is recorded."),
        states=frozenset({S.ACTIVE}),
        form=lambda data, _subject: PaperEndForm(data),
        foresee=_cancellation_foreseen,
        do=lambda person, subject, told: actions.cancel(person, contract=subject.contract, **told),
    ),
    Act(
        slug="keep",
        section="end",
        title=gettext_lazy("Take a cancellation back"),
        button=gettext_lazy("Let the service go on"),
        done=gettext_lazy("The cancellation is taken back."),
        states=frozenset({S.NOTICE_GIVEN}),
        form=lambda data, _subject: KeepForm(data),
        foresee=_keep_foreseen,
        do=lambda person, subject, told: actions.withdraw_cancellation(person, contract=subject.contract, **told),
    ),
    Act(
        slug="stop-option",
        section="end",
        title=gettext_lazy("Stop options or operations"),
        button=gettext_lazy("Stop them"),
        done=gettext_lazy("The stop is recorded."),
        states=LIVING,
        form=StopForm,
        foresee=_stop_foreseen,
        do=lambda person, subject, told: actions.stop_option(person, contract=subject.contract, **told),
    ),
    Act(
        slug="stop-ancillary",
        section="end",
        title=gettext_lazy("Stop ancillary services"),
        button=gettext_lazy("Stop them"),
        done=gettext_lazy("The stop is recorded."),
        states=LIVING,
        form=AncillaryStopForm,
        foresee=_ancillary_foreseen,
        do=lambda person, subject, told: actions.stop_ancillary(person, contract=subject.contract, **told),
    ),
    Act(
        slug="end-with-line",
        section="end",
        title=gettext_lazy("The line has ended"),
        text=gettext_lazy("The contract ends with its line, on the same day (Article 17-3)."),
        button=gettext_lazy("End the contract"),
        done=gettext_lazy("The end is recorded."),
        states=NOT_OVER,
        form=lambda data, _subject: LineEndForm(data),
        foresee=_line_end_foreseen,
        do=lambda person, subject, told: actions.end_with_line(person, contract=subject.contract, **told),
    ),
    Act(
        slug="withdraw",
        section="end",
        title=gettext_lazy("Withdraw before the start"),
        button=gettext_lazy("Withdraw it"),
        done=gettext_lazy("The contract is withdrawn."),
        states=PREPARING,
        form=lambda data, _subject: fields.ReasonForm(data),
        foresee=_withdrawal_foreseen,
        do=lambda person, subject, told: actions.withdraw_contract(person, contract=subject.contract, **told),
    ),
)
