"""The console's pages about the terms: versions and slips, every rule as a form, the year as a calendar."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.test import Client
from django.utils import translation
from django.utils.text import capfirst

from sekisho.apps.accounts.actions import set_totp
from sekisho.console.termbook import faults, versions, wording, year
from sekisho.console.termbook.question import question, tidy
from sekisho.terms import due, minimum, plans
from sekisho.terms.asking.catalogue import RULES
from sekisho.terms.calendar import CALENDARS, CalendarName, is_business_day
from sekisho.terms.errata import ERRATA
from sekisho.terms.holidays import OFFICIAL_UNTIL
from sekisho.terms.switches import SWITCH_RULES
from sekisho.terms.values import Refusal
from sekisho.terms.versions import VERSIONS, Parameters
from sekisho.web.translations import compile_catalogues

from ..apps.world import TESTER, World, build_world
from .conftest import PHONE, SCREENSHOTS
from .test_pages import GRAVE, INLINE, LOOKS, _axe, _told

NOW = dt.datetime(2026, 5, 4, 2, 13, 20, tzinfo=dt.UTC)
RULE = "/console/terms/rules/"
PATHS = [
    "/console/terms",
    "/console/terms/rules",
    f"{RULE}minimum_term",
    f"{RULE}minimum_term?kind=service&started_on=2026-04-01",
    f"{RULE}late_interest?principal=x",
    "/console/terms/calendar/2026",
    "/console/terms/calendar/2030?calendar=BANK",
]


@pytest.fixture(scope="module", autouse=True)
def catalogues() -> None:
    compile_catalogues()


@pytest.fixture
def world(db) -> World:
    world = build_world()
    for person in (world.analyst, world.carrier):
        set_totp(TESTER, person=person, secret=generate_totp_secret())
    return world


@pytest.fixture
def analyst(world: World) -> Client:
    return _client(world.analyst)


def _client(person, language: str = "ja") -> Client:
    client = Client()
    client.force_login(person)
    client.cookies["django_language"] = language
    return client


def _text(answer) -> str:
    """What a person reads: the page without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", answer.content.decode())))


def _asked(client: Client, rule: str, **texts: str) -> str:
    answer = client.get(f"{RULE}{rule}?{urlencode(texts)}")
    assert answer.status_code == 200
    return _text(answer)


# --- The pages answer --------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_carrier_and_partner_read_every_page_in_both_languages(world: World, path: str) -> None:
    for person in (world.analyst, world.carrier):
        for language in ("ja", "en"):
            answer = _client(person, language).get(path)
            assert answer.status_code == 200
            assert f'<html lang="{language}"' in answer.content.decode()


def test_every_rule_has_a_form_in_both_languages(world: World) -> None:
    for language in ("ja", "en"):
        client = _client(world.analyst, language)
        for rule in RULES.values():
            shown = _text(client.get(RULE + rule.name))
            told = (rule.words, *(parameter.words for parameter in rule.parameters))
            assert all(capfirst(words.in_language(language)) in shown for words in told)


@pytest.mark.parametrize(
    "path", [f"{RULE}nothing", "/console/terms/calendar/2015", "/console/terms/calendar/2100", f"{PATHS[5]}?calendar=X"]
)
def test_what_does_not_exist_is_not_found(analyst: Client, path: str) -> None:
    assert analyst.get(path).status_code == 404


def test_the_calendar_without_a_year_is_this_year(analyst: Client) -> None:
    answer = analyst.get("/console/terms/calendar", follow=True)
    assert re.fullmatch(r"/console/terms/calendar/20\d\d", answer.request["PATH_INFO"])
    assert answer.status_code == 200


def test_the_rail_leads_to_the_terms(analyst: Client) -> None:
    assert 'href="/console/terms"' in analyst.get("/console/").content.decode()


# --- Versions and slips ------------------------------------------------------------------------


@pytest.mark.article("附則5")
def test_the_versions_stand_side_by_side_with_what_works_backwards_and_whom_the_transition_keeps() -> None:
    with translation.override("en"):
        told = {column.name: column for column in versions.columns()}
    assert list(told) == ["V1", "V2", "V3", "V4", "V5", "V6"]
    assert [name for name, column in told.items() if column.backwards] == ["V5", "V6"]
    assert [name for name, column in told.items() if column.transition] == ["V4", "V5"]
    assert "Wed 2021-06-30 stays on V3" in told["V4"].transition
    assert told["V6"].articles == "Arts. 1 to 40, supplementary provisions 1 to 6"


def test_a_figure_that_a_version_changes_is_marked_there_and_nowhere_else() -> None:
    changed = dataclasses.replace(VERSIONS[2], parameters=Parameters(cancellation_months=1))
    with translation.override("en"):
        rows = {row.name: row for row in versions.figure_rows((*VERSIONS[:2], changed, *VERSIONS[3:]))}
    assert [cell.text for cell in rows["cancellation_months"].cells] == ["2 months"] * 2 + ["1 month"] + [
        "2 months"
    ] * 3
    assert [cell.changed for cell in rows["cancellation_months"].cells] == [False, False, True, True, False, False]
    assert [name for name, row in rows.items() if not row.same] == ["cancellation_months"]


def test_every_figure_and_every_switch_of_the_terms_has_its_row_and_its_words() -> None:
    assert set(wording.FIGURES) == {one.name for one in dataclasses.fields(Parameters)}
    with translation.override("ja"):
        rows = {row.name: row.cells[0].text for row in (*versions.figure_rows(), *versions.switch_rows())}
    assert rows["late_interest_percent_tenths"] == "14.6%"
    assert rows["sla_credit_divisor"] == "1/50"
    assert rows["monthly_report_business_days"] == "10営業日"
    assert rows["surcharge_in_addition"] == "はい"
    assert set(SWITCH_RULES) <= set(rows)


def test_every_choice_of_a_rule_or_switch_is_said_in_words() -> None:
    codes = {(rule.name, code) for rule in RULES.values() for p in rule.parameters for code in p.kind.choices}
    codes |= {(rule.name, code) for rule in SWITCH_RULES.values() for code in rule.choices}
    versions_named = {version.name for version in VERSIONS}
    silent = [code for of, code in codes if code not in versions_named and wording.word(code, of) == code]
    assert silent == []


def test_the_slips_are_shown_with_article_finding_and_reading(world: World) -> None:
    for language in ("ja", "en"):
        shown = _text(_client(world.carrier, language).get("/console/terms"))
        for slip in ERRATA:
            assert capfirst(slip.found.in_language(language)) in shown
            assert capfirst(slip.read_as.in_language(language)) in shown


def test_an_article_is_named_as_each_language_does() -> None:
    with translation.override("ja"):
        assert [wording.article_name(n) for n in ("3", "12-1", "6-1(2)", "附則6")] == [
            "第3条", "第12条第1項", "第6条第1項(2)", "附則6",
        ]  # fmt: skip
    with translation.override("en"):
        assert [wording.article_name(n) for n in ("12-1", "附則6")] == ["Art. 12-1", "Suppl. 6"]


# --- Finding and asking rules ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("minimum_term", "minimum_term"),
        ("17-2", "cancellation_effect"),
        ("第30条", "late_interest"),
        ("割増", "surcharge"),
    ],
)
def test_a_rule_is_found_by_name_article_and_word(analyst: Client, search: str, found: str) -> None:
    shown = analyst.get(f"/console/terms/rules?{urlencode({'q': search})}").content.decode()
    assert f'href="{RULE}{found}"' in shown
    assert shown.count(f'href="{RULE}') < len(RULES)


def test_a_search_that_finds_nothing_says_what_to_try(analyst: Client) -> None:
    assert "12-1のような条項" in _text(analyst.get("/console/terms/rules?q=zzz"))


@pytest.mark.article("12-1")
def test_the_form_answers_what_the_pure_rule_answers(analyst: Client) -> None:
    pure = minimum.minimum_term(minimum.TermKind.SERVICE, dt.date(2026, 4, 1))
    shown = _asked(analyst, "minimum_term", kind="service", started_on="2026-04-01")
    with translation.override("ja"):
        assert wording.date_written(pure.value) in shown
    assert all(step.words.ja in shown for step in pure.steps)
    assert "第12条第1項" in shown
    assert "V6" in shown
    assert "sekisho terms ask minimum_term kind=service started_on=2026-04-01" in shown


@pytest.mark.article("5-1")
def test_a_refusal_is_shown_with_code_article_and_words(analyst: Client) -> None:
    pure = plans.plan_check(plans.Plan.ENTRY, frozenset({plans.SecurityFunction.SANDBOX}),
                            plans.AccessItem.BEST_EFFORT_100M, operations=False)  # fmt: skip
    assert isinstance(pure, Refusal)
    shown = _asked(analyst, "plan_check", plan="entry", functions="sandbox", access_item="best_effort_100m",
                   operations="no")  # fmt: skip
    assert "規約により不可" in shown
    assert pure.code in shown
    assert pure.words.ja in shown
    assert "第5条第1項" in shown


@pytest.mark.article("6-1(3)")
def test_a_time_without_an_offset_is_tokyos(analyst: Client) -> None:
    local = _asked(analyst, "sla_verdict", level="high", determined_at="2026-05-04T02:13:20",
                   notified_at="2026-05-04T02:28:20")  # fmt: skip
    written = _asked(analyst, "sla_verdict", level="high", determined_at="2026-05-03T17:13:20Z",
                     notified_at="2026-05-03T17:28:21Z")  # fmt: skip
    assert "達成" in local
    assert "違反" in written.partition("答え")[2]


@pytest.mark.article("31-1")
def test_an_answer_of_several_parts_names_each(world: World) -> None:
    shown = _asked(_client(world.analyst, "en"), "invoice_total", lines="30000,500:nontax", on="2026-05-01")
    assert re.search(r"Consumption tax ?3,000 yen", shown)
    assert re.search(r"Total ?33,500 yen", shown)


@pytest.mark.article("17-2")
def test_a_question_may_be_asked_under_a_form_and_a_switch(analyst: Client) -> None:
    asked = {"arrived_on": "2026-04-10"}
    usual, agreed = (
        question(RULES["cancellation_effect"], {**asked, **more}, NOW).told
        for more in ({}, {"form.cancellation_months": "1"})
    )
    assert usual is not None
    assert agreed is not None
    assert usual.said != agreed.said
    assert "日割りする" in _asked(analyst, "month_fee", monthly_fee="30000", month="2026-04",
                             billing_started_on="2026-04-16", **{"switch.proration": "daily"})  # fmt: skip


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_form_of_a_rule_and_the_rule_agree_on_what_is_missing(name: str) -> None:
    """Asked with nothing but a version, every rule misses what it needs, beside the field, and nothing else."""
    rule = RULES[name]
    shown = question(rule, {"terms": "V6"}, NOW)
    needed = {p.name for p in rule.parameters if p.required and p.kind.name not in ("choices", "payments", "lines")}
    assert {field.name for field in shown.fields if field.fault} >= needed
    assert shown.told is None


# --- What cannot be asked ----------------------------------------------------------------------


def test_bad_input_stands_beside_its_field_in_words_with_what_was_typed(analyst: Client, world: World) -> None:
    texts = {"principal": "1,000", "due_on": "2026-02-30", "payments": "2026-06-10"}
    answer = analyst.get(f"{RULE}late_interest?{urlencode(texts)}")
    page = answer.content.decode()
    assert "3か所を直すと回答できます" in page
    for name, text in texts.items():
        field = re.search(rf'<p class="error" id="q-{name}-fault">(.*?)</p>.*?<input id="q-{name}"([^>]*)>', page, re.S)
        assert field is not None
        assert text in html.unescape(field[1])
        assert f'value="{text}"' in field[2]
        assert 'aria-invalid="true"' in field[2]
    assert "暦にない日です" in page
    assert "is not in the calendar" in _asked(_client(world.carrier, "en"), "late_interest", **texts)


def test_what_was_typed_cannot_act(analyst: Client) -> None:
    typed = urlencode({"number": "<script>x</script>\u202e", "x<b>": "1"})
    page = analyst.get(f"{RULE}corporate_number?{typed}")
    assert "<script>x" not in page.content.decode()
    assert "\u202e" not in page.content.decode()


def test_a_misspelt_parameter_is_never_ignored(analyst: Client) -> None:
    shown = _asked(analyst, "minimum_term", kind="service", started_on="2026-04-01", startd_on="2025-04-01")
    assert "startd_on" in shown
    assert "この規則にこの項目はありません" in shown
    assert "2027年3月31日" not in shown


BAD = [
    ("minimum_term", {"kind": "x", "started_on": "2026-04-01"}),
    ("minimum_term", {"kind": "service", "started_on": "tomorrow"}),
    ("minimum_term", {"kind": "service", "started_on": "2026-02-30"}),
    ("minimum_term", {"kind": "service", "started_on": "9999-12-31"}),
    ("monthly_report_due", {"month": "May"}),
    ("nth_business_day", {"month": "2026-05", "n": "40"}),
    ("nth_business_day", {"month": "2026-05", "n": "0"}),
    ("nth_business_day", {"month": "2026-05", "n": "many"}),
    ("business_day", {"on": "1990-01-01"}),
    ("other_change_contact_due", {"received_at": "noon"}),
    ("sla_verdict", {"level": "high", "determined_at": "2026-05-04T02:00", "notified_at": "2026-05-04T01:00"}),
    (
        "work_slot",
        {"plan": "entry", "operations": "no", "starts_at": "2026-05-08T10:00", "ends_at": "2026-05-08T10:00"},
    ),
    (
        "work_slot",
        {"plan": "entry", "operations": "no", "starts_at": "2026-05-08T10:00", "ends_at": "2027-05-08T10:00"},
    ),
    ("surcharge", {"evaded": "1.5"}),
    ("surcharge", {"evaded": "-1"}),
    ("invoice_total", {"on": "2026-05-01"}),
    ("invoice_total", {"on": "2026-05-01", "lines": "10:tax"}),
    ("late_interest", {"principal": "1", "due_on": "2026-05-29"}),
    ("late_interest", {"principal": "1", "due_on": "2026-05-29", "payments": "2026-05-30:0"}),
    ("late_interest", {"principal": "9", "due_on": "2026-05-29", "payments": "2026-06-30:1", "asked_on": "2026-06-01"}),
    ("payment_due", {"invoiced_on": "2026-05-29", "due_on": "2026-05-01"}),
    ("erasure_due", {"ended_on": "2026-05-29", "retention": "long"}),
    ("date_on_form", {"text": "someday"}),
    ("date_on_form", {"text": "平成40年1月1日"}),
    ("ipv4_address", {"address": "here"}),
    ("ground_check", {"catalogue": "refusal", "ground": "x"}),
    ("surcharge", {"evaded": "1", "terms": "V9"}),
    ("surcharge", {"evaded": "1", "switch.x": "1"}),
    ("surcharge", {"evaded": "1", "switch.interest_grace_days": "many"}),
    ("surcharge", {"evaded": "1", "form.surcharge_multiple": "9"}),
    ("surcharge", {"evaded": "1", "form.cancellation_months": "0"}),
    ("surcharge", {"evaded": "1", "other": "1"}),
    ("disclosure_check", {"basis": "x" * 2001}),
]


@pytest.mark.parametrize(("name", "texts"), BAD, ids=lambda one: one if isinstance(one, str) else str(one)[:60])
def test_whatever_cannot_be_asked_is_explained_in_japanese(name: str, texts: dict[str, str]) -> None:
    with translation.override("ja"):
        shown = question(RULES[name], texts, NOW)
    told = [field.fault for field in (*shown.fields, *shown.settings) if field.fault] + shown.stray_faults
    assert len(told) == shown.faults == 1
    assert shown.told is None
    assert re.search(r"[ぁ-ん]", told[0])
    assert "この入力では尋ねられません" not in told[0]


def test_a_sentence_that_nobody_foresaw_is_quoted() -> None:
    with translation.override("en"):
        assert faults.in_words("is purple", str) == "The rule cannot be asked like this (is purple)."


# --- The address is the question ---------------------------------------------------------------


def test_empty_fields_leave_the_address(analyst: Client) -> None:
    answer = analyst.get(f"{RULE}minimum_term?started_on=2026-04-01&terms=&switch.proration=&kind=service")
    assert answer.status_code == 302
    assert answer.url == f"{RULE}minimum_term?kind=service&started_on=2026-04-01"


def test_ticked_boxes_become_one_list() -> None:
    query = {"functions": ["firewall", "ids_ips"], "plan": ["basic"], "operations": [""]}
    assert tidy(RULES["plan_check"], query) == {"plan": "basic", "functions": "firewall,ids_ips"}


def test_the_contract_chosen_in_the_header_is_no_part_of_the_question(analyst: Client) -> None:
    shown = _asked(analyst, "minimum_term", kind="service", started_on="2026-04-01", contract="SK100001")
    assert "2027年3月31日" in shown


# --- The calendar ------------------------------------------------------------------------------


def _days(number: int, name: CalendarName = CalendarName.OPS) -> dict[dt.date, year.Day]:
    shown = year.year_of(number, name)
    assert shown is not None
    return {day.on: day for month in shown.months for day in month.days}


@pytest.mark.article("6-1(1)")
@pytest.mark.parametrize(
    ("reported", "due_on"),
    [("2025-12", "2026-01-19"), ("2026-04", "2026-05-19"), ("2026-08", "2026-09-14"), ("2026-09", "2026-10-15")],
)
def test_each_months_report_deadline_is_marked(analyst: Client, reported: str, due_on: str) -> None:
    day = _days(2026)[dt.date.fromisoformat(due_on)]
    assert day.report_of == dt.date.fromisoformat(f"{reported}-01")
    page = analyst.get("/console/terms/calendar/2026").content.decode()
    assert f'<time class="day open due" datetime="{due_on}">' in page
    month = dt.date.fromisoformat(f"{reported}-01")
    assert re.search(rf'data-day="{due_on}">.*?{month.year}年{month.month}月分の月次レポート 掲載期限', page)


@pytest.mark.parametrize(
    ("on", "ja", "en"),
    [("2026-05-06", "振替休日", "Substitute holiday"), ("2026-09-22", "国民の休日", "National day off")],
)
def test_holidays_that_are_easily_missed_are_marked_with_both_names(analyst: Client, on: str, ja: str, en: str) -> None:
    assert _days(2026)[dt.date.fromisoformat(on)].kind is year.DayKind.HOLIDAY
    page = analyst.get("/console/terms/calendar/2026").content.decode()
    assert f'<time class="day holiday" datetime="{on}">' in page
    assert re.search(rf'data-day="{on}">.*?{ja}.*?lang="en">{en}', page)


def test_the_year_end_is_each_organisations_own() -> None:
    kinds = {name: [_days(2025, name)[dt.date(2025, 12, n)].kind.value for n in (29, 30, 31)] for name in CalendarName}
    assert kinds == {"OPS": ["closed"] * 3, "BANK": ["open", "open", "closed"], "PARTNER": ["closed"] * 3}


@pytest.mark.parametrize("name", CalendarName)
def test_the_year_has_every_day_once_and_as_the_calendar_has_it(name: CalendarName) -> None:
    days = _days(2028, name)
    assert len(days) == 366
    assert {on for on, day in days.items() if day.kind is year.DayKind.OPEN} == {
        on for on in days if is_business_day(on, CALENDARS[name])
    }
    assert sum(day.report_of is not None for day in days.values()) == 12


@pytest.mark.parametrize("name", CalendarName)
def test_reports_are_due_by_the_carriers_calendar_whichever_is_shown(name: CalendarName) -> None:
    shown = {day.report_of: on for on, day in _days(2027, name).items() if day.report_of}
    assert shown == {month: due.monthly_report_due(month).value for month in shown}


def test_years_that_are_a_forecast_say_so(analyst: Client) -> None:
    assert "祝日は予測です" not in _text(analyst.get(f"/console/terms/calendar/{OFFICIAL_UNTIL.year}"))
    first = OFFICIAL_UNTIL.year + 1
    assert "祝日は予測です" in _text(analyst.get(f"/console/terms/calendar/{first}"))


@pytest.mark.parametrize(("number", "neighbours"), [(2016, [None, 2017]), (2026, [2025, 2027]), (2099, [2098, None])])
def test_the_neighbouring_years_are_a_click_away_while_there_are_any(number: int, neighbours: list[int | None]) -> None:
    shown = year.year_of(number)
    assert shown is not None
    assert [shown.previous, shown.following] == neighbours


# --- In a browser ------------------------------------------------------------------------------

SEEN = [
    ("terms", "/console/terms"),
    ("terms-rules", "/console/terms/rules"),
    ("terms-rule-new", f"{RULE}plan_check"),
    ("terms-rule-answer", f"{RULE}early_termination_charge?kind=service&monthly_fee=30000&started_on=2026-04-01"
                          "&ended_on=2026-09-30"),
    ("terms-rule-refused", f"{RULE}plan_check?plan=entry&functions=sandbox&access_item=best_effort_100m&operations=no"),
    ("terms-rule-faults", f"{RULE}late_interest?principal=1%2C000&due_on=2026-02-30&payments=2026-06-10&terms=V9"),
    ("terms-calendar", "/console/terms/calendar/2026"),
    ("terms-calendar-forecast", "/console/terms/calendar/2029?calendar=BANK"),
]  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
def test_every_page_of_the_terms_is_clean_accessible_and_fits(visit, language, theme, size) -> None:
    window, wrong = visit("analyst", language, theme, size), []
    SCREENSHOTS.mkdir(exist_ok=True)
    for name, path in SEEN:
        window.complaints.clear()
        page = window.open(path)
        page.wait_for_load_state("networkidle")
        found = [*window.complaints, *page.evaluate(INLINE)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append("wider than the window")
        page.screenshot(path=SCREENSHOTS / f"{name}-{language}-{theme}-{size['width']}.png", full_page=True)
        found += [_told(violation) for violation in _axe(page) if violation["impact"] in GRAVE]
        wrong += [f"{name}: {one}" for one in found]
    assert wrong == []


@pytest.mark.browser
@pytest.mark.article("12-1")
def test_a_person_fills_in_the_form_and_the_address_holds_the_question(visit) -> None:
    page = visit("analyst", "en", size=PHONE).open(f"{RULE}minimum_term")
    page.select_option("[name=kind]", "service")
    page.fill("[name=started_on]", "2026-04-01")
    page.click("main button.primary")
    page.wait_for_selector(".answer-told")
    assert page.inner_text(".answer-told .short") == "Wed 2027-03-31"
    assert page.url.endswith(f"{RULE}minimum_term?kind=service&started_on=2026-04-01#answer")
    assert page.locator("#answer").evaluate("one => one.getBoundingClientRect().top") < PHONE["height"] / 2


@pytest.mark.browser
def test_a_year_prints_on_paper_without_the_frame(visit) -> None:
    page = visit("analyst", theme="dark").open("/console/terms/calendar/2026")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1020})
    page.screenshot(path=SCREENSHOTS / "terms-calendar-print.png", full_page=True)
    assert not page.is_visible(".rail")
    assert not page.is_visible(".year-tools")
    assert page.locator(".month:visible").count() == 12
    columns = page.evaluate("getComputedStyle(document.querySelector('.year')).gridTemplateColumns.split(' ').length")
    assert columns == 3
