"""Who handles a change of the policy, when, and at whose cost (Arts. 22, 23)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.changes import (
    Intake,
    WorkHours,
    change_handling,
    ipv4_check,
    standard_change_intake_check,
    work_slot,
)
from sekisho.terms.due import CLOCK_RULES
from sekisho.terms.plans import Plan
from sekisho.terms.values import BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Switches, Terms

from .moments_in_tokyo import INSTANTS, at


def slot(plan: Plan, operations: bool, starts: str, ends: str, terms: Terms = LATEST) -> bool | str:
    found = work_slot(plan, operations, at(starts), at(ends), terms=terms)
    return found.value if isinstance(found, Value) else found.code


@pytest.mark.article("23-2")
@pytest.mark.parametrize("plan", [Plan.ENTRY, Plan.BASIC])
@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2026-05-07 16:00:00", "2026-05-07 17:30:00", True),
        ("2026-05-07 09:00:00", "2026-05-07 17:30:00", True),
        ("2026-05-07 08:59:59", "2026-05-07 10:00:00", "work_slot.outside_hours"),
        ("2026-05-07 17:00:00", "2026-05-07 18:00:00", "work_slot.outside_hours"),
        ("2026-05-07 17:00:00", "2026-05-07 17:30:01", "work_slot.outside_hours"),
        ("2026-05-07 16:00:00", "2026-05-08 10:00:00", "work_slot.outside_hours"),
        ("2026-05-06 10:00:00", "2026-05-06 11:00:00", "work_slot.not_a_business_day"),
        ("2026-09-22 10:00:00", "2026-09-22 11:00:00", "work_slot.not_a_business_day"),
        ("2019-05-02 10:00:00", "2019-05-02 11:00:00", "work_slot.not_a_business_day"),
        ("2026-05-09 10:00:00", "2026-05-09 11:00:00", "work_slot.not_a_business_day"),
    ],
)
def test_without_operations_work_is_done_in_office_hours(
    plan: Plan, starts: str, ends: str, expected: bool | str
) -> None:
    assert slot(plan, False, starts, ends) == expected


@pytest.mark.article("23-2")
@pytest.mark.parametrize("plan", [Plan.BASIC, Plan.PREMIUM])
@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2026-05-13 22:00:00", "2026-05-14 00:00:00", True),
        ("2026-05-13 22:00:00", "2026-05-14 05:00:00", True),
        ("2026-05-15 22:00:00", "2026-05-16 00:00:00", True),
        ("2026-05-15 22:00:00", "2026-05-16 01:00:00", "work_slot.not_a_business_day"),
        ("2026-07-20 10:00:00", "2026-07-20 11:00:00", "work_slot.not_a_business_day"),
        ("2026-05-17 23:00:00", "2026-05-18 01:00:00", "work_slot.not_a_business_day"),
        ("2026-12-30 10:00:00", "2026-12-30 11:00:00", "work_slot.not_a_business_day"),
    ],
)
def test_with_operations_work_is_done_at_any_hour_of_business_days(
    plan: Plan, starts: str, ends: str, expected: bool | str
) -> None:
    assert slot(plan, True, starts, ends) == expected


@pytest.mark.article("23-2")
def test_whether_the_year_end_is_a_weekday_is_a_switch() -> None:
    open_ = replace(LATEST, switches=Switches(year_end_is_weekday=True))
    assert slot(Plan.BASIC, True, "2026-12-30 10:00:00", "2026-12-30 11:00:00", open_) is True
    assert slot(Plan.BASIC, False, "2026-12-30 10:00:00", "2026-12-30 11:00:00", open_) is True
    assert slot(Plan.BASIC, True, "2027-01-01 10:00:00", "2027-01-01 11:00:00", open_) == "work_slot.not_a_business_day"


@pytest.mark.article("5-1", "23-2")
def test_a_plan_that_cannot_be_is_refused_before_its_slot() -> None:
    assert slot(Plan.ENTRY, True, "2026-05-07 10:00:00", "2026-05-07 11:00:00") == "plan.operations_not_offered"
    assert slot(Plan.PREMIUM, False, "2026-05-07 10:00:00", "2026-05-07 11:00:00") == "plan.operations_required"


def test_a_refused_slot_says_which_day_and_why() -> None:
    found = work_slot(Plan.BASIC, True, at("2026-05-15 22:00:00"), at("2026-05-16 01:00:00"))
    assert isinstance(found, Refusal)
    assert found.words.en == "No work on Sat 2026-05-16 (Weekend)."
    assert found.words.ja == "2026年5月16日(土)は作業できません(土曜日・日曜日)。"


@pytest.mark.parametrize("ends", ["2026-05-07 10:00:00", "2026-05-07 09:00:00", "2026-07-07 10:00:00"])
def test_a_slot_has_a_length_and_a_limit(ends: str) -> None:
    with pytest.raises(BadParameter, match="ends_at"):
        slot(Plan.BASIC, True, "2026-05-07 10:00:00", ends)


@pytest.mark.article("23-2")
@pytest.mark.parametrize(
    ("plan", "operations", "item", "expected"),
    [
        (Plan.ENTRY, False, False, (Intake.FORM, "carrier", "other_change_contact", WorkHours.OFFICE, True)),
        (Plan.ENTRY, False, True, (Intake.FORM, "carrier", "other_change_contact", WorkHours.OFFICE, True)),
        (Plan.BASIC, False, True, (Intake.FORM, "carrier", "other_change_contact", WorkHours.OFFICE, True)),
        (Plan.BASIC, True, True, (Intake.PORTAL, "partner", "standard_change_confirmation", WorkHours.ANY, False)),
        (Plan.BASIC, True, False, (Intake.FORM, "carrier", "other_change_contact", WorkHours.ANY, True)),
        (Plan.PREMIUM, True, True, (Intake.PORTAL, "partner", "standard_change_confirmation", WorkHours.ANY, False)),
        (Plan.PREMIUM, True, False, (Intake.FORM, "carrier", "other_change_contact", WorkHours.ANY, True)),
    ],
)
def test_plan_operations_and_catalogue_decide_who_answers_and_who_pays(
    plan: Plan, operations: bool, item: bool, expected: tuple[object, ...]
) -> None:
    found = change_handling(plan, operations, item)
    assert isinstance(found, Value)
    assert found.value[:5] == expected
    assert found.value.clock in CLOCK_RULES
    assert found.value.derived is (plan is Plan.PREMIUM and item)


@pytest.mark.article("23-2")
def test_the_premium_plans_24_hours_are_a_switch() -> None:
    off = replace(LATEST, switches=Switches(premium_standard_change_24h=False))
    found = change_handling(Plan.PREMIUM, True, True, terms=off)
    assert isinstance(found, Value)
    assert (found.value.clock, found.value.chargeable) == ("other_change_contact", False)
    assert found.switches[0].setting is False


@pytest.mark.article("23-2")
def test_corrections_of_the_carriers_own_slips_are_free() -> None:
    found = change_handling(Plan.ENTRY, False, False, carrier_caused=True)
    assert isinstance(found, Value)
    assert not found.value.chargeable
    assert isinstance(change_handling(Plan.ENTRY, True, False), Refusal)


@pytest.mark.article("6-1(1)")
def test_a_catalogue_item_by_form_is_sent_to_the_portal() -> None:
    found = standard_change_intake_check(Intake.FORM)
    assert isinstance(found, Refusal)
    assert found.code == "standard_change.portal_only"
    assert isinstance(standard_change_intake_check(Intake.PORTAL), Value)


@pytest.mark.article("22-1")
@pytest.mark.parametrize("address", ["2001:db8::1", "::ffff:192.0.2.1", "2001:db8::/32"])
def test_policies_name_ipv4_alone(address: str) -> None:
    found = ipv4_check(address)
    assert isinstance(found, Refusal)
    assert found.code == "address.not_ipv4"
    assert isinstance(ipv4_check("192.0.2.0/24"), Value)
    with pytest.raises(BadParameter, match="address is neither"):
        ipv4_check("192.0.2.256")


@given(st.sampled_from([(Plan.ENTRY, False), (Plan.BASIC, True)]), INSTANTS, st.integers(1, 200), st.integers(0, 100))
def test_a_part_of_an_allowed_slot_is_allowed_too(
    how: tuple[Plan, bool], starts: dt.datetime, minutes: int, cut: int
) -> None:
    ends = starts + dt.timedelta(minutes=minutes)
    shorter = starts + dt.timedelta(minutes=max(1, minutes - cut))
    if isinstance(work_slot(*how, starts, ends), Value):
        assert isinstance(work_slot(*how, starts, shorter), Value)
        assert how[1] or isinstance(work_slot(Plan.BASIC, True, starts, ends), Value)
