"""What can have a price, as codes and in words. Codes are stored on price lists and invoices: never rename one.

``monthly.plan.basic`` reads: when it is owed, of what it is the price, which one. Ancillary services and one-time
works are open lists (``monthly.ancillary.<service>``, ``one_time.<work>``); everything else is closed.
"""

from __future__ import annotations

from sekisho.terms.plans import ACCESS_WORDS, PLAN_WORDS, AccessItem, Plan
from sekisho.terms.words import Words

OPERATIONS = "monthly.operations"
EXTRA_ACCOUNT = "monthly.extra_account"
LOG_RETENTION_YEAR = "monthly.log_retention_year"
MONITORING_REPORT = "monthly.monitoring_report"
REPORT_MEETING = "monthly.report_meeting"
CHANGE = "one_time.change"
CODE_CHARACTERS_MAX = 80

_OPEN_PREFIXES: dict[str, Words] = {
    "initial.ancillary.": Words("附帯サービス初期費用({0})", "Ancillary service, initial fee ({0})"),
    "monthly.ancillary.": Words("附帯サービス({0})", "Ancillary service ({0})"),
    "one_time.": Words("一時費用({0})", "One-time fee ({0})"),
}


def initial(plan: Plan) -> str:
    return f"initial.{plan.value}"


def monthly_plan(plan: Plan) -> str:
    return f"monthly.plan.{plan.value}"


def monthly_access(item: AccessItem) -> str:
    return f"monthly.access.{item.value}"


CLOSED_ITEMS: dict[str, Words] = {
    **{initial(plan): Words("初期費用({0})", "Initial fee ({0})").with_facts(PLAN_WORDS[plan]) for plan in Plan},
    **{monthly_plan(plan): Words("{0}", "{0}").with_facts(PLAN_WORDS[plan]) for plan in Plan},
    **{
        monthly_access(item): Words("インターネット接続品目 {0}", "Access item: {0}").with_facts(ACCESS_WORDS[item])
        for item in AccessItem
    },
    OPERATIONS: Words("セキュリティ運用管理", "Security operations"),
    EXTRA_ACCOUNT: Words("アカウント追加", "Extra account"),
    LOG_RETENTION_YEAR: Words("ログ長期保存(追加1年あたり)", "Long log retention (each further year)"),
    MONITORING_REPORT: Words("セキュリティ監視レポート", "Monitoring report"),
    REPORT_MEETING: Words("セキュリティ報告会", "Report meeting"),
    CHANGE: Words("設定変更作業", "Change of settings"),
}


def is_item(code: str) -> bool:
    """Whether a price list may hold this code."""
    if code in CLOSED_ITEMS:
        return True
    rest = next((code.removeprefix(prefix) for prefix in _OPEN_PREFIXES if code.startswith(prefix)), "")
    return len(code) <= CODE_CHARACTERS_MAX and rest.isascii() and rest.replace("_", "").isalnum()


def item_words(code: str) -> Words:
    """The item as an invoice line or a page names it; an item from elsewhere is named by its code."""
    if code in CLOSED_ITEMS:
        return CLOSED_ITEMS[code]
    for prefix, words in _OPEN_PREFIXES.items():
        if code.startswith(prefix):
            return words.with_facts(code.removeprefix(prefix))
    return Words(code, code)
