"""What the carrier does to a service against the ordinary course, announced or urgent (Arts. 18, 20, 21, 24, 26)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sekisho.apps.accounts.models import Person
from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.actions.measures.announcing import check_announcement
from sekisho.apps.contracts.actions.measures.plan import CATALOGUES, KINDS, Basis, Plan, check_plan, ground_words
from sekisho.apps.contracts.actions.measures.taking import check_urgent
from sekisho.apps.contracts.models import Measure, MeasureKind
from sekisho.apps.contracts.queries import terms_of
from sekisho.gateways import clock
from sekisho.terms.enforcement import maintenance_notice_due
from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import FUNCTION_WORDS, SecurityFunction
from sekisho.terms.words import Words

from ..acting import Consequences, Tile, options
from ..forms import fields
from .act import LIVING, NOT_OVER, Act, Subject, Told

KIND_WORDS = {
    MeasureKind.DEMAND: Words("中止要求", "Demand to stop"),
    MeasureKind.INTERRUPTION: Words("提供の中止", "Interruption"),
    MeasureKind.RESTRICTION: Words("機能の制限", "Restriction"),
    MeasureKind.SUSPENSION: Words("提供の停止", "Suspension"),
    MeasureKind.TERMINATION: Words("契約の解除", "Termination"),
}
_SEPARATOR = ":"


def measure_words(measure: Measure) -> tuple[Words, Words]:
    """What a measure is, and its ground."""
    return KIND_WORDS[MeasureKind(measure.kind)], ground_words(measure.basis, measure.ground)


class MeasureForm(forms.Form):
    """A measure: ground, the three things of a notice, when; or at once, for a recorded urgent reason."""

    ground = forms.ChoiceField(label=gettext_lazy("Ground"))
    fact = fields.text(gettext_lazy("What happened"), required=True)
    reason = fields.text(gettext_lazy("Why the measure is taken"), required=True)
    period = fields.line(gettext_lazy("For how long"), gettext_lazy("As the notice says it, such as: until payment."))
    starts_at = fields.moment(
        gettext_lazy("From when (Tokyo)"), gettext_lazy("Leave it empty for an urgent measure, which begins at once.")
    )
    until_at = fields.moment(gettext_lazy("Until when (Tokyo), if that is known"))
    urgent_reason = fields.text(
        gettext_lazy("Why it cannot wait for a notice"), gettext_lazy("Written: the measure is taken now.")
    )

    def __init__(self, data: Any, kind: MeasureKind) -> None:
        super().__init__(data)
        self.kind = kind
        self.fields["ground"].choices = _grounds(kind)
        if kind is MeasureKind.RESTRICTION:
            choices = options(FUNCTION_WORDS, SecurityFunction)
            self.fields["functions"] = fields.ticks(_("Functions that are restricted"), choices, required=True)
        if kind is MeasureKind.SUSPENSION:
            self.fields["arrears_due_on"] = fields.day(_("Due date that passed"), _("Needed for arrears."))

    def clean(self) -> Told:
        told = super().clean()
        starts_at, until_at = told.get("starts_at"), told.get("until_at")
        if starts_at and told.get("urgent_reason", "").strip():
            self.add_error("starts_at", _("Name either the start that is announced, or why it cannot wait."))
        if until_at and until_at <= (starts_at or clock.now()):
            self.add_error("until_at", _("The end has to come after the start."))
        return told


class TerminationForm(forms.Form):
    ground = forms.ChoiceField(label=gettext_lazy("Ground"))
    fact = fields.text(gettext_lazy("What happened"), required=True)
    evidence = fields.text(gettext_lazy("Evidence"), gettext_lazy("Which papers show it."), required=True)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        language = get_language() or "ja"
        grounds = GROUNDS[Catalogue.TERMINATION].values()
        self.fields["ground"].choices = [
            (one.code, f"{one.article} {one.words.in_language(language)}") for one in grounds
        ]


def _grounds(kind: MeasureKind) -> list[tuple[str, str]]:
    """ "basis:code" and what it says, of every article on which a measure of this kind can rest."""
    language, found = get_language() or "ja", []
    for basis in (basis for basis, kinds in KINDS.items() if kind in kinds):
        catalogue = CATALOGUES.get(basis)
        named = GROUNDS[catalogue].values() if catalogue else ()
        found += [
            (f"{basis}{_SEPARATOR}{one.code}", f"{one.article} {one.words.in_language(language)}") for one in named
        ]
        if basis in (Basis.BREACH, Basis.LIMITS):
            found.append((f"{basis}{_SEPARATOR}", f"{basis}-1 {_('Needed by the operations')}"))
    return found


def _plan(kind: MeasureKind, told: Told) -> Plan:
    basis, _separator, ground = told["ground"].partition(_SEPARATOR)
    return Plan(
        kind=kind,
        basis=Basis(basis),
        ground=ground,
        fact=told["fact"],
        reason=told["reason"],
        period=told["period"],
        starts_at=told["starts_at"] or clock.now(),
        until_at=told["until_at"],
        functions=frozenset(map(SecurityFunction, told.get("functions", ()))),
        arrears_due_on=told.get("arrears_due_on"),
    )


def _foreseen(kind: MeasureKind, subject: Subject, told: Told) -> Consequences:
    plan, urgent = _plan(kind, told), not told["starts_at"]
    if urgent:
        check_urgent(subject.contract, plan, told["urgent_reason"])
    else:
        check_announcement(subject.contract, plan)
    article = check_plan(plan, terms_of(subject.contract))
    begins = tokyo_date(plan.starts_at)
    notes = [
        _("It is taken now, without notice; the contractor is told at once.")
        if urgent
        else _("The notice goes out now. Taking the measure on its day is another decision of a person.")
    ]
    if kind is MeasureKind.INTERRUPTION and not urgent:
        last = maintenance_notice_due(plan.starts_at).value
        if tokyo_date(clock.now()) > last:
            notes.append(_("Planned work is announced earlier than this; say in the reason why it cannot wait."))
    return Consequences(
        tiles=(Tile(_("From"), day=begins), Tile(_("Article"), text=article)),
        notes=tuple(notes),
    )


def _do(kind: MeasureKind, person: Person, subject: Subject, told: Told) -> Measure:
    plan = _plan(kind, told)
    if not told["starts_at"]:
        return measures.take_urgently(person, contract=subject.contract, plan=plan, urgent_reason=told["urgent_reason"])
    return measures.announce(person, contract=subject.contract, plan=plan)


def _measure_act(kind: MeasureKind, slug: str, title: Any) -> Act:
    return Act(
        slug=slug,
        section="measures",
        title=title,
        text=gettext_lazy("With prior notice of what, why and for how long; or at once, for an urgent reason."),
        button=gettext_lazy("Do it"),
        done=gettext_lazy("The measure is recorded, and the contractor is written to."),
        states=LIVING,
        form=lambda data, _subject: MeasureForm(data, kind),
        foresee=lambda subject, told: _foreseen(kind, subject, told),
        do=lambda person, subject, told: _do(kind, person, subject, told),
    )


def _termination_foreseen(_subject: Subject, told: Told) -> Consequences:
    named = GROUNDS[Catalogue.TERMINATION][told["ground"]]
    return Consequences(
        tiles=(Tile(_("Article"), text=named.article, beside=named.words.in_language(get_language() or "ja")),),
        notes=(
            _("Nothing happens until another person approves it."),
            _("With the approval the contract ends at that instant, without notice."),
        ),
    )


ACTS = (
    _measure_act(MeasureKind.SUSPENSION, "suspend", gettext_lazy("Suspend the service")),
    _measure_act(MeasureKind.RESTRICTION, "restrict", gettext_lazy("Restrict functions")),
    _measure_act(MeasureKind.INTERRUPTION, "interrupt", gettext_lazy("Interrupt the service")),
    Act(
        slug="terminate",
        section="measures",
        title=gettext_lazy("Propose a termination"),
        text=gettext_lazy("One person proposes, another approves (Article 18)."),
        button=gettext_lazy("Propose it"),
        done=gettext_lazy("The proposal waits for another person."),
        states=NOT_OVER,
        permission="contracts.terminate",
        form=lambda data, _subject: TerminationForm(data),
        foresee=_termination_foreseen,
        do=lambda person, subject, told: measures.propose_termination(person, contract=subject.contract, **told),
    ),
)
