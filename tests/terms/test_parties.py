"""Parties, screening, secrecy, personal data, numbers and dates on forms (Arts. 9, 11, 15, 16, 33, 37, 38)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.eras import date_on_form, era_date
from sekisho.terms.parties import (
    Party,
    PartyFact,
    Transfer,
    joint_exposure,
    joint_parties_check,
    liable_parties,
    party_change_check,
    succession_announced,
    succession_filed_in_time,
    transfer_check,
)
from sekisho.terms.periods import Period
from sekisho.terms.personal_data import erasure_due, erasure_due_of_category, retention_period
from sekisho.terms.registration import check_digit, corporate_number, invoice_number
from sekisho.terms.screening import (
    ScreeningResult,
    screening_check,
    screening_lookback_from,
    screening_valid_until,
)
from sekisho.terms.secrecy import DisclosedBy, Recipient, disclosure_check, is_confidential, passing_on_check
from sekisho.terms.values import BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Switches

from .moments_in_tokyo import DAYS, on

A = Party("A", on("2024-01-01"), representative=True)
B = Party("B", on("2024-01-01"), until=on("2026-03-31"))
NO_ONE = Party("C", on("2026-01-01"))


def code(answer: object) -> str:
    assert isinstance(answer, Refusal)
    assert answer.words.ja and answer.words.en
    return answer.code


@pytest.mark.article("9-1")
def test_joint_contractors_name_one_representative() -> None:
    assert isinstance(joint_parties_check([A, B], on("2026-01-01")), Value)
    assert isinstance(joint_parties_check([NO_ONE], on("2026-01-01")), Value)
    assert code(joint_parties_check([B, NO_ONE], on("2026-01-01"))) == "parties.one_representative"
    assert code(joint_parties_check([B], on("2026-04-01"))) == "parties.none"


@pytest.mark.article("33-1")
def test_each_joint_contractor_owes_all_of_the_rest() -> None:
    assert joint_exposure(100_000, 60_000).value == 40_000
    assert joint_exposure(100_000, 160_000).value == 0


@pytest.mark.article("33-1")
def test_who_has_left_still_answers_for_the_debts_of_its_time() -> None:
    assert liable_parties([A, B, NO_ONE], on("2025-12-31")).value == ("A", "B")
    assert liable_parties([A, B, NO_ONE], on("2026-04-01")).value == ("A", "C")


@pytest.mark.article("15-1")
def test_rights_pass_with_consent_and_mergers_without() -> None:
    assert code(transfer_check(Transfer.ASSIGNMENT, False)) == "transfer.needs_consent"
    assert code(transfer_check(Transfer.DEBT_ASSUMPTION, False)) == "transfer.needs_consent"
    assert all(
        isinstance(transfer_check(*how), Value)
        for how in ((Transfer.ASSIGNMENT, True), (Transfer.MERGER, False), (Transfer.COMPANY_SPLIT, False))
    )


@pytest.mark.article("15-2")
def test_the_carrier_needs_the_contractors_consent_in_turn() -> None:
    refused = transfer_check(Transfer.ASSIGNMENT, False, by_carrier=True)
    assert (code(refused), refused.article) == ("transfer.needs_consent", "15-2")
    assert isinstance(transfer_check(Transfer.MERGER, False, by_carrier=True), Value)


@pytest.mark.article("15-3")
def test_resale_is_allowed() -> None:
    found = transfer_check(Transfer.RESALE, False)
    assert isinstance(found, Value)
    assert found.article == "15-3"


@pytest.mark.article("15-1")
@pytest.mark.parametrize(("announced", "flag"), [("2026-03-01", True), ("2026-04-01", False), (None, False)])
def test_a_succession_is_announced_before_it_takes_effect(announced: str | None, flag: bool) -> None:
    assert succession_announced(on(announced) if announced else None, on("2026-04-01")).value is flag


@pytest.mark.article("16-2")
@pytest.mark.parametrize(("arrived", "in_time"), [("2026-04-30", True), ("2026-05-01", True), ("2026-05-02", False)])
def test_a_successor_files_within_thirty_days(arrived: str, in_time: bool) -> None:
    assert succession_filed_in_time(on("2026-04-01"), on(arrived)).value is in_time


@pytest.mark.article("16-1")
def test_a_change_of_name_is_told_with_proof_and_shows_the_days_it_took() -> None:
    changed = {PartyFact.NAME, PartyFact.ADDRESS}
    found = party_change_check(changed, on("2026-04-01"), on("2026-04-09"), True)
    assert isinstance(found, Value)
    assert found.value == 8
    assert code(party_change_check(changed, on("2026-04-01"), on("2026-04-09"), False)) == "party_change.no_proof"
    with pytest.raises(BadParameter, match="arrived_on"):
        party_change_check(changed, on("2026-04-01"), on("2026-03-31"), True)
    with pytest.raises(BadParameter, match="changed is empty"):
        party_change_check([], on("2026-04-01"), on("2026-04-01"), True)


@pytest.mark.article("11-2(6)")
def test_a_screening_looks_five_years_back_and_is_good_for_six_months() -> None:
    assert screening_lookback_from(on("2026-04-10")).value == on("2021-04-10")
    assert screening_lookback_from(on("2024-02-29")).value == on("2019-02-28")
    assert screening_valid_until(on("2026-04-10")).value == on("2026-10-10")


@pytest.mark.article("11-2(6)")
@pytest.mark.parametrize(
    ("accepted", "result", "by", "refused"),
    [
        ("2026-10-10", ScreeningResult.CLEAR, "", None),
        ("2026-10-11", ScreeningResult.CLEAR, "", "screening.expired"),
        ("2026-05-01", ScreeningResult.GREY, "", "screening.needs_approval"),
        ("2026-05-01", ScreeningResult.GREY, "b", None),
        ("2026-05-01", ScreeningResult.HIT, "b", "screening.hit"),
    ],
)
def test_an_old_grey_or_bad_screening_does_not_carry_an_acceptance(
    accepted: str, result: ScreeningResult, by: str, refused: str | None
) -> None:
    found = screening_check(on("2026-04-10"), result, on(accepted), by)
    assert (found.code if isinstance(found, Refusal) else None) == refused
    with pytest.raises(BadParameter, match="accepted_on is before"):
        screening_check(on("2026-04-10"), result, on("2026-04-09"))


@pytest.mark.article("37-1")
@pytest.mark.parametrize(
    ("confirmed", "secret"), [("2026-04-24", True), ("2026-04-25", False), ("2026-04-10", True), (None, False)]
)
def test_what_was_said_is_secret_when_confirmed_within_two_weeks(confirmed: str | None, secret: bool) -> None:
    said = on("2026-04-10")
    found = is_confidential(DisclosedBy.WORD_OF_MOUTH, said, confirmed_on=on(confirmed) if confirmed else None)
    assert found.value is secret


@pytest.mark.article("37-1")
def test_a_document_is_secret_when_marked_and_goes_to_bound_people_only() -> None:
    assert is_confidential(DisclosedBy.DOCUMENT, on("2026-04-10"), marked=True).value
    assert not is_confidential(DisclosedBy.DOCUMENT, on("2026-04-10")).value
    assert code(passing_on_check(Recipient.OTHER)) == "secret.no_third_party"
    assert all(isinstance(passing_on_check(r), Value) for r in Recipient if r is not Recipient.OTHER)


@pytest.mark.article("37-1(1)", "37-1(2)", "37-1(3)", "37-1(4)")
@pytest.mark.parametrize(
    ("exception", "article"),
    [
        ("already_held", "37-1(1)"),
        ("public", "37-1(2)"),
        ("from_third_party", "37-1(3)"),
        ("required_by_law", "37-1(4)"),
    ],
)
def test_four_kinds_of_information_are_not_confidential(exception: str, article: str) -> None:
    found = is_confidential(DisclosedBy.DOCUMENT, on("2026-04-10"), marked=True, exception=exception)
    assert (found.value, found.article) == (False, article)


@pytest.mark.article("37-2")
def test_device_information_is_confidential_without_a_mark() -> None:
    assert is_confidential(DisclosedBy.SERVICE_INTERNALS, on("2026-04-10"), exception="public").value


@pytest.mark.article("38-4", "38-4(1)", "38-4(2)", "38-4(3)", "38-4(4)", "38-4(5)")
def test_personal_data_is_given_away_on_five_bases_only_and_with_an_approver() -> None:
    bases = ["consent", "debt_collection", "warrant", "legal_inquiry", "necessity"]
    found = [disclosure_check(basis, "b") for basis in bases]
    assert [f.article for f in found] == [f"38-4({n})" for n in range(1, 6)]
    assert all(isinstance(f, Value) for f in found)
    assert code(disclosure_check("", "b")) == "disclosure.no_basis"
    assert code(disclosure_check("warrant", " ")) == "disclosure.not_approved"
    with pytest.raises(BadParameter, match="'sale' is none of consent"):
        disclosure_check("sale", "b")


@pytest.mark.article("38-5")
@pytest.mark.parametrize(
    ("ended", "retention", "erased"),
    [
        ("2026-03-31", "1y", "2027-04-01"),
        ("2026-08-31", "6m", "2027-03-01"),
        ("2024-02-28", "1y", "2025-03-01"),
        ("2024-02-29", "1y", "2025-03-01"),
        ("2026-03-31", "30d", "2026-05-01"),
        ("2026-03-31", "2w", "2026-04-15"),
    ],
)
def test_erasure_runs_the_day_after_the_period(ended: str, retention: str, erased: str) -> None:
    assert erasure_due(on(ended), retention_period(retention)).value == on(erased)


@pytest.mark.article("38-5")
def test_a_legal_duty_keeps_data_longer_and_each_category_has_its_period() -> None:
    year = retention_period("1y")
    assert erasure_due(on("2026-03-31"), year, on("2033-05-31")).value == on("2033-06-01")
    assert erasure_due(on("2026-03-31"), year, on("2026-12-31")).value == on("2027-04-01")
    assert erasure_due_of_category(on("2026-03-31"), "portal_account").value == on("2026-10-01")
    longer = replace(LATEST, switches=Switches(retention_period_by_category=(("mail", "2y"),)))
    assert erasure_due_of_category(on("2026-03-31"), "mail", terms=longer).value == on("2028-04-01")
    with pytest.raises(BadParameter, match="category 'photo'"):
        erasure_due_of_category(on("2026-03-31"), "photo")


@pytest.mark.parametrize("wrong", ["", "y", "0y", "-1y", "1", "1h", "1.5y", "１y", "99999y"])
def test_a_retention_is_a_number_and_a_unit(wrong: str) -> None:
    with pytest.raises(BadParameter, match="is not a period such as 1y"):
        retention_period(wrong)


VALID_NUMBERS = ("7000012050002", "1180301018771", "4011001098993", "7123456789012", "2120901007402")


@pytest.mark.article("10-1(1)", "31-1")
@pytest.mark.parametrize("number", VALID_NUMBERS)
def test_corporate_and_invoice_numbers_are_checked_by_their_digit(number: str) -> None:
    assert corporate_number(number).value
    assert corporate_number(number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))).value
    assert invoice_number(f"T{number}").value
    assert not invoice_number(number).value
    wrong = f"{int(number[0]) % 9 + 1}{number[1:]}"
    assert not corporate_number(wrong).value


@pytest.mark.parametrize("number", ["700001205000", "70000120500022", "T7000012050002", "abcdefghijklm", "0" * 13])
def test_what_has_not_13_digits_is_no_corporate_number(number: str) -> None:
    assert not corporate_number(number).value
    with pytest.raises(BadParameter, match="number is empty"):
        corporate_number("  ")


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_a_single_wrong_digit_is_found_unless_it_keeps_the_sum_of_nines(base: str, place: int, by: int) -> None:
    number = f"{check_digit(base)}{base}"
    assert corporate_number(number).value
    changed = (int(base[place]) + by) % 10
    other = base[:place] + str(changed) + base[place + 1 :]
    weight = 1 + (11 - place) % 2
    if (changed - int(base[place])) * weight % 9:
        assert not corporate_number(number[0] + other).value


@pytest.mark.article("附則1")
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("平成28年10月3日", "2016-10-03"),
        ("平成 28 年 10 月 3 日", "2016-10-03"),
        ("2019 年 9 月 13 日", "2019-09-13"),
        ("令和元年5月1日", "2019-05-01"),
        ("令和1年5月1日", "2019-05-01"),
        ("平成31年4月30日", "2019-04-30"),
        ("昭和64年1月7日", "1989-01-07"),
        ("２０２６年５月１９日（火）", "2026-05-19"),
    ],
)
def test_a_form_states_its_date_by_era_or_western_year(text: str, day: str) -> None:
    assert date_on_form(text).value == on(day)


@pytest.mark.parametrize(
    "text", ["平成31年5月1日", "昭和64年1月8日", "令和8年2月30日", "2026-05-19", "令和0年5月1日", ""]
)
def test_a_date_that_its_era_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="text "):
        date_on_form(text)


@pytest.mark.parametrize(
    ("day", "written"),
    [
        ("2026-05-19", "令和8年5月19日"), ("2019-05-01", "令和元年5月1日"), ("2019-04-30", "平成31年4月30日"),
        ("1989-01-08", "平成元年1月8日"), ("1989-01-07", "昭和64年1月7日"), ("1926-12-25", "昭和元年12月25日"),
    ],
)  # fmt: skip
def test_a_date_is_written_by_its_era(day: str, written: str) -> None:
    assert era_date(on(day)).value == written
    with pytest.raises(BadParameter, match="on is before 1873"):
        era_date(on("1872-12-31"))


@given(st.dates(dt.date(1873, 1, 1), dt.date(2100, 12, 31)))
def test_every_date_reads_back_as_it_was_written(day: dt.date) -> None:
    assert date_on_form(era_date(day).value).value == day


@given(DAYS, DAYS, st.builds(Period, st.integers(1, 60), st.sampled_from([retention_period("1y").unit])))
def test_erasure_is_never_early_and_never_earlier_for_a_later_end(
    first: dt.date, second: dt.date, period: Period
) -> None:
    first, second = sorted((first, second))
    assert erasure_due(first, period).value <= erasure_due(second, period).value
    assert (erasure_due(first, period).value - first).days >= 365 * period.length
