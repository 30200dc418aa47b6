"""Who the contractors are: joint ones, changed names, a representative, assignment, merger, split (Arts. 9, 15, 16)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sekisho.apps.accounts.actions import add_organisation
from sekisho.apps.accounts.models import Organisation, OrganisationKind, Person
from sekisho.apps.contracts.actions import parties
from sekisho.apps.contracts.actions.parties import PartyFacts
from sekisho.apps.contracts.actions.parties.joining import check_leaving
from sekisho.apps.contracts.models import ContractParty
from sekisho.apps.contracts.queries.parties import PartyOn, parties_on
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.due import succession_filing_due
from sekisho.terms.moments import tokyo_date
from sekisho.terms.parties import Transfer as TransferKind

from ..acting import Consequences, Tile
from ..forms import fields
from .act import NOT_OVER, Act, Subject, Told

FACTS = PartyFacts._fields


class FactsForm(forms.Form):
    """What a party is called and where it sits, from a day on."""

    name = fields.line(gettext_lazy("Name of the company"), required=True)
    name_en = fields.line(gettext_lazy("Name in English"))
    address = fields.line(gettext_lazy("Address"))
    representative = fields.line(gettext_lazy("Its representative (person)"))
    corporate_number = fields.line(gettext_lazy("Corporate number (13 digits)"))


class EnterForm(FactsForm):
    since_on = fields.day(gettext_lazy("A contractor from"), required=True)
    represents = forms.BooleanField(label=gettext_lazy("Represents the joint contractors"), required=False)


class OfPartyForm(forms.Form):
    """A form about one of the parties of today."""

    def __init__(self, data: Any, subject: Subject, **more: Any) -> None:
        super().__init__(data, **more)
        self.parties = present(subject)
        self.fields["party"] = forms.ChoiceField(
            label=_("Which contractor"), choices=[(str(one.party.pk), one.data.name) for one in self.parties]
        )
        self.order_fields(["party"])

    def clean_party(self) -> ContractParty:
        return next(one.party for one in self.parties if str(one.party.pk) == self.cleaned_data["party"])


class ChangeForm(OfPartyForm, FactsForm):
    changed_on = fields.day(gettext_lazy("Day of the change"), required=True)
    arrived_on = fields.day(gettext_lazy("Day on which the notice arrived"), required=True)
    proof = fields.line(gettext_lazy("The paper that proves it"), required=True)

    def __init__(self, data: Any, subject: Subject) -> None:
        known = present(subject)
        initial = {name: getattr(known[0].data, name) for name in FACTS} if len(known) == 1 else {}
        super().__init__(data, subject, initial={**initial, "arrived_on": tokyo_date(clock.now())})


class LeaveForm(OfPartyForm):
    until_on = fields.day(gettext_lazy("Last day as a contractor"), required=True)


class RepresentForm(OfPartyForm):
    from_on = fields.day(gettext_lazy("From which day"), required=True)


class TransferForm(OfPartyForm, FactsForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("How it passes"),
        choices=[
            (TransferKind.ASSIGNMENT.value, gettext_lazy("Assignment, with our written consent")),
            (TransferKind.MERGER.value, gettext_lazy("Merger")),
            (TransferKind.COMPANY_SPLIT.value, gettext_lazy("Company split")),
        ],
    )
    effective_on = fields.day(gettext_lazy("From which day"), required=True)
    consent_document = fields.line(gettext_lazy("Our written consent"), gettext_lazy("For an assignment."))
    announced_on = fields.day(gettext_lazy("Announced on"), gettext_lazy("For a merger or split."))


def present(subject: Subject) -> list[PartyOn]:
    return parties_on(current(), subject.contract, tokyo_date(clock.now()))


def _organisation(person: Person, told: Told) -> Organisation:
    """The organisation of that name; one that nobody knows is entered now."""
    known = Organisation.objects.filter(kind=OrganisationKind.CONTRACTOR, name=told["name"].strip()).first()
    return known or add_organisation(
        person, kind=OrganisationKind.CONTRACTOR, name=told["name"].strip(), name_en=told["name_en"]
    )


def _facts(told: Told) -> PartyFacts:
    return PartyFacts(**{name: told[name] for name in FACTS})


def _enter(person: Person, subject: Subject, told: Told) -> object:
    return parties.enter_party(
        person,
        contract=subject.contract,
        organisation=_organisation(person, told),
        facts=_facts(told),
        since_on=told["since_on"],
        represents=told["represents"],
    )


def _change(person: Person, _subject: Subject, told: Told) -> object:
    asked = {name: told[name] for name in ("party", "changed_on", "arrived_on", "proof")}
    return parties.change_party(person, facts=_facts(told), **asked)


def _transfer(person: Person, _subject: Subject, told: Told) -> object:
    to, kind = _organisation(person, told), TransferKind(told["kind"])
    if kind is TransferKind.ASSIGNMENT:
        return parties.assign(
            person,
            party=told["party"],
            to=to,
            facts=_facts(told),
            effective_on=told["effective_on"],
            consent_document=told["consent_document"],
        )
    return parties.succeed(
        person,
        parties=[told["party"]],
        kind=kind,
        successor=to,
        facts=_facts(told),
        effective_on=told["effective_on"],
        announced_on=told["announced_on"],
    )


def _entering(_subject: Subject, told: Told) -> Consequences:
    return Consequences(
        tiles=(Tile(_("A contractor from"), day=told["since_on"]),),
        notes=(_("Joint contractors each answer for all debts of their time (Article 33)."),),
    )


def _changing(_subject: Subject, told: Told) -> Consequences:
    days = (told["arrived_on"] - told["changed_on"]).days
    return Consequences(
        tiles=(Tile(_("New data from"), day=told["changed_on"]), Tile(_("Days until the notice"), text=str(days))),
        notes=(_("Papers that were issued keep what was known when they were issued."),),
    )


def _leaving(_subject: Subject, told: Told) -> Consequences:
    check_leaving(told["party"], told["until_on"])
    return Consequences(
        tiles=(Tile(_("Last day as a contractor"), day=told["until_on"]),),
        notes=(_("It goes on answering for the debts of its time (Article 33)."),),
    )


def _transferring(_subject: Subject, told: Told) -> Consequences:
    tiles = [Tile(_("Passes on"), day=told["effective_on"])]
    if told["kind"] != TransferKind.ASSIGNMENT:
        tiles.append(Tile(_("Filing due by"), day=succession_filing_due(told["effective_on"]).value))
    return Consequences(
        tiles=tuple(tiles),
        notes=(
            _("Debts, minimum terms and joint liability pass with the contract."),
            _("Tasks are opened: accounts, screening and, where there is one, the domain."),
        ),
    )


ACTS = (
    Act(
        slug="change-party",
        section="parties",
        title=gettext_lazy("Enter changed data"),
        button=gettext_lazy("Record the change"),
        done=gettext_lazy("The change is recorded."),
        states=NOT_OVER,
        form=ChangeForm,
        foresee=_changing,
        do=_change,
    ),
    Act(
        slug="enter-party",
        section="parties",
        title=gettext_lazy("Add a joint contractor"),
        button=gettext_lazy("Add it"),
        done=gettext_lazy("The contractor is added."),
        states=NOT_OVER,
        form=lambda data, _subject: EnterForm(data),
        foresee=_entering,
        do=_enter,
    ),
    Act(
        slug="leave-party",
        section="parties",
        title=gettext_lazy("A joint contractor leaves"),
        button=gettext_lazy("Record it"),
        done=gettext_lazy("The last day is recorded."),
        states=NOT_OVER,
        form=LeaveForm,
        foresee=_leaving,
        do=lambda person, _subject, told: parties.leave_party(person, **told),
    ),
    Act(
        slug="represent",
        section="parties",
        title=gettext_lazy("Another representative"),
        button=gettext_lazy("Record it"),
        done=gettext_lazy("The representative is recorded."),
        states=NOT_OVER,
        form=RepresentForm,
        foresee=lambda _subject, told: Consequences(
            tiles=(Tile(_("From"), day=told["from_on"]),),
            notes=(_("From that day on notices and invoices go to this contractor."),),
        ),
        do=lambda person, _subject, told: parties.choose_representative(person, **told),
    ),
    Act(
        slug="transfer",
        section="parties",
        title=gettext_lazy("Pass the contract to another party"),
        button=gettext_lazy("Pass it on"),
        done=gettext_lazy("The transfer is recorded."),
        states=NOT_OVER,
        form=TransferForm,
        foresee=_transferring,
        do=_transfer,
    ),
)
