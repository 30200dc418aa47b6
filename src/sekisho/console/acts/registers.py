"""The registers of one contract: prohibited acts, disputes, confidential information (Arts. 19, 37, 40)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sekisho.apps.accounts.models import Person
from sekisho.apps.registers import actions
from sekisho.apps.registers.models import Side
from sekisho.terms.grounds import GROUNDS, Catalogue, ground_named
from sekisho.terms.secrecy import DisclosedBy, oral_secret_confirmation_due

from ..acting import Consequences, Tile
from ..forms import fields
from .act import EVER, Act, Subject, Told


class CaseForm(forms.Form):
    ground = forms.ChoiceField(label=gettext_lazy("Ground"), required=False)
    facts = fields.text(gettext_lazy("What happened"), required=True)
    occurred_at = fields.moment(gettext_lazy("When it happened (Tokyo)"), required=True)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        language = get_language() or "ja"
        self.fields["ground"].choices = [
            *(
                (one.code, f"{one.article} {one.words.in_language(language)}")
                for one in GROUNDS[Catalogue.PROHIBITED_ACT].values()
            ),
            ("", f"26-1 {_('Needed by the operations')}"),
        ]


class DisputeForm(forms.Form):
    matter = fields.text(gettext_lazy("On what the parties do not agree"), required=True)


class SecretForm(forms.Form):
    title = fields.line(gettext_lazy("What it is"), required=True)
    told_by = forms.ChoiceField(
        label=gettext_lazy("Who told it"),
        choices=[
            (Side.CONTRACTOR.value, gettext_lazy("The contractor")),
            (Side.CARRIER.value, gettext_lazy("The carrier")),
        ],
    )
    disclosed_by = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[
            (DisclosedBy.DOCUMENT.value, gettext_lazy("In a document")),
            (DisclosedBy.WORD_OF_MOUTH.value, gettext_lazy("By word of mouth")),
            (DisclosedBy.SERVICE_INTERNALS.value, gettext_lazy("The service's own internals")),
        ],
    )
    disclosed_on = fields.day(gettext_lazy("On which day"), required=True)
    marked = forms.BooleanField(label=gettext_lazy("The document is marked as confidential"), required=False)


class DisclosureForm(forms.Form):
    """What would be given to whom, by what right, and the paper it rests on (Art. 38-4)."""

    basis = forms.ChoiceField(label=gettext_lazy("By what right"))
    recipient = fields.line(gettext_lazy("To whom"), required=True)
    items = fields.text(gettext_lazy("Which data, one a line"), required=True)
    reference = fields.line(gettext_lazy("The paper it rests on"), gettext_lazy("A consent, a warrant."), required=True)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        language = get_language() or "ja"
        self.fields["basis"].choices = [
            (one.code, f"{one.article} {one.words.in_language(language)}")
            for one in GROUNDS[Catalogue.DISCLOSURE].values()
        ]


def _disclosure_foreseen(_subject: Subject, told: Told) -> Consequences:
    article = ground_named(Catalogue.DISCLOSURE, told["basis"]).article
    items = [line for line in told["items"].splitlines() if line.strip()]
    return Consequences(
        tiles=(Tile(_("Article"), text=article), Tile(_("Items"), text=str(len(items)))),
        notes=(_("Nothing is given to anybody until another person approves it; the record is kept for three years."),),
    )


def _propose_disclosure(person: Person, subject: Subject, told: Told) -> object:
    items = [line.strip() for line in told["items"].splitlines() if line.strip()]
    return actions.propose_disclosure(person, contract=subject.contract, **{**told, "items": items})


def _case_foreseen(_subject: Subject, told: Told) -> Consequences:
    article = ground_named(Catalogue.PROHIBITED_ACT, told["ground"]).article if told["ground"] else "26-1"
    return Consequences(
        tiles=(Tile(_("Article"), text=article),),
        notes=(_("A case changes nothing by itself; measures are taken from it, each by a person."),),
    )


def _secret_foreseen(_subject: Subject, told: Told) -> Consequences:
    if told["disclosed_by"] != DisclosedBy.WORD_OF_MOUTH:
        return Consequences(notes=(_("It is kept in the register from now on."),))
    due = oral_secret_confirmation_due(told["disclosed_on"])
    article = f"{_('Article')} {due.article}"
    return Consequences(tiles=(Tile(_("To be confirmed in writing by"), day=due.value, beside=article),))


def _record_secret(person: Person, subject: Subject, told: Told) -> object:
    chosen = {"told_by": Side(told["told_by"]), "disclosed_by": DisclosedBy(told["disclosed_by"])}
    return actions.record_secret(person, contract=subject.contract, **{**told, **chosen})


ACTS = (
    Act(
        slug="open-case",
        section="registers",
        title=gettext_lazy("Open a case"),
        text=gettext_lazy("One of the fifteen prohibited acts of Article 19-1, or a need of the operations."),
        button=gettext_lazy("Open it"),
        done=gettext_lazy("The case is open."),
        states=EVER,
        form=lambda data, _subject: CaseForm(data),
        foresee=_case_foreseen,
        do=lambda person, subject, told: actions.open_case(person, contract=subject.contract, **told),
    ),
    Act(
        slug="open-dispute",
        section="registers",
        title=gettext_lazy("Open a dispute"),
        button=gettext_lazy("Open it"),
        done=gettext_lazy("The dispute is open."),
        states=EVER,
        form=lambda data, _subject: DisputeForm(data),
        foresee=lambda _subject, _told: Consequences(
            notes=(_("The parties talk first, and each talk is noted; only then can it go to court (Article 40-1)."),)
        ),
        do=lambda person, subject, told: actions.open_dispute(person, contract=subject.contract, **told),
    ),
    Act(
        slug="record-secret",
        section="registers",
        title=gettext_lazy("Record confidential information"),
        button=gettext_lazy("Record it"),
        done=gettext_lazy("It is recorded."),
        states=EVER,
        form=lambda data, _subject: SecretForm(data),
        foresee=_secret_foreseen,
        do=_record_secret,
    ),
    Act(
        slug="disclose",
        section="registers",
        title=gettext_lazy("Propose a disclosure of personal data"),
        text=gettext_lazy("One person proposes, another approves (Article 38-4)."),
        button=gettext_lazy("Propose it"),
        done=gettext_lazy("The proposal waits for another person."),
        states=EVER,
        form=lambda data, _subject: DisclosureForm(data),
        foresee=_disclosure_foreseen,
        do=_propose_disclosure,
    ),
)
