"""Credits for missed service levels, their claims and caps; other damages (Arts. 34 to 36)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.credit import (
    Breach,
    Claim,
    ClaimForm,
    DamageKind,
    Fault,
    credit_check,
    credit_line,
    credit_on_invoice,
    credits_by_month,
    damages_cap,
    fault_check,
    interruption_reduction,
    sla_claim_check,
    sla_credit,
)
from sekisho.terms.invoice import Line, invoice_total
from sekisho.terms.values import BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Switches

from .moments_in_tokyo import INSTANTS, at, on

BREACHED = at("2026-06-01 10:15:00")
CLAIM = Claim(at("2026-06-15 23:59:59"), ClaimForm.PORTAL)
BY_CONTRACT = replace(LATEST, switches=Switches(sla_cap_scope="contract"))
FEES = st.integers(0, 10**8)


def code(answer: object) -> str:
    assert isinstance(answer, Refusal)
    assert answer.words.ja and answer.words.en
    return answer.code


@pytest.mark.article("35-1", "32-1")
@pytest.mark.parametrize(
    ("fee", "breaches", "credit"),
    [(150_000, 1, 3_000), (148_777, 1, 2_975), (150_000, 60, 150_000), (148_777, 50, 148_750), (148_777, 60, 148_777)],
)
def test_an_event_gives_a_fiftieth_and_a_month_at_most_one_fee(fee: int, breaches: int, credit: int) -> None:
    assert sla_credit(fee, breaches).value == credit


@pytest.mark.article("35-1")
@pytest.mark.parametrize(
    ("arrived", "expected"), [("2026-06-15 23:59:59", True), ("2026-06-16 00:00:00", "claim.too_late")]
)
def test_a_claim_arrives_within_two_weeks(arrived: str, expected: bool | str) -> None:
    found = sla_claim_check(BREACHED, at(arrived))
    assert (found.value if isinstance(found, Value) else found.code) == expected


@pytest.mark.article("35-1")
def test_a_claim_is_in_writing_and_whether_the_portal_counts_is_a_switch() -> None:
    paper_only = replace(LATEST, switches=Switches(written_form_includes_portal=False))
    assert code(sla_claim_check(BREACHED, BREACHED, ClaimForm.PHONE)) == "claim.not_in_writing"
    assert code(sla_claim_check(BREACHED, BREACHED, ClaimForm.PORTAL, terms=paper_only)) == "claim.not_in_writing"
    assert isinstance(sla_claim_check(BREACHED, BREACHED, ClaimForm.PAPER, terms=paper_only), Value)
    with pytest.raises(BadParameter, match="arrived_at is before"):
        sla_claim_check(BREACHED, at("2026-06-01 10:14:59"))


@pytest.mark.article("35-1", "36-1", "36-2")
@pytest.mark.parametrize(
    ("fault", "article"),
    [(Fault.CARRIER, None), (Fault.PARTNER, None), (Fault.CONTRACTOR, "35-1"), (Fault.FORCE_MAJEURE, "36-1")],
)
def test_the_carrier_answers_for_itself_and_its_partner_alone(fault: Fault, article: str | None) -> None:
    found = fault_check(fault)
    assert (found.article if isinstance(found, Refusal) else None) == article


@pytest.mark.article("35-1")
def test_an_event_is_credited_when_claimed_in_time_and_reviewed() -> None:
    assert isinstance(credit_check(Breach(BREACHED, Fault.PARTNER, CLAIM)), Value)
    assert code(credit_check(Breach(BREACHED, Fault.PARTNER))) == "credit.not_claimed"
    assert code(credit_check(Breach(BREACHED, None, CLAIM))) == "credit.not_reviewed"
    assert code(credit_check(Breach(BREACHED, Fault.CONTRACTOR, CLAIM))) == "credit.not_at_fault"
    late = Claim(at("2026-06-16 00:00:00"), ClaimForm.PAPER)
    assert code(credit_check(Breach(BREACHED, Fault.CARRIER, late))) == "claim.too_late"


def breaches_of(*days: str) -> list[Breach]:
    instants = [at(f"{day} 10:15:00") for day in days]
    return [Breach(instant, Fault.CARRIER, Claim(instant, ClaimForm.PAPER)) for instant in instants]


@pytest.mark.article("35-1")
def test_each_month_has_its_own_cap_unless_the_contract_has_one() -> None:
    events = breaches_of(*["2026-06-10"] * 40, *["2026-07-10"] * 40)
    fees = {on("2026-06-01"): 150_000, on("2026-07-01"): 150_000}
    assert [v.value for v in credits_by_month(events, fees).values()] == [120_000, 120_000]
    assert [v.value for v in credits_by_month(events, fees, terms=BY_CONTRACT).values()] == [120_000, 30_000]


@pytest.mark.article("35-1")
def test_a_breach_at_midnight_belongs_to_its_month_in_tokyo() -> None:
    event = Breach(dt.datetime(2026, 5, 31, 15, 0, tzinfo=dt.UTC), Fault.CARRIER, CLAIM)
    assert list(credits_by_month([event], {on("2026-06-01"): 150_000})) == [on("2026-06-01")]
    with pytest.raises(BadParameter, match="fee_of_month lacks 2026-06"):
        credits_by_month([event], {})


@pytest.mark.article("35-1", "31-1")
def test_a_credit_comes_off_the_next_invoice_before_its_tax() -> None:
    totals = invoice_total([Line(148_777), credit_line(2_975)], on("2026-07-31")).value
    assert totals == (145_802, 14_580, 0, 160_382)


@pytest.mark.article("35-1", "31-1")
def test_whether_a_credit_is_damages_after_the_tax_is_a_switch() -> None:
    after_tax = replace(LATEST, switches=Switches(sla_credit_tax="after_tax"))
    totals = invoice_total([Line(148_777), credit_line(2_975, terms=after_tax)], on("2026-07-31")).value
    assert totals == (148_777, 14_877, -2_975, 160_679)


@pytest.mark.article("35-1")
def test_a_credit_beyond_the_charges_is_carried_and_paid_out_at_the_end() -> None:
    assert credit_on_invoice(150_000, 100_000).value == (100_000, 50_000)
    assert credit_on_invoice(50_000, 30_000, final=True).value == (50_000, 0)


@pytest.mark.article("35-2")
def test_other_damage_costs_at_most_one_monthly_fee() -> None:
    found = damages_cap(500_000, 150_000)
    assert isinstance(found, Value)
    assert (found.value, found.article) == (150_000, "35-2")
    assert damages_cap(90_000, 150_000).value == 90_000


@pytest.mark.article("35-2")
@pytest.mark.parametrize("kind", [k for k in DamageKind if k is not DamageKind.DIRECT])
def test_indirect_damage_and_lost_profit_are_not_compensated(kind: DamageKind) -> None:
    assert code(damages_cap(500_000, 150_000, kind)) == "damages.kind_excluded"


@pytest.mark.article("36-1")
def test_what_is_not_attributable_is_not_compensated() -> None:
    assert code(damages_cap(500_000, 150_000, attributable=False)) == "damages.not_attributable"


@pytest.mark.article("34-2")
def test_an_interruption_reduces_nothing() -> None:
    assert interruption_reduction(150_000).value == 0


@given(FEES, st.integers(0, 200), st.integers(0, 200), st.integers(0, 10**8))
def test_more_events_never_give_less_and_never_more_than_the_cap(fee: int, few: int, more: int, before: int) -> None:
    few, more = sorted((few, more))
    credits_ = [sla_credit(fee, count, before).value for count in (few, more)]
    assert 0 <= credits_[0] <= credits_[1] <= max(0, fee - before)
    assert sla_credit(fee, more).value <= fee * more // 50


@given(st.integers(0, 10**8), st.integers(0, 10**8), st.booleans())
def test_no_yen_of_a_credit_is_lost(credit: int, charges: int, final: bool) -> None:
    found = credit_on_invoice(credit, charges, final).value
    assert found.deducted + found.carried_forward == credit
    assert min(found) >= 0


@given(INSTANTS, st.integers(0, 40 * 86_400))
def test_a_claim_is_never_late_before_fourteen_days_are_full(breached: dt.datetime, seconds: int) -> None:
    arrived = breached + dt.timedelta(seconds=seconds)
    if seconds <= 14 * 86_400:
        assert isinstance(sla_claim_check(breached, arrived), Value)
    if seconds > 15 * 86_400:
        assert isinstance(sla_claim_check(breached, arrived), Refusal)
