"""The table of Art. 5-1: what may be combined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.plans import (
    ACCESS_WORDS,
    FUNCTION_WORDS,
    PLAN_WORDS,
    AccessItem,
    Plan,
    SecurityFunction,
    plan_check,
    plan_refusals,
)
from sekisho.terms.values import Refusal, Value

F = SecurityFunction
FIREWALL = frozenset({F.FIREWALL})
SIX = frozenset(SecurityFunction) - {F.MAIL_ANTISPAM, F.MAIL_ANTIVIRUS}
GUARANTEED = [item for item in AccessItem if item.startswith("guaranteed")]


def refused_code(answer: object) -> str:
    assert isinstance(answer, Refusal)
    assert answer.article == "5-1"
    assert answer.words.ja and answer.words.en
    assert "{" not in answer.words.ja + answer.words.en
    return answer.code


@pytest.mark.article("5-1")
def test_the_entry_plan_is_firewall_to_anti_malware_on_best_effort_100m_without_operations() -> None:
    found = plan_check(Plan.ENTRY, SIX - {F.SANDBOX}, AccessItem.BEST_EFFORT_100M, False)
    assert isinstance(found, Value)
    assert found.value is True
    assert (found.article, found.terms_version) == ("5-1", "V6")


@pytest.mark.article("5-1")
def test_the_entry_plan_has_no_sandbox() -> None:
    found = plan_check(Plan.ENTRY, {F.FIREWALL, F.SANDBOX}, AccessItem.BEST_EFFORT_100M, False)
    assert refused_code(found) == "plan.function_not_offered"


@pytest.mark.article("5-1")
def test_the_entry_plan_has_no_faster_line() -> None:
    found = plan_check(Plan.ENTRY, FIREWALL, AccessItem.BEST_EFFORT_1G, False)
    assert refused_code(found) == "plan.access_item_not_offered"


@pytest.mark.article("5-1")
def test_the_entry_plan_has_no_operations() -> None:
    found = plan_check(Plan.ENTRY, FIREWALL, AccessItem.BEST_EFFORT_100M, True)
    assert refused_code(found) == "plan.operations_not_offered"


@pytest.mark.article("5-1")
def test_best_effort_100m_is_the_entry_plans_alone() -> None:
    found = plan_check(Plan.BASIC, FIREWALL, AccessItem.BEST_EFFORT_100M, False)
    assert refused_code(found) == "plan.access_item_not_offered"


@pytest.mark.article("5-1")
@pytest.mark.parametrize("operations", [False, True])
@pytest.mark.parametrize("item", [AccessItem.BEST_EFFORT_1G, *GUARANTEED])
def test_the_basic_plan_takes_every_listed_line_with_or_without_operations(item: AccessItem, operations: bool) -> None:
    assert isinstance(plan_check(Plan.BASIC, SIX, item, operations), Value)


@pytest.mark.article("5-1")
def test_a_line_designed_for_one_contractor_belongs_to_the_premium_plan() -> None:
    assert refused_code(plan_check(Plan.BASIC, FIREWALL, AccessItem.CUSTOM, True)) == "plan.access_item_not_offered"
    assert isinstance(plan_check(Plan.PREMIUM, FIREWALL, AccessItem.CUSTOM, True), Value)


@pytest.mark.article("5-1")
def test_the_premium_plan_always_has_operations() -> None:
    found = plan_check(Plan.PREMIUM, SIX, AccessItem.CUSTOM, False)
    assert refused_code(found) == "plan.operations_required"


@pytest.mark.article("5-1")
@pytest.mark.parametrize("plan", Plan)
def test_every_plan_needs_at_least_one_function(plan: Plan) -> None:
    codes = [r.code for r in plan_refusals(plan, (), AccessItem.BEST_EFFORT_1G, True)]
    assert "plan.no_function" in codes


@pytest.mark.article("3", "4-1")
@pytest.mark.parametrize("plan", Plan)
@pytest.mark.parametrize("function", [F.MAIL_ANTISPAM, F.MAIL_ANTIVIRUS])
def test_mail_filters_are_defined_and_offered_by_no_plan(plan: Plan, function: SecurityFunction) -> None:
    codes = [r.code for r in plan_refusals(plan, {F.FIREWALL, function}, AccessItem.CUSTOM, True)]
    assert "plan.function_not_offered" in codes


@pytest.mark.article("5-1")
def test_a_form_hears_everything_that_is_wrong_at_once() -> None:
    found = plan_refusals(Plan.ENTRY, {F.SANDBOX}, AccessItem.GUARANTEED_30M, True)
    assert [r.code for r in found] == [
        "plan.function_not_offered",
        "plan.access_item_not_offered",
        "plan.operations_not_offered",
    ]
    assert found[0].words.ja == "エントリープランでは、サンドボックスは選択できません。"
    assert found[0].words.en == "Entry plan does not offer Sandbox."


@given(
    st.sampled_from(Plan),
    st.frozensets(st.sampled_from(SecurityFunction)),
    st.sampled_from(AccessItem),
    st.booleans(),
)
def test_check_and_list_of_refusals_agree(
    plan: Plan, functions: frozenset[SecurityFunction], item: AccessItem, operations: bool
) -> None:
    refusals = plan_refusals(plan, functions, item, operations)
    found = plan_check(plan, functions, item, operations)
    assert found == refusals[0] if refusals else isinstance(found, Value)


def test_everything_on_the_price_list_has_a_name_in_both_languages() -> None:
    assert set(PLAN_WORDS) == set(Plan)
    assert set(FUNCTION_WORDS) == set(SecurityFunction)
    assert set(ACCESS_WORDS) == set(AccessItem)
