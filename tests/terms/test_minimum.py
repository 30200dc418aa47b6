"""Minimum terms and their waiver (Art. 12), and what an early end costs (Art. 13)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.early_charge import early_charge_tax, early_termination_charge, prorated_fee
from sekisho.terms.minimum import TERM_RULES, EndedBy, TermKind, minimum_term
from sekisho.terms.periods import days_of_month
from sekisho.terms.values import BadParameter, Switched
from sekisho.terms.versions import LATEST, Parameters, Switches, Terms

from .moments_in_tokyo import DAYS, on

DAILY = replace(LATEST, switches=Switches(proration="daily"))
KINDS = st.sampled_from(TermKind)


def last_day(kind: TermKind, started: str, terms: Terms = LATEST) -> str:
    return minimum_term(kind, on(started), terms=terms).value.isoformat()


def charge(kind: TermKind, fee: int, started: str, ended: str, **more: object) -> int:
    return early_termination_charge(kind, fee, on(started), on(ended), **more).value


@pytest.mark.article("12-1")
@pytest.mark.parametrize(
    ("started", "ends"),
    [
        ("2025-04-15", "2026-03-31"),
        ("2024-03-31", "2025-02-28"),
        ("2023-03-01", "2024-02-29"),
        ("2025-01-01", "2025-12-31"),
        ("2024-02-29", "2025-01-31"),
    ],
)
def test_the_service_lasts_a_year_from_the_month_of_its_start(started: str, ends: str) -> None:
    assert last_day(TermKind.SERVICE, started) == ends


@pytest.mark.article("12-2")
def test_operations_have_a_year_of_their_own_from_their_own_start() -> None:
    assert last_day(TermKind.OPERATIONS, "2025-10-03") == "2026-09-30"
    assert minimum_term(TermKind.OPERATIONS, on("2025-10-03")).article == "12-2"


@pytest.mark.article("12-3")
@pytest.mark.parametrize("kind", [TermKind.EXTRA_ACCOUNT, TermKind.LOG_RETENTION])
def test_long_options_have_a_year_each(kind: TermKind) -> None:
    assert last_day(kind, "2026-02-10") == "2027-01-31"


@pytest.mark.article("12-4")
@pytest.mark.parametrize("kind", [TermKind.MONITORING_REPORT, TermKind.REPORT_MEETING])
@pytest.mark.parametrize(("started", "ends"), [("2025-04-15", "2025-05-14"), ("2026-01-31", "2026-02-28")])
def test_other_options_have_a_month_from_their_billing_start_on(kind: TermKind, started: str, ends: str) -> None:
    assert last_day(kind, started) == ends


@pytest.mark.article("13-1")
def test_an_early_end_costs_the_months_after_the_month_of_the_end() -> None:
    assert charge(TermKind.SERVICE, 30_000, "2025-04-15", "2025-09-10") == 180_000
    assert charge(TermKind.SERVICE, 30_000, "2025-04-15", "2026-02-28") == 30_000


@pytest.mark.article("13-1")
@pytest.mark.parametrize("ended", ["2026-03-01", "2026-03-31", "2026-04-01"])
def test_an_end_in_the_last_month_or_later_costs_nothing(ended: str) -> None:
    assert charge(TermKind.SERVICE, 30_000, "2025-04-15", ended) == 0


@pytest.mark.article("13-1")
@pytest.mark.parametrize("by", EndedBy)
def test_the_service_is_charged_whoever_ends_it(by: EndedBy) -> None:
    assert charge(TermKind.SERVICE, 30_000, "2025-04-15", "2025-09-10", cancelled_by=by) == 180_000


@pytest.mark.article("13-2")
def test_a_long_option_stopped_alone_is_charged_for_its_rest() -> None:
    assert charge(TermKind.LOG_RETENTION, 2_000, "2026-02-10", "2026-06-30") == 14_000
    term = on("2026-03-31")
    alone = charge(TermKind.LOG_RETENTION, 2_000, "2026-02-10", "2026-06-30", service_term_ended_on=term)
    assert alone == 14_000


def with_service(ended: str, service_ended: str, by: EndedBy = EndedBy.CONTRACTOR, term: str = "2026-03-31") -> int:
    return charge(
        TermKind.LOG_RETENTION, 2_000, "2026-02-10", ended,
        cancelled_by=by, service_term_ended_on=on(term), service_ended_on=on(service_ended),
    )  # fmt: skip


@pytest.mark.article("12-3", "13-2")
@pytest.mark.parametrize("by", [EndedBy.CONTRACTOR, EndedBy.LINE])
def test_long_options_end_free_with_a_service_that_the_contractor_ends_after_its_term(by: EndedBy) -> None:
    assert with_service("2026-06-30", "2026-06-30", by) == 0


@pytest.mark.article("12-3", "13-2")
def test_the_waiver_is_not_for_a_termination_by_the_carrier() -> None:
    assert with_service("2026-06-30", "2026-06-30", EndedBy.CARRIER) == 14_000


@pytest.mark.article("12-3")
def test_the_waiver_begins_with_the_last_day_of_the_services_term() -> None:
    assert with_service("2026-03-31", "2026-03-31") == 0
    assert with_service("2026-03-30", "2026-03-30") == 20_000


@pytest.mark.article("12-3")
def test_an_option_that_stopped_before_the_service_ended_is_not_waived() -> None:
    assert with_service("2026-05-31", "2026-06-30") == 16_000


@pytest.mark.article("12-3")
@pytest.mark.parametrize("kind", [TermKind.MONITORING_REPORT, TermKind.OPERATIONS])
def test_the_waiver_is_for_the_two_long_options_only(kind: TermKind) -> None:
    found = charge(
        kind, 5_000, "2026-06-10", "2026-06-30",
        service_term_ended_on=on("2026-03-31"), service_ended_on=on("2026-06-30"),
    )  # fmt: skip
    assert found == (5_000 if kind is TermKind.MONITORING_REPORT else 55_000)


@pytest.mark.article("13-2")
@pytest.mark.parametrize("ended", ["2025-04-15", "2025-04-30", "2025-05-13"])
def test_a_one_month_option_that_ends_early_owes_its_month(ended: str) -> None:
    assert charge(TermKind.MONITORING_REPORT, 8_000, "2025-04-15", ended) == 8_000
    assert charge(TermKind.MONITORING_REPORT, 8_000, "2025-04-15", "2025-05-14") == 0


@pytest.mark.article("1-2", "13-2")
def test_a_form_may_agree_on_a_longer_term_of_a_short_option() -> None:
    agreed = replace(LATEST, parameters=Parameters(short_option_term_months=3))
    assert last_day(TermKind.REPORT_MEETING, "2025-04-15", agreed) == "2025-07-14"
    assert charge(TermKind.REPORT_MEETING, 8_000, "2025-04-15", "2025-05-14", terms=agreed) == 16_000


@pytest.mark.article("13-1")
def test_with_prorated_fees_the_rest_of_the_last_month_is_added_and_the_total_is_the_same() -> None:
    found = charge(TermKind.SERVICE, 30_000, "2025-04-15", "2025-09-10", terms=DAILY)
    assert found == 180_000 + 20_000
    assert found + prorated_fee(30_000, 10, on("2025-09-10")) == 180_000 + 30_000


@pytest.mark.article("13-1")
def test_the_tax_of_a_charge_is_what_it_adds_to_the_tax_of_its_invoice() -> None:
    taxable = replace(LATEST, switches=Switches(early_charge_tax="taxable"))
    on = dt.date(2026, 5, 31)
    assert early_charge_tax(15, on, terms=taxable).value == 1
    assert early_charge_tax(15, on, 5, terms=taxable).value == 2  # 10 % of 20 is 2, of 5 is 0
    assert early_charge_tax(15, on, 5).value == 0


def test_the_charge_bears_no_tax_unless_the_carrier_switches_it() -> None:
    taxable = replace(LATEST, switches=Switches(early_charge_tax="taxable"))
    assert early_charge_tax(180_000, on("2025-09-10")).value == 0
    found = early_charge_tax(180_000, on("2025-09-10"), terms=taxable)
    assert (found.value, found.switches) == (18_000, (Switched("early_charge_tax", "taxable"),))


def test_the_answer_tells_how_the_charge_came_about() -> None:
    found = early_termination_charge(TermKind.SERVICE, 30_000, on("2025-04-15"), on("2025-09-10"))
    assert found.steps[-1].words.en == (
        "Ended on Wed 2025-09-10; that month is billed in full, 6 month(s) x 30,000 yen = 180,000 yen are left."
    )
    assert (found.article, found.terms_version) == ("13-1", "V6")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ended_on": on("2026-02-09")}, "ended_on"),
        ({"monthly_fee": -1}, "monthly_fee"),
        ({"service_ended_on": on("2026-06-30")}, "service_term_ended_on"),
        ({"service_ended_on": on("2026-06-29"), "service_term_ended_on": on("2026-03-31")}, "ended_on"),
    ],
)
def test_what_cannot_be_asked_names_its_parameter(wrong: dict[str, object], named: str) -> None:
    asked = {"monthly_fee": 2_000, "started_on": on("2026-02-10"), "ended_on": on("2026-06-30")} | wrong
    with pytest.raises(BadParameter) as refused:
        early_termination_charge(TermKind.LOG_RETENTION, **asked)
    assert refused.value.parameter == named


@given(KINDS, DAYS, DAYS)
def test_a_later_start_never_ends_earlier_and_no_term_is_short(kind: TermKind, first: dt.date, second: dt.date) -> None:
    first, second = sorted((first, second))
    ends = [minimum_term(kind, day).value for day in (first, second)]
    assert ends[0] <= ends[1]
    shortest = 335 if TERM_RULES[kind].by_month else 28
    assert (ends[0] - first).days + 1 >= shortest - (1 if TERM_RULES[kind].by_month else 0)


@given(KINDS, st.integers(0, 10**7), DAYS, st.integers(0, 800), st.integers(0, 800), st.sampled_from([LATEST, DAILY]))
def test_ending_later_never_costs_more_and_no_charge_is_negative(
    kind: TermKind, fee: int, started: dt.date, first: int, second: int, terms: Terms
) -> None:
    sooner, later = (started + dt.timedelta(days) for days in sorted((first, second)))
    before = early_termination_charge(kind, fee, started, sooner, terms=terms)
    after = early_termination_charge(kind, fee, started, later, terms=terms)
    assert before.value >= after.value >= 0
    assert before == early_termination_charge(kind, fee, started, sooner, terms=terms)


@given(st.integers(0, 10**7), DAYS, st.integers(0, 400))
def test_both_ways_of_billing_the_last_month_total_the_same(fee: int, started: dt.date, days: int) -> None:
    ended = started + dt.timedelta(days)
    whole = early_termination_charge(TermKind.SERVICE, fee, started, ended)
    daily = early_termination_charge(TermKind.SERVICE, fee, started, ended, terms=DAILY)
    if ended < minimum_term(TermKind.SERVICE, started).value:
        assert whole.value + fee == daily.value + prorated_fee(fee, ended.day, ended)
    assert prorated_fee(fee, days_of_month(ended), ended) == fee
