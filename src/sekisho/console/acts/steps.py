"""How a measure goes on, as data: taken, its letter noted, taken back, lifted; a termination approved or rejected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.billing.queries.receivables import overdue_debts
from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.actions.measures.taking import check_taking
from sekisho.apps.contracts.actions.measures.terminating import check_approval
from sekisho.apps.contracts.models import Measure, MeasureKind
from sekisho.apps.contracts.queries import told_of, what_leaving_costs
from sekisho.apps.contracts.queries.measures import MeasureState, state_of
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.minimum import EndedBy
from sekisho.terms.moments import tokyo, tokyo_date

from ..acting import Consequences, Tile
from ..forms import fields
from .act import Told

OVERLAID = frozenset({MeasureKind.INTERRUPTION, MeasureKind.RESTRICTION, MeasureKind.SUSPENSION})
TERMINATION = frozenset({MeasureKind.TERMINATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureAct:
    """``kinds`` and ``state``: which measures it is offered for."""

    slug: str
    title: Any
    button: Any
    done: Any
    text: Any = ""
    kinds: frozenset[MeasureKind]
    state: MeasureState
    permission: str = "contracts.manage"
    form: Callable[[Any], forms.Form]
    foresee: Callable[[Person, Measure, Told], Consequences]
    do: Callable[[Person, Measure, Told], object]

    def is_for(self, measure: Measure) -> bool:
        return measure.kind in self.kinds and state_of(measure) is self.state


class LetterForm(forms.Form):
    arrived_at = fields.moment(gettext_lazy("When it arrived (Tokyo)"), required=True)
    note = fields.line(gettext_lazy("How it went, and the proof of its arrival"), required=True)


def steps_of(person: Person, measure: Measure) -> list[MeasureAct]:
    """What this person can do with the measure as it stands."""
    return [step for step in STEPS.values() if step.is_for(measure) and allowed(person, step.permission)]


def _taking(_person: Person, measure: Measure, _told: Told) -> Consequences:
    starts_at = check_taking(measure, paid=_is_paid(measure))
    notes = [_("The contractor was given notice before.")]
    if measure.kind == MeasureKind.SUSPENSION:
        notes.append(_("Monthly fees go on while the service is suspended."))
    return Consequences(tiles=(_instant(_("From"), starts_at), _article(measure)), notes=tuple(notes))


def _lifting(_person: Person, measure: Measure, _told: Told) -> Consequences:
    return Consequences(
        tiles=(_instant(_("Ends"), clock.now()),),
        notes=(_("The service is as it was before, and the contractor is written to."),),
    )


def _approving(person: Person, measure: Measure, _told: Told) -> Consequences:
    effect = check_approval(person, measure)
    on = tokyo_date(effect)
    costs = what_leaving_costs(measure.contract, on, ended_by=EndedBy.CARRIER, history=told_of(measure.contract))
    total = sum(item.charge.value for item in costs)
    return Consequences(
        tiles=(
            _instant(_("The contract ends"), effect),
            _article(measure),
            Tile(_("Early termination charge"), yen=total),
        ),
        notes=(_("This cannot be taken back."),),
        charges=costs,
    )


def _nothing_happens(_person: Person, _measure: Measure, _told: Told) -> Consequences:
    return Consequences(notes=(_("The contract goes on as it is."),))


def _noting(_person: Person, measure: Measure, told: Told) -> Consequences:
    return Consequences(
        tiles=(_instant(_("Notice given"), told["arrived_at"]), _instant(_("From"), measure.starts_at)),
        notes=(_("Only a notice that arrived before the measure begins allows it."),),
    )


def _instant(name: str, at: Any) -> Tile:
    return Tile(name, text=f"{tokyo(at):%Y-%m-%d %H:%M}")


def _article(measure: Measure) -> Tile:
    return Tile(_("Article"), text=measure.article)


def _is_paid(measure: Measure) -> bool:
    """Whether what a measure was announced for has been paid meanwhile."""
    return not overdue_debts(current(), tokyo_date(clock.now()), [measure.contract_id])


def _steps(*steps: MeasureAct) -> dict[str, MeasureAct]:
    return {step.slug: step for step in steps}


STEPS = _steps(
    MeasureAct(
        slug="take",
        title=gettext_lazy("Take the measure"),
        button=gettext_lazy("Take it"),
        done=gettext_lazy("The measure is in force."),
        kinds=OVERLAID,
        state=MeasureState.ANNOUNCED,
        form=fields.Nothing,
        foresee=_taking,
        do=lambda person, measure, _told: measures.take(person, measure=measure, paid=_is_paid(measure)),
    ),
    MeasureAct(
        slug="letter",
        title=gettext_lazy("The notice went by letter"),
        text=gettext_lazy("For a notice that arrived by another way than our mail, such as registered post."),
        button=gettext_lazy("Record it"),
        done=gettext_lazy("The letter is recorded."),
        kinds=OVERLAID | TERMINATION,
        state=MeasureState.ANNOUNCED,
        form=LetterForm,
        foresee=_noting,
        do=lambda person, measure, told: measures.note_letter(person, measure=measure, **told),
    ),
    MeasureAct(
        slug="withdraw",
        title=gettext_lazy("Take the announcement back"),
        button=gettext_lazy("Take it back"),
        done=gettext_lazy("The measure will not be taken; the contractor is written to."),
        kinds=OVERLAID,
        state=MeasureState.ANNOUNCED,
        form=fields.ReasonForm,
        foresee=_nothing_happens,
        do=lambda person, measure, told: measures.withdraw(person, measure=measure, **told),
    ),
    MeasureAct(
        slug="lift",
        title=gettext_lazy("Lift the measure"),
        button=gettext_lazy("Lift it"),
        done=gettext_lazy("The measure is lifted."),
        kinds=OVERLAID,
        state=MeasureState.TAKEN,
        form=fields.ReasonForm,
        foresee=_lifting,
        do=lambda person, measure, told: measures.lift(person, measure=measure, **told),
    ),
    MeasureAct(
        slug="approve",
        title=gettext_lazy("Approve the termination"),
        text=gettext_lazy("One person proposes, another approves (Article 18)."),
        button=gettext_lazy("Approve: the contract ends now"),
        done=gettext_lazy("The contract is terminated."),
        kinds=TERMINATION,
        state=MeasureState.ANNOUNCED,
        permission="contracts.terminate",
        form=fields.Nothing,
        foresee=_approving,
        do=lambda person, measure, _told: measures.approve_termination(person, measure=measure),
    ),
    MeasureAct(
        slug="reject",
        title=gettext_lazy("Reject the termination"),
        button=gettext_lazy("Reject"),
        done=gettext_lazy("The proposal is off the table."),
        kinds=TERMINATION,
        state=MeasureState.ANNOUNCED,
        permission="contracts.terminate",
        form=fields.ReasonForm,
        foresee=_nothing_happens,
        do=lambda person, measure, told: measures.reject_termination(person, measure=measure, **told),
    ),
)
