"""What the desk is warned of when somebody applies, and by what name the payer is known once it is accepted."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.accounts.actions import add_organisation
from sekisho.apps.accounts.models import Organisation, OrganisationKind
from sekisho.apps.billing.actions.following import follow_contracts
from sekisho.apps.billing.actions.payers import register_stated_names
from sekisho.apps.billing.jobs.monthly import BILLING
from sekisho.apps.billing.models import PayerName
from sekisho.apps.billing.payer_names import similarity_percent
from sekisho.apps.billing.queries.applicants import warnings_for
from sekisho.apps.contracts import actions as contracts
from sekisho.apps.contracts.actions import measures, parties
from sekisho.apps.contracts.actions.measures import Basis, Plan
from sekisho.apps.contracts.actions.parties import PartyFacts
from sekisho.apps.contracts.models import ContractParty, MeasureKind, PartyData
from sekisho.apps.contracts.queries import scope_of
from sekisho.terms.parties import Transfer as TransferKind

from ..contracts.forms_of_tests import accepted, draft, refusal, screened, submitted
from ..world import EVERYTHING, NOW, TESTER, World
from .debtors import invoiced, issuer

NUMBER = "7000012050002"
LATE = dt.date(2026, 4, 30)


@pytest.fixture
def newcomer(seeing_all: World) -> Organisation:
    return add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社若葉商事")


def suspended(world: World) -> None:
    plan = Plan(
        kind=MeasureKind.SUSPENSION,
        basis=Basis.SUSPENSION,
        ground="harm_to_facilities",
        fact="収容設備の輻輳",
        reason="設備の保護",
        period="原因の除去まで",
        starts_at=NOW,
    )
    measures.take_urgently(world.carrier, contract=world.contract, plan=plan, urgent_reason="輻輳")


def registered(world: World) -> ContractParty:
    """The owner in the register of its contract's parties."""
    contract = world.contract
    return contract.parties.first() or parties.enter_party(
        TESTER,
        contract=contract,
        organisation=contract.contractor,
        facts=PartyFacts(contract.contractor.name),
        since_on=dt.date(2026, 4, 1),
    )


def merged(world: World, successor: Organisation) -> None:
    facts = PartyFacts(successor.name)
    parties.succeed(
        world.carrier,
        parties=[registered(world)],
        kind=TransferKind.MERGER,
        successor=successor,
        facts=facts,
        effective_on=dt.date(2026, 5, 10),
        announced_on=dt.date(2026, 3, 1),
    )


def said(application) -> list[tuple[str, str, str]]:
    found = warnings_for(EVERYTHING, application)
    assert all(one.words.ja and one.words.en for one in found)
    return [(one.ground, one.article, one.contract) for one in found]


def test_of_who_pays_and_was_never_stopped_nothing_is_said(seeing_all: World) -> None:
    invoiced(seeing_all.contract, due_on=dt.date(2026, 5, 29))
    assert said(submitted(seeing_all.owner.organisation)) == []


@pytest.mark.article("11-2(3)")
def test_arrears_of_the_applicant_are_shown_with_its_application_and_refuse_nothing(seeing_all: World) -> None:
    invoiced(seeing_all.contract, 110_000, LATE)
    application = submitted(seeing_all.owner.organisation)
    (warning,) = warnings_for(EVERYTHING, application)
    assert (warning.ground, warning.article, warning.on) == ("credit_risk", "11-2(3)", LATE)
    assert "110,000" in warning.words.ja
    screened(seeing_all.owner.organisation)
    assert contracts.accept_application(TESTER, application=application).number


@pytest.mark.article("11-2(5)")
def test_a_suspension_of_an_earlier_contract_is_shown(seeing_all: World) -> None:
    suspended(seeing_all)
    number = seeing_all.contract.number
    assert said(submitted(seeing_all.owner.organisation)) == [("prior_termination", "11-2(5)", number)]
    assert said(submitted(seeing_all.stranger.organisation, "LINE-10")) == []


@pytest.mark.article("11-2(5)", "16-2")
def test_a_successor_is_shown_what_became_of_whom_it_succeeded(seeing_all: World, newcomer: Organisation) -> None:
    suspended(seeing_all)
    merged(seeing_all, newcomer)
    assert said(submitted(newcomer)) == [("prior_termination", "11-2(5)", seeing_all.contract.number)]


@pytest.mark.article("11-2(5)")
def test_a_company_that_registers_anew_is_known_by_its_corporate_number(
    seeing_all: World, newcomer: Organisation
) -> None:
    suspended(seeing_all)
    application = submitted(newcomer)
    assert said(application) == []
    party = registered(seeing_all)
    PartyData.objects.create(
        party=party,
        contract=party.contract,
        from_on=dt.date(2026, 4, 2),
        name="株式会社青葉製作所",
        corporate_number=NUMBER,
        told_at=NOW,
    )
    application.form = {**application.form, "contractor": {"corporate_number": NUMBER}}
    assert said(application) == [("prior_termination", "11-2(5)", seeing_all.contract.number)]


def test_only_those_who_see_all_contracts_are_told(seeing_all: World) -> None:
    suspended(seeing_all)
    application = submitted(seeing_all.owner.organisation)
    assert warnings_for(scope_of(seeing_all.owner), application) == []


@pytest.mark.article("10-1(1)")
def test_the_name_in_kana_on_the_accepted_form_is_the_name_of_its_payer(seeing_all: World) -> None:
    issuer()
    holder = seeing_all.owner.organisation
    contract = accepted(holder, contractor={"name_kana": "アオバセイサクショ"})
    follow_contracts(BILLING)
    (name,) = PayerName.objects.filter(organisation=holder)
    assert (name.name, name.registered) == ("アオバセイサクシヨ", True)
    assert similarity_percent("ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ", name.name) == 100
    assert register_stated_names(BILLING, [contract]) == 0, "told again it is no other name"


@pytest.mark.article("10-1(1)")
@pytest.mark.parametrize("kana", ["青葉製作所", "ｱｵﾊﾞｾｲｻｸｼｮ", "カブシキガイシャアオバセイサクショ", "Ａｏｂａ Ltd"])
def test_a_name_that_no_transfer_would_carry_keeps_the_form_a_draft(seeing_all: World, kana: str) -> None:
    application = draft(seeing_all.owner.organisation, contractor={"name_kana": kana})
    assert refusal(contracts.submit_application, TESTER, application=application) == ("party.kana", "10-1(1)")


@pytest.mark.article("10-1(1)")
def test_a_corporate_number_with_a_wrong_check_digit_keeps_the_form_a_draft(seeing_all: World) -> None:
    application = draft(seeing_all.owner.organisation, contractor={"corporate_number": "8000012050002"})
    answer = refusal(contracts.submit_application, TESTER, application=application)
    assert answer == ("party.corporate_number", "10-1(1)")
