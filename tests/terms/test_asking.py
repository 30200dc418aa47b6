"""``sekisho terms``: the rules asked by name, with the parameters and formats that integrators are told."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.entry.cli import main
from sekisho.terms.articles import PROVISIONS
from sekisho.terms.asking.catalogue import RULES
from sekisho.terms.asking.rule import Rule, ask, plain
from sekisho.terms.switches import SWITCH_RULES, switch_read
from sekisho.terms.values import BadParameter, Refusal, Value
from sekisho.terms.versions import DEFAULT_SWITCHES, Switches

from .moments_in_tokyo import at

NOW = at("2026-06-01 12:00:00")

# Rule and parameters -> value, or the code of a refusal. As the register's examples have them.
EXAMPLES: tuple[tuple[str, object], ...] = (
    ("cancellation_effect arrived_on=2025-07-10 requested_on=2025-08-31", "2025-09-10"),
    ("cancellation_effect arrived_on=2025-07-10 requested_on=2025-10-31", "2025-10-31"),
    ("cancellation_effect arrived_on=2025-11-30", "2026-01-31"),
    ("cancellation_effect arrived_on=2026-03-10 form.cancellation_months=1", "2026-04-10"),
    ("option_stop_effect arrived_on=2026-03-10", "2026-04-09"),
    ("option_stop_effect arrived_on=2026-03-10 requested_on=2026-04-30", "2026-04-30"),
    ("line_caused_end line_ended_on=2026-05-20", "2026-05-20"),
    ("minimum_term kind=service started_on=2025-04-15", "2026-03-31"),
    ("minimum_term kind=service started_on=2024-03-31", "2025-02-28"),
    ("minimum_term kind=operations started_on=2025-10-03", "2026-09-30"),
    ("minimum_term kind=extra_account started_on=2026-02-10", "2027-01-31"),
    ("minimum_term kind=log_retention started_on=2026-02-10", "2027-01-31"),
    ("minimum_term kind=monitoring_report started_on=2025-04-15", "2025-05-14"),
    ("minimum_term kind=report_meeting started_on=2026-01-31", "2026-02-28"),
    ("early_termination_charge kind=service monthly_fee=30000 started_on=2025-04-15 ended_on=2025-09-10", 180_000),
    ("early_termination_charge kind=log_retention monthly_fee=2000 started_on=2026-02-10 ended_on=2026-06-30", 14_000),
    (
        "early_termination_charge kind=log_retention monthly_fee=2000 started_on=2026-02-10 ended_on=2026-06-30 "
        "cancelled_by=contractor service_term_ended_on=2026-03-31 service_ended_on=2026-06-30",
        0,
    ),
    (
        "early_termination_charge kind=extra_account monthly_fee=2000 started_on=2026-02-10 ended_on=2026-06-30 "
        "cancelled_by=carrier service_term_ended_on=2026-03-31 service_ended_on=2026-06-30",
        14_000,
    ),
    ("late_interest principal=110000 due_on=2026-05-29 payments=2026-06-30:110000", 1_364),
    ("late_interest principal=110000 due_on=2026-05-29 payments=2026-05-31:110000", 44),
    ("late_interest principal=165000 due_on=2023-12-29 payments=2024-03-01:165000", 4_092),
    ("late_interest principal=110000 due_on=2026-05-29 payments=2026-06-10:50000,2026-06-30:60000", 964),
    ("late_interest principal=110000 due_on=2026-05-29 payments= asked_on=2026-06-30", 1_364),
    ("surcharge evaded=100000", 200_000),
    (
        "sla_verdict level=high determined_at=2026-05-04T02:13:20+09:00 notified_at=2026-05-04T02:28:20+09:00 "
        "channel=phone",
        "met",
    ),
    ("sla_verdict level=high determined_at=2026-05-04T02:13:20+09:00 notified_at=2026-05-03T17:28:21Z", "breached"),
    (
        "sla_verdict level=high determined_at=2026-05-04T10:00:00+09:00 notified_at=2026-05-04T10:03:00+09:00 "
        "channel=mail",
        "breached",
    ),
    ("sla_verdict level=medium determined_at=2026-06-01T11:00:00+09:00", "open"),
    ("sla_verdict level=medium determined_at=2026-06-01T10:59:59+09:00", "breached"),
    ("sla_verdict level=medium determined_at=2026-06-01T10:00:00+09:00 now=2026-06-01T11:00:00+09:00", "open"),
    ("sla_verdict level=high determined_at=2035-05-04T02:13:20+09:00 notified_at=2035-05-04T02:28:20+09:00", "met"),
    ("sla_verdict level=high determined_at=2035-05-04T02:13:20+09:00", "open"),
    ("sla_verdict level=low determined_at=2026-06-01T11:30:00+09:00", "none"),
    ("sla_credit monthly_fee=150000 breaches=1", 3_000),
    ("sla_credit monthly_fee=148777 breaches=50", 148_750),
    ("sla_credit monthly_fee=150000 breaches=60", 150_000),
    ("sla_claim_deadline breached_at=2026-06-01T10:15:00+09:00", "2026-06-15"),
    ("monthly_report_due month=2025-12", "2026-01-19"),
    ("monthly_report_due month=2026-04-30", "2026-05-19"),
    ("other_change_contact_due received_at=2026-05-01T16:00:00+09:00", "2026-05-07"),
    ("other_change_contact_due received_at=2026-12-28T09:00:00+09:00", "2027-01-04"),
    ("standard_change_confirmation_due received_at=2026-05-01T18:30:00+09:00", "2026-05-02T18:30:00+09:00"),
    ("standard_change_confirmation_due received_at=2026-05-01T09:30:00Z", "2026-05-02T18:30:00+09:00"),
    ("work_slot plan=entry operations=no starts_at=2026-05-07T16:00+09:00 ends_at=2026-05-07T17:30+09:00", True),
    (
        "work_slot plan=entry operations=no starts_at=2026-05-07T17:00+09:00 ends_at=2026-05-07T18:00+09:00",
        "work_slot.outside_hours",
    ),
    ("work_slot plan=basic operations=yes starts_at=2026-05-13T22:00+09:00 ends_at=2026-05-13T24:00+09:00", True),
    (
        "work_slot plan=premium operations=yes starts_at=2026-05-15T22:00+09:00 ends_at=2026-05-16T01:00+09:00",
        "work_slot.not_a_business_day",
    ),
    ("log_retained_until received_on=2025-04-10 years=1", "2026-04-10"),
    ("log_retained_until received_on=2024-02-29 years=1", "2025-02-28"),
    ("log_retained_until received_on=2025-04-10 years=5", "2030-04-10"),
    ("log_retained_until received_on=2025-04-10 years=6", "retention.too_long"),
    ("invoice_total lines=33335,33335 on=2026-05-31", {"net": 66_670, "tax": 6_667, "nontax": 0, "total": 73_337}),
    (
        "invoice_total lines=148777,-2975,180000:nontax on=2026-05-31",
        {"net": 145_802, "tax": 14_580, "nontax": 180_000, "total": 340_382},
    ),
    ("terms_version service_started_on=2024-01-01 valid_on=2021-07-15 known_on=2021-08-05", "V4"),
    ("terms_version service_started_on=2024-01-01 valid_on=2024-04-01 known_on=2025-02-04", "V6"),
    ("terms_version service_started_on=2021-06-30 valid_on=2022-01-01 known_on=2026-01-01", "V3"),
    (
        "terms_version service_started_on=2021-06-30 valid_on=2023-04-01 known_on=2026-01-01 "
        "transition_ended_on=2023-03-31",
        "V5",
    ),
    (
        "terms_version service_started_on=2021-06-30 valid_on=2025-06-01 known_on=2026-01-01 "
        "switch.transition_survives=false",
        "V6",
    ),
    ("terms_version service_started_on=2016-01-01 valid_on=2016-10-02 known_on=2026-01-01", "terms.none_yet"),
    ("succession_filing_due succeeded_on=2026-04-01", "2026-05-01"),
    ("plan_check plan=basic functions=firewall,sandbox access_item=guaranteed_30m operations=yes", True),
    (
        "plan_check plan=entry functions=sandbox access_item=best_effort_100m operations=no",
        "plan.function_not_offered",
    ),
    ("plan_check plan=basic functions= access_item=best_effort_1g operations=no", "plan.no_function"),
    ("plan_check plan=premium functions=firewall access_item=custom operations=no", "plan.operations_required"),
    ("business_day on=2026-09-22 calendar=OPS", False),
    ("business_day on=2026-12-30 calendar=BANK", True),
    ("business_day on=2026-08-13 calendar=PARTNER", True),
    ("nth_business_day month=2019-05 n=10 calendar=OPS", "2019-05-20"),
    ("nth_business_day month=2027-01 n=10 calendar=OPS", "2027-01-18"),
    ("corporate_number number=7000012050002", True),
    ("corporate_number number=7000012050003", False),
    ("erasure_due ended_on=2026-03-31 retention=1y", "2027-04-01"),
    ("erasure_due ended_on=2026-03-31 retention=6m", "2026-10-01"),
    ("ipv4_address address=2001:db8::1", "address.not_ipv4"),
    ("era_date on=2026-05-19", "令和8年5月19日"),
    ("affected_months version=V5", ["2021-07-01"]),
)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main(["terms", "ask", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("question", "expected"), EXAMPLES, ids=lambda e: e.split()[0] if isinstance(e, str) else "")
def test_a_question_gets_the_registers_answer(question: str, expected: object) -> None:
    name, *pairs = question.split()
    answer = ask(RULES[name], dict(pair.split("=", 1) for pair in pairs), now=NOW)
    told = plain(RULES[name], answer)
    assert (told["refusal"]["code"] if "refusal" in told else told["value"]) == expected  # type: ignore[index, call-overload]
    assert told["article"] in PROVISIONS
    assert json.dumps(told)


REQUIRED = {
    "cancellation_effect": "arrived_on requested_on?",
    "option_stop_effect": "arrived_on requested_on?",
    "minimum_term": "kind started_on",
    "early_termination_charge": (
        "kind monthly_fee started_on ended_on cancelled_by? service_term_ended_on? service_ended_on?"
    ),
    "late_interest": "principal due_on payments",
    "surcharge": "evaded",
    "sla_verdict": "level determined_at notified_at? channel?",
    "sla_credit": "monthly_fee breaches",
    "sla_claim_deadline": "breached_at",
    "monthly_report_due": "month",
    "other_change_contact_due": "received_at",
    "standard_change_confirmation_due": "received_at",
    "work_slot": "plan operations starts_at ends_at",
    "log_retained_until": "received_on years",
    "invoice_total": "lines on",
    "terms_version": "service_started_on valid_on known_on transition_ended_on?",
    "succession_filing_due": "succeeded_on",
    "plan_check": "plan functions access_item operations",
    "business_day": "on calendar",
    "nth_business_day": "month n calendar",
    "corporate_number": "number",
    "erasure_due": "ended_on retention",
}


@pytest.mark.parametrize("name", REQUIRED)
def test_the_promised_rules_take_the_promised_parameters(name: str) -> None:
    known = {p.name: p.required for p in RULES[name].parameters}
    for promised in REQUIRED[name].split():
        assert promised.rstrip("?") in known
        assert not (promised.endswith("?") and known[promised.rstrip("?")])
    needed = {parameter for parameter, required in known.items() if required}
    assert needed <= set(REQUIRED[name].replace("?", "").split())


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_each_rule_says_what_it_means_and_fits_its_function(rule: Rule) -> None:
    signature = inspect.signature(rule.answer).parameters
    assert set(rule.articles) <= set(PROVISIONS)
    assert rule.words.ja and rule.words.en
    for parameter in rule.parameters:
        assert parameter.words.ja and parameter.words.en
        has_default = signature[parameter.name].default is not inspect.Parameter.empty
        assert has_default or parameter.required or parameter.is_now
    fitting = {name for name, p in signature.items() if p.default is inspect.Parameter.empty}
    assert fitting <= {p.name for p in rule.parameters}
    assert rule.under in signature


def test_json_has_value_article_version_and_steps(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "surcharge", "evaded=100000")
    assert told == {
        "rule": "surcharge",
        "value": 200_000,
        "article": "29-1",
        "terms_version": "V6",
        "steps": [
            {
                "ja": "免れた額100,000円×2=200,000円(消費税なし)。",
                "en": "Evaded 100,000 yen x 2 = 200,000 yen, without tax.",
            },
            {"ja": "免れた額と合わせて300,000円。", "en": "Together with what was evaded: 300,000 yen."},
        ],
        "switches": {"surcharge_in_addition": True},
    }


def test_a_refusal_is_an_answer_with_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "log_retained_until", "received_on=2025-04-10", "years=6")
    assert "value" not in told
    assert told["refusal"]["code"] == "retention.too_long"
    assert (told["article"], told["terms_version"], told["steps"]) == ("6-1(2)", "V6", [])


def test_people_are_told_in_japanese_first_and_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["terms", "ask", "business_day", "on=2026-09-22"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "営業日か / whether a day is a business day",
        "  答 / answer: いいえ / no",
        "  1. 2026年9月22日(火)は営業日ではありません(OPS: 国民の休日)。",
        "     Tue 2026-09-22 is not a business day (OPS: National day off between two holidays).",
        "  根拠 / article: 23-2 (V6)",
    ]
    assert main(["terms", "ask", "ipv4_address", "address=::1"]) == 0
    assert "不可 / refused: address.not_ipv4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("surcharge evaded=100000", "200,000円 / 200,000 yen"),
        ("cancellation_effect arrived_on=2025-11-30", "2026年1月31日(土) / Sat 2026-01-31"),
        ("sla_verdict level=low determined_at=2026-06-01T11:30:00+09:00", "対象外 / none"),
        ("consumption_tax_rate on=2026-06-01", "10"),
        ("terms_version service_started_on=2024-01-01 valid_on=2026-01-01 known_on=2026-01-01", "V6"),
        ("affected_months version=V5", "2021年7月1日(木) / Thu 2021-07-01"),
        ("invoice_total lines=10 on=2026-06-01", "net 10円, tax 1円, nontax 0円, total 11円 / net 10 yen, tax 1 yen,"),
        (
            "standard_change_confirmation_due received_at=2026-05-01T18:30:00+09:00",
            "2026年5月2日(土) 18:30:00 / Sat 2026-05-02 18:30:00",
        ),
    ],
)
def test_a_value_is_told_the_way_people_write_it(question: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["terms", "ask", *question.split()]) == 0
    assert f"  答 / answer: {told}" in capsys.readouterr().out


def test_the_switches_that_had_a_say_are_told_as_they_are_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["terms", "ask", "surcharge", "evaded=1"]) == 0
    assert "  設定 / switch: surcharge_in_addition=true\n" in capsys.readouterr().out
    assert main(["terms", "ask", "late_interest", "principal=1", "due_on=2026-05-29", "payments=2026-06-14:1"]) == 0
    assert "  設定 / switch: interest_grace_days=0\n" in capsys.readouterr().out


@pytest.mark.parametrize("flags", [["--json", "surcharge", "evaded=1"], ["surcharge", "--json", "evaded=1"]])
def test_json_may_stand_anywhere(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["terms", "ask", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == 2


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("surcharge", "evaded is missing: whole yen"),
        ("surcharge evaded=", "evaded '' is not a whole number of yen, digits only"),
        ("surcharge evaded=1.5", "evaded '1.5' is not a whole number of yen, digits only"),
        ("surcharge evaded=-1", "evaded must not be negative"),
        ("surcharge evaded=1 evaded=2", "evaded is given twice"),
        ("surcharge evaded=1 colour=red", "colour is no parameter of surcharge, which takes evaded"),
        ("surcharge evaded", "evaded has no value: parameters are written key=value"),
        ("nothing", "RULE 'nothing' does not exist; 'sekisho terms list' shows the rules"),
        ("minimum_term kind=dog started_on=2026-01-01", "kind 'dog' is none of service, operations"),
        ("minimum_term kind=service started_on=2026-02-30", "started_on '2026-02-30' is not in the calendar"),
        ("minimum_term kind=service started_on=20260201", "started_on '20260201' is not a date such as 2026-03-10"),
        (
            "cancellation_effect arrived_on=9999-12-31",
            "arrived_on cannot be used here: period ends outside the calendar",
        ),
        ("sla_claim_deadline breached_at=2026-06-01T10:15:00", "breached_at '2026-06-01T10:15:00' has no UTC offset"),
        ("sla_claim_deadline breached_at=2026-06-01", "breached_at '2026-06-01' is not an instant such as"),
        ("sla_claim_deadline breached_at=9999-12-31T23:59:59-05:00", "breached_at leads outside the calendar"),
        ("plan_check plan=entry functions=fw access_item=custom operations=no", "functions 'fw' is none of firewall"),
        ("plan_check plan=entry functions=firewall access_item=custom operations=x", "operations 'x' is neither yes"),
        ("late_interest principal=1 due_on=2026-01-01 payments=5", "payments '5' is not DATE:YEN"),
        ("late_interest principal=1 due_on=2026-01-01 payments=", "payments is empty"),
        ("invoice_total lines=5:free on=2026-01-01", "lines '5:free' is not YEN or YEN:nontax"),
        ("invoice_total lines= on=2026-01-01", "lines is empty"),
        ("monthly_report_due month=2026", "month '2026' is not a month such as 2026-03"),
        ("nth_business_day month=2026-02 n=20", "n 20 is more than the business days of 2026-02"),
        ("nth_business_day month=2026-02 n=0", "n starts at 1"),
        ("business_day on=2026-01-01 calendar=MOON", "calendar 'MOON' is none of OPS, BANK, PARTNER"),
        ("business_day on=2015-01-01", "on cannot be used here: year 2015 is outside"),
        ("erasure_due ended_on=2026-03-31 retention=soon", "retention 'soon' is not a period such as 1y"),
        ("surcharge evaded=1 terms=V9", "terms 'V9' is none of V1, V2"),
        ("surcharge evaded=1 switch.mood=good", "switch.mood does not exist"),
        ("surcharge evaded=1 switch.proration=weekly", "switch.proration 'weekly' is none of none, daily"),
        (
            "surcharge evaded=1 form.surcharge_multiple=1",
            "form.surcharge_multiple is not something that a form can set",
        ),
        ("surcharge evaded=1 form.option_stop_days=0", "form.option_stop_days '0' is not a whole number from 1"),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence_that_names_the_parameter(
    question: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["terms", "ask", *question.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert sentence in captured.err
    assert captured.err.startswith("sekisho terms ask: ")
    assert captured.err.count("\n") == 1


def test_control_characters_of_a_question_never_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["terms", "ask", "surcharge", "evaded=\x1b[31m1"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_the_list_shows_every_rule_with_its_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["terms", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(f"{name}  (" in shown for name in RULES)
    assert "kind=service|operations|extra_account" in shown
    assert main(["terms", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [rule["rule"] for rule in listed] == list(RULES)
    assert listed[0]["parameters"][0] == {
        "name": "plan", "kind": "choice", "form": "entry|basic|premium", "choices": ["entry", "basic", "premium"],
        "required": True, "ja": "プラン", "en": "plan",
    }  # fmt: skip


def test_other_terms_can_be_asked_under(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(
        capsys, "early_termination_charge", "kind=service", "monthly_fee=30000", "started_on=2025-04-15",
        "ended_on=2025-09-10", "switch.proration=daily", "terms=V5",
    )  # fmt: skip
    assert (told["value"], told["terms_version"]) == (200_000, "V5")
    assert told["switches"]["proration"] == "daily"


def test_a_question_loads_neither_web_framework_nor_engines() -> None:
    program = (
        "import sys; from sekisho.entry.cli import main; main(['terms', 'ask', 'surcharge', 'evaded=1']);"
        "heavy = {'django', 'pyarrow', 'duckdb', 'numpy', 'psycopg', 'nats'} & set(sys.modules); sys.exit(bool(heavy))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60).returncode == 0


@pytest.mark.parametrize("name", SWITCH_RULES)
def test_each_switch_of_the_terms_is_described_and_its_default_comes_first(name: str) -> None:
    rule, default = SWITCH_RULES[name], getattr(DEFAULT_SWITCHES, name)
    assert rule.article in PROVISIONS
    assert set(SWITCH_RULES) == set(Switches.__dataclass_fields__)
    if rule.choices:
        assert switch_read(name, rule.choices[0]) == default
        assert all(switch_read(name, choice) is not None for choice in rule.choices)


def test_retention_periods_are_set_by_category() -> None:
    assert dict(switch_read("retention_period_by_category", "mail:2y"))["mail"] == "2y"  # type: ignore[call-overload]
    with pytest.raises(BadParameter, match=r"switch\.interest_grace_days"):
        switch_read("interest_grace_days", "-1")


@given(st.sampled_from(list(RULES.values())), st.data())
def test_no_text_breaks_a_rule(rule: Rule, data: st.DataObject) -> None:
    text = st.text(max_size=12) | st.sampled_from(
        ["0", "1", "12", "999999999999999", "2026-02-29", "9999-12-31", "0001-01-01", "2026-05-01T24:00:00+09:00",
         "0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59Z", "yes", "no", "OPS", "1y", "1000y", "service", "high",
         "2026-05-01:1", "-5:nontax", "V6", "entry", "firewall", "contractor", "refusal"]
    )  # fmt: skip
    texts = {p.name: data.draw(st.sampled_from(p.kind.choices) if p.kind.choices else text) for p in rule.parameters}
    try:
        answer = ask(rule, texts, now=NOW)
    except BadParameter as wrong:
        assert wrong.parameter in texts
        return
    assert isinstance(answer, Value | Refusal)
    assert answer == ask(rule, texts, now=NOW)
    if isinstance(answer, Value):
        assert all(step.words.ja and step.words.en for step in answer.steps)
