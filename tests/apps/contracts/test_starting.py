"""From acceptance to service: the checklist, the start of service and of billing, and going back before it."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Application, Contact, Contract, Line
from sekisho.gateways.clock import StandingClock
from sekisho.terms.applications import LineKind
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import FactKind, at_start_of

from ..world import EVERYTHING, NOW, TESTER, World
from .forms_of_tests import CONSENTS, OFFICE, accepted, contacts, form, refusal, screened, started

TODAY = dt.date(2026, 5, 4)


def open_items(contract: Contract) -> list[str]:
    return [check.code for check in queries.checklist_of(EVERYTHING, contract) if check.refusal]


@pytest.mark.article("6-1(3)")
@pytest.mark.article("23-1")
def test_a_service_starts_when_every_item_of_its_checklist_is_done(seeing_all: World) -> None:
    contract = accepted(seeing_all.owner.organisation, options={"extra_accounts": 2, "retention_years": 3})
    too_soon = refusal(actions.start_service, TESTER, contract=contract, started_on=TODAY)
    assert too_soon == ("state.forbidden", "11-1")
    actions.begin_provisioning(TESTER, contract=contract)
    assert open_items(contract) == ["activation.no_device", "activation.no_phone", "activation.no_mail"]

    actions.confirm_as_built(TESTER, contract=contract, devices=1, mismatches=3)
    actions.set_contacts(TESTER, contract=contract, contacts=contacts())
    contract.line.active = False
    contract.line.save()
    assert open_items(contract) == ["line.not_active", "activation.not_as_stated"]
    down = refusal(actions.start_service, TESTER, contract=contract, started_on=TODAY)
    assert down == ("line.not_active", "7-1")

    contract.line.active = True
    contract.line.save()
    actions.confirm_as_built(TESTER, contract=contract, devices=1, mismatches=0)
    assert open_items(contract) == []
    actions.start_service(TESTER, contract=contract, started_on=TODAY)
    standing = queries.contract_at(EVERYTHING, contract, NOW)
    given = queries.entitlements_of(contract, NOW)
    assert (standing.state, standing.facts.started_on) == (ContractState.ACTIVE, TODAY)
    assert (given.portal_accounts, given.log_retention_years, given.clocked) == (3, 3, True)


@pytest.mark.article("6-1(3)")
def test_operations_cannot_start_without_a_first_contact(seeing_all: World) -> None:
    contract = accepted(seeing_all.owner.organisation)
    actions.begin_provisioning(TESTER, contract=contract)
    actions.confirm_as_built(TESTER, contract=contract, devices=1, mismatches=0)
    nobody = refusal(actions.start_service, TESTER, contract=contract, started_on=TODAY)
    assert nobody == ("activation.no_phone", "6-1(3)")
    mute = [Contact(name="田中", mail="a@b.example", confirmed_on=TODAY)]
    assert refusal(actions.set_contacts, TESTER, contract=contract, contacts=mute)[0] == "contract.no_first_contact"


@pytest.mark.article("27-1")
def test_billing_starts_with_the_service_or_later_and_can_be_moved_until_it_has(
    seeing_all: World, hand: StandingClock
) -> None:
    contract = accepted(seeing_all.owner.organisation)
    actions.set_contacts(TESTER, contract=contract, contacts=contacts())
    actions.begin_provisioning(TESTER, contract=contract)
    actions.confirm_as_built(TESTER, contract=contract, devices=1, mismatches=0)
    june, july = dt.date(2026, 6, 1), dt.date(2026, 7, 1)
    early = refusal(actions.start_service, TESTER, contract=contract, started_on=june, billing_from_on=TODAY)
    assert early == ("start.bad_day", "12-1")
    before = refusal(actions.start_service, TESTER, contract=contract, started_on=dt.date(2026, 5, 3))
    assert before == ("start.bad_day", "12-1")

    actions.start_service(TESTER, contract=contract, started_on=TODAY, billing_from_on=june)
    actions.start_billing(TESTER, contract=contract, on=july)
    told = queries.told_of(contract)
    assert [fact.first_on for fact in told.of_kind(FactKind.BILLING)] == [july]
    hand.move_to(at_start_of(july))
    assert refusal(actions.start_billing, TESTER, contract=contract, on=july) == ("billing.started", "27-1")


def test_a_planned_start_is_not_planned_twice(seeing_all: World) -> None:
    contract = started(seeing_all.owner.organisation, dt.date(2026, 6, 1))
    assert queries.contract_at(EVERYTHING, contract, NOW).state is ContractState.PROVISIONING
    again = refusal(actions.start_service, TESTER, contract=contract, started_on=dt.date(2026, 6, 2))
    assert again == ("start.planned", "12-1")


@pytest.mark.article("27-1")
def test_what_was_accepted_can_be_withdrawn_before_the_start_and_frees_the_line(seeing_all: World) -> None:
    mine = seeing_all.owner.organisation
    contract = accepted(mine)
    actions.withdraw_contract(TESTER, contract=contract, reason="都合")
    assert queries.contract_at(EVERYTHING, contract, NOW).state is ContractState.WITHDRAWN
    assert Contract.objects.get(pk=contract.pk).line_until_at == NOW
    assert OutboxRow.objects.filter(topic="contracts.withdraw_contract", contract_id=contract.pk).count() == 1
    assert accepted(mine).number == "SK100005"
    running = refusal(actions.withdraw_contract, TESTER, contract=seeing_all.contract)
    assert running == ("state.forbidden", "11-1")


@pytest.mark.article("7-1")
def test_a_line_that_is_ordered_with_the_service_is_a_condition_and_the_service_waits_for_it(
    seeing_all: World,
) -> None:
    holder = seeing_all.owner.organisation
    line = actions.register_line(TESTER, identifier="LINE-9", kind=LineKind.IP_NETWORK, holder=holder, active=False)
    plain = drafted(holder, line)
    assert refusal(actions.submit_application, TESTER, application=plain) == ("line.not_active", "7-1(2)")

    screened(holder)
    application = actions.submit_application(TESTER, application=drafted(holder, line, line_ordered=True))
    contract = actions.accept_application(TESTER, application=application)
    step = application.steps.get(act="accepted")
    assert step.details["on_condition_of_line"] == "LINE-9"
    actions.begin_provisioning(TESTER, contract=contract)
    actions.confirm_as_built(TESTER, contract=contract, devices=1, mismatches=0)
    actions.set_contacts(TESTER, contract=contract, contacts=contacts())
    assert open_items(contract) == ["line.not_active"]
    early = refusal(actions.start_service, TESTER, contract=contract, started_on=TODAY)
    assert early == ("line.not_active", "7-1")

    actions.register_line(TESTER, identifier="LINE-9", kind=LineKind.IP_NETWORK, holder=holder)
    contract.refresh_from_db()
    actions.start_service(TESTER, contract=contract, started_on=TODAY)
    assert queries.contract_at(EVERYTHING, contract, NOW).state is ContractState.ACTIVE


def drafted(applicant: Organisation, line: Line, **changes: object) -> Application:
    application = actions.draft_application(TESTER, applicant=applicant, line=line, form=form(**changes), office=OFFICE)
    for part in CONSENTS:
        actions.consent(TESTER, application=application, part=part)
    return application
