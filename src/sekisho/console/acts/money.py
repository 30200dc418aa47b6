"""Money of one contract beyond the ordinary: an agreed fee (Art. 27-2), a reduction by two people (34-2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sekisho.apps.billing.actions.credits import propose_goodwill
from sekisho.apps.billing.actions.fees import agree_fee
from sekisho.apps.tariff.items import CLOSED_ITEMS
from sekisho.terms.grounds import GROUNDS, Catalogue

from ..acting import Consequences, Tile
from ..forms import fields
from .act import EVER, NOT_OVER, Act, Subject, Told


class FeeForm(forms.Form):
    item = forms.ChoiceField(label=gettext_lazy("Item"))
    yen = fields.yen(gettext_lazy("Fee in yen, without tax"))
    from_on = fields.day(gettext_lazy("From which day"), required=True)
    ground = forms.ChoiceField(label=gettext_lazy("Ground"))
    explanation = fields.text(gettext_lazy("What happened"), gettext_lazy("Needed for the open ground."))
    agreement = fields.line(gettext_lazy("The signed record of the agreement"), required=True)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        language = get_language() or "ja"
        self.fields["item"].choices = [(code, words.in_language(language)) for code, words in CLOSED_ITEMS.items()]
        self.fields["ground"].choices = [
            (one.code, f"{one.article} {one.words.in_language(language)}")
            for one in GROUNDS[Catalogue.FEE_CHANGE].values()
        ]


class GoodwillForm(forms.Form):
    month = fields.day(gettext_lazy("A day of the month that it is about"), required=True)
    yen = fields.yen(gettext_lazy("Reduction in yen, without tax"))
    reason = fields.reason()


def _fee_foreseen(_subject: Subject, told: Told) -> Consequences:
    return Consequences(
        tiles=(
            Tile(_("Fee in yen, without tax"), yen=told["yen"]),
            Tile(_("From"), day=told["from_on"]),
        ),
        notes=(_("It stands instead of the list's price, for this contract alone."),),
    )


def _goodwill_foreseen(_subject: Subject, told: Told) -> Consequences:
    return Consequences(
        tiles=(Tile(_("Off the next invoice"), yen=-told["yen"]),),
        notes=(_("Nothing happens until another person approves it."),),
    )


ACTS = (
    Act(
        slug="agree-fee",
        section="money",
        title=gettext_lazy("Agree on a fee"),
        button=gettext_lazy("Record the agreement"),
        done=gettext_lazy("The fee is agreed."),
        states=NOT_OVER,
        permission="billing.approve",
        form=lambda data, _subject: FeeForm(data),
        foresee=_fee_foreseen,
        do=lambda person, subject, told: agree_fee(person, contract=subject.contract, **told),
    ),
    Act(
        slug="goodwill",
        section="money",
        title=gettext_lazy("Propose a reduction"),
        button=gettext_lazy("Propose it"),
        done=gettext_lazy("The proposal waits for another person."),
        states=EVER,
        permission="billing.manage",
        form=lambda data, _subject: GoodwillForm(data),
        foresee=_goodwill_foreseen,
        do=lambda person, subject, told: propose_goodwill(person, contract=subject.contract, **told),
    ),
)
