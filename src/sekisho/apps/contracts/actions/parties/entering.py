"""Who enters the register when a contract is made: the applicant, and the joint contractors whom its form names.

The applicant represents them: it is the one who signs and with whom the house has dealt so far (Art. 9-1).
"""

from __future__ import annotations

from sekisho.apps.accounts.actions import add_organisation
from sekisho.apps.accounts.models import Organisation, OrganisationKind
from sekisho.apps.audit.actions import Actor
from sekisho.terms.moments import tokyo_date

from ...forms import ApplicationForm, Contractor
from ...models import Contract, ContractParty, PartyData
from .joining import PartyFacts, enter_party


def enter_contractors(actor: Actor, contract: Contract, form: ApplicationForm) -> list[ContractParty]:
    """Everybody who applied is a party from the Tokyo day of the acceptance on; the representative comes first."""
    since_on = tokyo_date(contract.accepted_at)
    coming = [(contract.contractor, _facts_of_applicant(contract.contractor, form.contractor))]
    coming += [(_organisation_of(actor, joint), _facts(joint)) for joint in form.joint_contractors]
    return [
        enter_party(actor, contract=contract, organisation=organisation, facts=facts, since_on=since_on)
        for organisation, facts in coming
    ]


def _facts_of_applicant(applicant: Organisation, written: Contractor) -> PartyFacts:
    """As the form says; what it leaves open is what the house calls the applicant."""
    facts = _facts(written)
    return facts._replace(name=facts.name or applicant.name, name_en=facts.name_en or applicant.name_en)


def _facts(written: Contractor) -> PartyFacts:
    return PartyFacts(**{name: getattr(written, name).strip() for name in PartyFacts._fields})


def _organisation_of(actor: Actor, joint: Contractor) -> Organisation:
    """The organisation that is known by the corporate number, or a new one: a name alone proves nobody's identity."""
    number = joint.corporate_number.strip()
    known = PartyData.objects.filter(corporate_number=number).order_by("-id") if number else PartyData.objects.none()
    data = known.select_related("party__organisation").first()
    if data is not None:
        return data.party.organisation
    return add_organisation(
        actor, kind=OrganisationKind.CONTRACTOR, name=joint.name.strip(), name_en=joint.name_en.strip()
    )
