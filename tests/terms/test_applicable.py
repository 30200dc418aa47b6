"""Which version of the terms binds a contract (supplementary provisions, Arts. 1-2 and 2-1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.applicable import (
    BoundContract,
    Override,
    effective_parameter,
    override_check,
    terms_at,
    terms_version,
)
from sekisho.terms.ending import cancellation_effect
from sekisho.terms.values import BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, VERSIONS, Switches, terms_named

from .moments_in_tokyo import DAYS, on

LATE_START = "2021-07-01"
EARLY_START = "2021-06-30"
TODAY = "2026-01-01"
ENDS_WITH_V6 = Switches(transition_survives=False)


def version(started: str, valid: str, known: str = TODAY, ended: str | None = None, **switches: Switches) -> str:
    found = terms_version(on(started), on(valid), on(known), on(ended) if ended else None, **switches)
    assert isinstance(found, Value)
    return found.value


@pytest.mark.article("附則1", "附則2", "附則3", "附則4", "附則5", "附則6")
def test_the_six_versions_have_the_dates_of_the_text() -> None:
    assert [(v.name, v.enacted_on.isoformat(), v.applies_from.isoformat()) for v in VERSIONS] == [
        ("V1", "2016-10-03", "2016-10-03"),
        ("V2", "2019-09-13", "2019-09-13"),
        ("V3", "2020-10-01", "2020-10-01"),
        ("V4", "2021-07-01", "2021-07-01"),
        ("V5", "2021-08-06", "2021-07-01"),
        ("V6", "2025-02-04", "2024-03-29"),
    ]
    assert LATEST.version == "V6"


@pytest.mark.article("2-1")
@pytest.mark.parametrize(
    ("valid", "expected"),
    [("2016-10-03", "V1"), ("2019-09-12", "V1"), ("2019-09-13", "V2"), ("2020-10-01", "V3"), ("2026-01-01", "V6")],
)
def test_a_new_version_binds_from_its_day_on(valid: str, expected: str) -> None:
    assert version(LATE_START, valid) == expected


@pytest.mark.article("附則5")
@pytest.mark.parametrize(("known", "expected"), [("2021-08-05", "V4"), ("2021-08-06", "V5")])
def test_the_fifth_version_works_backwards_from_the_day_it_was_enacted(known: str, expected: str) -> None:
    assert version(LATE_START, "2021-07-15", known) == expected


@pytest.mark.article("附則6")
@pytest.mark.parametrize(
    ("valid", "known", "expected"),
    [
        ("2024-04-01", "2025-02-03", "V5"),
        ("2024-04-01", "2025-02-04", "V6"),
        ("2024-03-28", "2025-02-04", "V5"),
        ("2024-03-29", "2025-02-04", "V6"),
    ],
)
def test_the_sixth_version_works_backwards_to_29_march_2024(valid: str, known: str, expected: str) -> None:
    assert version(LATE_START, valid, known) == expected


@pytest.mark.article("附則4", "附則5")
def test_who_began_by_the_end_of_june_2021_stays_on_the_third_version() -> None:
    assert version(EARLY_START, "2022-01-01") == "V3"
    assert version(LATE_START, "2022-01-01") == "V5"
    assert version(LATE_START, "2021-07-15", "2021-07-15") == "V4"
    assert version(EARLY_START, "2021-07-15", "2021-07-15") == "V3"


@pytest.mark.article("附則5")
def test_the_exception_ends_after_the_day_that_the_carrier_sets() -> None:
    assert version(EARLY_START, "2023-03-31", ended="2023-03-31") == "V3"
    assert version(EARLY_START, "2023-04-01", ended="2023-03-31") == "V5"
    assert version(EARLY_START, "2024-03-29", ended="2023-03-31") == "V6"


@pytest.mark.article("附則6")
def test_whether_the_sixth_version_ends_the_exception_is_a_switch() -> None:
    assert version(EARLY_START, "2025-06-01") == "V3"
    assert version(EARLY_START, "2025-06-01", switches=ENDS_WITH_V6) == "V6"
    assert version(EARLY_START, "2024-03-28", switches=ENDS_WITH_V6) == "V3"
    assert version(EARLY_START, "2024-04-01", "2025-02-03", switches=ENDS_WITH_V6) == "V3"


@pytest.mark.article("附則1")
@pytest.mark.parametrize(("valid", "known"), [("2016-10-02", TODAY), ("2016-10-03", "2016-10-02")])
def test_before_the_first_version_there_are_no_terms(valid: str, known: str) -> None:
    found = terms_version(on(LATE_START), on(valid), on(known))
    assert isinstance(found, Refusal)
    assert found.code == "terms.none_yet"


def test_the_answer_names_version_article_and_the_switch_that_decided() -> None:
    found = terms_version(on(EARLY_START), on("2025-06-01"), on(TODAY))
    assert isinstance(found, Value)
    assert (found.article, found.terms_version) == ("附則5", "V3")
    assert [s.name for s in found.switches] == ["transition_survives"]
    assert "In use by Wed 2021-06-30" in found.steps[-1].words.en


AGREED = Override(
    parameter="cancellation_months",
    setting=1,
    form="AP-2026-0007",
    valid_from=on("2026-02-01"),
    recorded_on=on("2026-01-20"),
    approved_by="carrier",
)
CONTRACT = BoundContract(service_started_on=on("2026-02-01"), overrides=(AGREED,))


@pytest.mark.article("1-2")
@pytest.mark.parametrize(
    ("valid", "known", "months"),
    [("2026-03-10", "2026-03-10", 1), ("2026-01-31", "2026-03-10", 2), ("2026-03-10", "2026-01-19", 2)],
)
def test_the_application_form_outranks_the_terms_from_its_day_on(valid: str, known: str, months: int) -> None:
    found = terms_at(CONTRACT, on(valid), on(known))
    assert isinstance(found, Value)
    assert found.value.parameters.cancellation_months == months
    assert (len(found.steps) == 2) is (months == 1)


@pytest.mark.article("1-2")
def test_a_form_cannot_set_what_is_not_on_the_list() -> None:
    wrong = Override(
        **{**{name: getattr(AGREED, name) for name in AGREED.__slots__}, "parameter": "surcharge_multiple"}
    )
    found = override_check(wrong)
    assert isinstance(found, Refusal)
    assert found.code == "override.not_a_parameter"
    with pytest.raises(BadParameter, match="not something that a form can set"):
        terms_at(
            BoundContract(service_started_on=on("2026-02-01"), overrides=(wrong,)),
            on(TODAY[:4] + "-03-01"),
            on("2026-03-01"),
        )


@pytest.mark.article("1-1")
def test_every_contract_is_bound_to_one_numbered_version_of_the_terms() -> None:
    bound = BoundContract(service_started_on=on("2026-02-01"))
    found = terms_at(bound, on("2026-02-01"), on("2026-02-01"))
    assert isinstance(found, Value)
    assert (found.value, found.terms_version) == (LATEST, "V6")


@pytest.mark.article("1-2", "17-2")
def test_a_notice_under_a_form_with_one_month_ends_a_month_sooner() -> None:
    bound = terms_at(CONTRACT, on("2026-03-10"), on("2026-03-10"))
    assert isinstance(bound, Value)
    assert cancellation_effect(on("2026-03-10"), terms=bound.value).value == on("2026-04-10")
    assert cancellation_effect(on("2026-03-10")).value == on("2026-05-10")


@pytest.mark.article("1-2")
def test_one_figure_is_asked_of_the_contract_with_the_form_that_set_it() -> None:
    asked = effective_parameter(CONTRACT, "cancellation_months", on("2026-03-10"), on("2026-03-10"))
    assert isinstance(asked, Value)
    assert asked.value == 1
    assert asked.steps[-1].words.en == "By form AP-2026-0007, cancellation_months is 1."
    text = effective_parameter(CONTRACT, "sla_credit_divisor", on("2026-03-10"), on("2026-03-10"))
    assert isinstance(text, Value)
    assert text.value == 50
    with pytest.raises(BadParameter, match="name 'mood' is no figure"):
        effective_parameter(CONTRACT, "mood", on("2026-03-10"), on("2026-03-10"))
    assert isinstance(effective_parameter(CONTRACT, "option_stop_days", on("2016-01-01"), on(TODAY)), Refusal)


@pytest.mark.article("1-2")
@pytest.mark.parametrize("setting", [0, -1, 1_201])
def test_a_form_sets_figures_within_reason(setting: int) -> None:
    found = override_check(replace(AGREED, setting=setting))
    assert isinstance(found, Refusal)
    assert found.code == "override.out_of_range"


def test_a_contract_may_have_switches_of_its_own() -> None:
    bound = replace(CONTRACT, switches=Switches(proration="daily"))
    found = terms_at(bound, on("2026-03-10"), on("2026-03-10"))
    assert isinstance(found, Value)
    assert found.value.switches.proration == "daily"
    early = BoundContract(service_started_on=on(EARLY_START), switches=ENDS_WITH_V6)
    on_v6 = terms_at(early, on("2025-06-01"), on(TODAY))
    assert isinstance(on_v6, Value)
    assert (on_v6.value.version, on_v6.switches[0].setting) == ("V6", False)


@given(DAYS, DAYS, DAYS, st.none() | DAYS, st.sampled_from([Switches(), ENDS_WITH_V6]))
def test_a_day_that_comes_later_never_has_an_older_text_once_the_exception_is_over(
    started: dt.date, valid: dt.date, later: dt.date, ended: dt.date | None, switches: Switches
) -> None:
    valid, later = sorted((valid, later))
    first, second = (terms_version(started, day, on("2036-01-01"), ended, switches=switches) for day in (valid, later))
    if isinstance(first, Value):
        assert isinstance(second, Value)
        assert first.value <= second.value


def test_a_stored_version_name_gives_its_terms_again() -> None:
    assert terms_named("V6") == LATEST
    assert terms_named("V3", ENDS_WITH_V6).switches is ENDS_WITH_V6
    with pytest.raises(BadParameter, match="'V7' is none of V1, V2"):
        terms_named("V7")


def test_a_contract_before_all_terms_has_none() -> None:
    assert isinstance(terms_at(CONTRACT, on("2016-01-01"), on(TODAY)), Refusal)


@given(DAYS, DAYS, DAYS, DAYS, st.none() | DAYS)
def test_knowing_more_never_gives_an_older_version(
    started: dt.date, valid: dt.date, known: dt.date, known_later: dt.date, ended: dt.date | None
) -> None:
    first, second = sorted((known, known_later))
    before, after = terms_version(started, valid, first, ended), terms_version(started, valid, second, ended)
    if isinstance(before, Value):
        assert isinstance(after, Value)
        assert before.value <= after.value
    assert before == terms_version(started, valid, first, ended)
