"""From application to acceptance, options, and a contract's states (Arts. 5 to 11, 14, 23 to 25, 27)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.applications import (
    AncillaryService,
    FormPart,
    LineKind,
    Received,
    acceptance_order_check,
    activation_refusals,
    ancillary_check,
    application_refusals,
    fee_change_check,
    line_check,
    partner_scope_check,
)
from sekisho.terms.contract_states import NEXT_STATES, ContractState, Overlay, overlay_check, transition_check
from sekisho.terms.minimum import TermKind
from sekisho.terms.options import account_check, long_logs_offered_until, option_stop_check
from sekisho.terms.values import Refusal, Value

from .moments_in_tokyo import at, on

FIRST = Received("AP-1", at("2026-04-01 09:00:00"))
SECOND = Received("AP-2", at("2026-04-01 09:00:01"))
S = ContractState


def code(answer: object) -> str:
    assert isinstance(answer, Refusal)
    assert answer.words.ja and answer.words.en
    return answer.code


@pytest.mark.article("7-1", "7-1(1)", "7-1(2)")
@pytest.mark.parametrize(("kind", "article"), [(LineKind.LAN_NETWORK, "7-1(1)"), (LineKind.IP_NETWORK, "7-1(2)")])
def test_contractors_of_the_two_line_services_may_apply(kind: LineKind, article: str) -> None:
    found = line_check(kind, line_active=True, has_contract=False)
    assert isinstance(found, Value)
    assert found.article == article
    assert code(line_check(kind, line_active=False, has_contract=False)) == "line.not_active"
    assert code(line_check(LineKind.OTHER, line_active=True, has_contract=False)) == "line.not_eligible"


@pytest.mark.article("8-1")
def test_a_line_has_one_contract() -> None:
    assert code(line_check(LineKind.LAN_NETWORK, line_active=True, has_contract=True)) == "line.has_contract"


@pytest.mark.article("10-1", "10-1(1)", "10-1(2)", "23-1", "24-3", "25-2")
@pytest.mark.parametrize(
    ("missing", "article"),
    [
        (FormPart.SERVICE, "10-1(1)"),
        (FormPart.PLAN, "10-1(1)"),
        (FormPart.ACCESS_ITEM, "10-1(1)"),
        (FormPart.SECURITY_POLICY, "10-1(2)"),
        (FormPart.DISCLAIMERS_ACCEPTED, "24-3"),
        (FormPart.MONITORING_CONSENT, "25-2"),
    ],
)
def test_an_application_says_what_it_still_lacks(missing: FormPart, article: str) -> None:
    assert application_refusals(list(FormPart)) == ()
    (found,) = application_refusals([part for part in FormPart if part is not missing])
    assert (found.code, found.article) == ("application.incomplete", article)


@pytest.mark.article("11-1", "14-2")
def test_applications_are_decided_in_the_order_of_their_receipt() -> None:
    queue = [SECOND, FIRST]
    assert isinstance(acceptance_order_check("AP-1", queue), Value)
    assert code(acceptance_order_check("AP-2", queue)) == "acceptance.out_of_order"
    assert isinstance(acceptance_order_check("AP-2", queue, "the line starts tomorrow"), Value)
    assert code(acceptance_order_check("AP-3", queue)) == "acceptance.not_in_queue"


@pytest.mark.article("11-1")
def test_an_incomplete_application_holds_nobody_up() -> None:
    queue = [FIRST._replace(complete=False), SECOND]
    assert isinstance(acceptance_order_check("AP-2", queue), Value)
    assert code(acceptance_order_check("AP-1", queue)) == "acceptance.not_in_queue"


@pytest.mark.article("6-1(3)", "23-1")
@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ((True, "+81312345678", ["soc@example.com"], 0), []),
        ((False, "", [], 0), []),
        ((True, " ", ["soc@example.com"], 0), ["activation.no_phone"]),
        ((True, "+81312345678", [""], 0), ["activation.no_mail"]),
        ((False, "", [], 2), ["activation.not_as_stated"]),
        ((True, "", [], 1), ["activation.no_phone", "activation.no_mail", "activation.not_as_stated"]),
    ],
)
def test_a_service_starts_when_it_can_notify_and_is_configured_as_stated(
    facts: tuple[bool, str, list[str], int], codes: list[str]
) -> None:
    assert [r.code for r in activation_refusals(*facts)] == codes


@pytest.mark.article("5-1")
def test_ancillary_addresses_are_ipv4() -> None:
    assert code(ancillary_check(AncillaryService.IP_ADDRESS, 6)) == "ancillary.ipv4_only"
    assert all(isinstance(ancillary_check(service), Value) for service in AncillaryService)


@pytest.mark.article("27-2")
def test_a_fee_changes_with_an_agreement_on_record() -> None:
    assert code(fee_change_check(" ")) == "fee_change.no_agreement"
    assert isinstance(fee_change_check("minutes of 2026-04-01"), Value)


@pytest.mark.article("25-1")
def test_the_partner_sees_contracts_with_operations_alone() -> None:
    assert code(partner_scope_check(operations=False)) == "partner.no_operations"
    assert isinstance(partner_scope_check(operations=True), Value)


@pytest.mark.article("6-1(1)", "6-1(2)")
@pytest.mark.parametrize(
    ("existing", "extra", "expected"),
    [(0, 0, "6-1(1)"), (1, 0, "account.limit_reached"), (1, 2, "6-1(2)"), (2, 2, "6-1(2)"), (3, 2, None)],
)
def test_one_account_is_included_and_each_option_adds_one(existing: int, extra: int, expected: str | None) -> None:
    found = account_check(existing, extra)
    said = found.article if isinstance(found, Value) else found.code
    assert said == (expected or "account.limit_reached")


@pytest.mark.article("6-1(2)")
def test_the_report_does_not_stop_alone_while_its_meeting_goes_on() -> None:
    report, meeting = TermKind.MONITORING_REPORT, TermKind.REPORT_MEETING
    assert code(option_stop_check([report], [report, meeting])) == "option.meeting_needs_report"
    assert isinstance(option_stop_check([report, meeting], [report, meeting]), Value)
    assert isinstance(option_stop_check([meeting], [report, meeting]), Value)
    assert isinstance(option_stop_check([report], [report]), Value)


@pytest.mark.article("6-1(2)")
def test_long_kept_logs_are_offered_for_thirty_days_after_their_option() -> None:
    assert long_logs_offered_until(on("2026-03-10")).value == on("2026-04-09")


@pytest.mark.article("11-2", "12-1", "17-1", "38-5")
@pytest.mark.parametrize(
    ("state", "following"),
    [
        (S.APPLIED, S.ACCEPTED), (S.APPLIED, S.REFUSED), (S.ACCEPTED, S.PROVISIONING), (S.PROVISIONING, S.ACTIVE),
        (S.ACTIVE, S.NOTICE_GIVEN), (S.ACTIVE, S.ENDED), (S.NOTICE_GIVEN, S.ENDED), (S.ENDED, S.RETENTION),
        (S.RETENTION, S.ERASED),
    ],
)  # fmt: skip
def test_a_contract_goes_from_application_to_erasure(state: ContractState, following: ContractState) -> None:
    assert isinstance(transition_check(state, following), Value)
    back = transition_check(following, state)
    assert isinstance(back, Value) is (following is S.NOTICE_GIVEN)  # only a cancellation can be taken back


@pytest.mark.article("10-1", "18-1")
@pytest.mark.parametrize(
    ("state", "following"),
    [(S.APPLIED, S.ACTIVE), (S.REFUSED, S.ACCEPTED), (S.ENDED, S.ACTIVE), (S.ACTIVE, S.ERASED), (S.ERASED, S.APPLIED)],
)
def test_forbidden_ways_are_refused(state: ContractState, following: ContractState) -> None:
    assert code(transition_check(state, following)) == "state.forbidden"


@pytest.mark.article("20-1", "21-1", "24-1")
@pytest.mark.parametrize("overlay", Overlay)
def test_only_a_contract_in_service_is_interrupted_restricted_or_suspended(overlay: Overlay) -> None:
    assert isinstance(overlay_check(S.ACTIVE, overlay), Value)
    assert isinstance(overlay_check(S.NOTICE_GIVEN, overlay), Value)
    assert code(overlay_check(S.PROVISIONING, overlay)) == "state.not_in_service"


@given(st.lists(st.sampled_from(list(S)), min_size=1, max_size=12))
def test_no_way_leads_back_into_service_after_the_end(wishes: list[ContractState]) -> None:
    state, ended = S.APPLIED, False
    for wish in wishes:
        if isinstance(transition_check(state, wish), Value):
            state = wish
        ended = ended or state in (S.ENDED, S.REFUSED, S.WITHDRAWN)
        assert not (ended and state in (S.ACTIVE, S.NOTICE_GIVEN, S.PROVISIONING))
    assert set(NEXT_STATES) == set(S)
