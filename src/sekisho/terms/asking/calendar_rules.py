"""Rules about days: business days, the monthly report, deadlines that run from a receipt."""

from __future__ import annotations

from sekisho.terms import calendar, due
from sekisho.terms.asking.kinds import CALENDAR, COUNT, DATE, INSTANT, MONTH
from sekisho.terms.asking.rule import Rule, may, need
from sekisho.terms.words import Words

RULES = (
    Rule(
        "business_day",
        ("23-2",),
        Words("営業日か", "whether a day is a business day"),
        (need("on", DATE, "日", "day"), may("calendar", CALENDAR, "暦(既定はOPS)", "calendar (OPS if left out)")),
        calendar.business_day,
    ),
    Rule(
        "nth_business_day",
        ("6-1(1)",),
        Words("その月の第n営業日", "the n-th business day of a month"),
        (
            need("month", MONTH, "月", "month"),
            need("n", COUNT, "第n", "n, from 1"),
            may("calendar", CALENDAR, "暦(既定はOPS)", "calendar (OPS if left out)"),
        ),
        calendar.nth_business_day,
    ),
    Rule(
        "monthly_report_due",
        ("6-1(1)",),
        Words("月次レポートの掲載期限", "by when the report of a month is on the portal"),
        (need("month", MONTH, "対象月", "month of the report"),),
        due.monthly_report_due,
    ),
    Rule(
        "other_change_contact_due",
        ("23-2",),
        Words("設定変更申込書への連絡期限", "by when the carrier answers a change form"),
        (need("received_at", INSTANT, "受領日時", "when the form was received"),),
        due.other_change_contact_due,
    ),
    Rule(
        "standard_change_confirmation_due",
        ("23-2",),
        Words("標準変更の確認連絡の期限", "by when the partner confirms a standard change"),
        (need("received_at", INSTANT, "受領日時", "when the request was received"),),
        due.standard_change_confirmation_due,
    ),
    Rule(
        "sla_claim_deadline",
        ("35-1",),
        Words("サービスレベル違反の通知期限", "by when a missed service level is claimed"),
        (need("breached_at", INSTANT, "違反の発生日時", "when the deadline was missed"),),
        due.sla_claim_deadline,
    ),
    Rule(
        "succession_filing_due",
        ("16-2",),
        Words("地位承継の申出期限", "by when a successor files"),
        (need("succeeded_on", DATE, "承継の日", "day of the succession"),),
        due.succession_filing_due,
    ),
)
