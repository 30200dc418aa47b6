"""What can have a price, as codes and in words. Codes are stored on price lists and invoices: never rename one.

``monthly.plan.basic`` reads: when it is owed, of what it is the price, which one. One-time works are an open list
(``one_time.<work>``); everything else is closed.
"""

from __future__ import annotations

from sekisho.terms.applications import AncillaryService
from sekisho.terms.plans import ACCESS_WORDS, PLAN_WORDS, AccessItem, Plan
from sekisho.terms.words import Words

OPERATIONS = "monthly.operations"
EXTRA_ACCOUNT = "monthly.extra_account"
LOG_RETENTION_YEAR = "monthly.log_retention_year"
MONITORING_REPORT = "monthly.monitoring_report"
REPORT_MEETING = "monthly.report_meeting"
CHANGE = "one_time.change"
CODE_CHARACTERS_MAX = 80

MONTHLY_PREFIX = "monthly."
ONE_TIME_PREFIX = "one_time."
_ONE_TIME = Words("一時費用({0})", "One-time fee ({0})")

ANCILLARY_WORDS: dict[AncillaryService, Words] = {
    AncillaryService.IP_ADDRESS: Words("固定IPアドレス", "fixed IP address"),
    AncillaryService.OWN_DOMAIN: Words("独自ドメイン", "own domain"),
    AncillaryService.PRIMARY_DNS: Words("プライマリDNS", "primary DNS"),
    AncillaryService.SECONDARY_DNS: Words("セカンダリDNS", "secondary DNS"),
}


def initial(plan: Plan) -> str:
    return f"initial.{plan.value}"


def monthly_plan(plan: Plan) -> str:
    return f"monthly.plan.{plan.value}"


def monthly_access(item: AccessItem) -> str:
    return f"monthly.access.{item.value}"


def initial_ancillary(service: AncillaryService) -> str:
    return f"initial.ancillary.{service.value}"


def monthly_ancillary(service: AncillaryService) -> str:
    return f"monthly.ancillary.{service.value}"


CLOSED_ITEMS: dict[str, Words] = {
    **{initial(plan): Words("初期費用({0})", "Initial fee ({0})").with_facts(PLAN_WORDS[plan]) for plan in Plan},
    **{monthly_plan(plan): Words("{0}", "{0}").with_facts(PLAN_WORDS[plan]) for plan in Plan},
    **{
        monthly_access(item): Words("インターネット接続品目 {0}", "Access item: {0}").with_facts(ACCESS_WORDS[item])
        for item in AccessItem
    },
    **{
        initial_ancillary(service): Words(
            "附帯サービス初期費用({0})", "Ancillary service, initial fee ({0})"
        ).with_facts(words)
        for service, words in ANCILLARY_WORDS.items()
    },
    **{
        monthly_ancillary(service): Words("附帯サービス({0})", "Ancillary service ({0})").with_facts(words)
        for service, words in ANCILLARY_WORDS.items()
    },
    OPERATIONS: Words("セキュリティ運用管理", "Security operations"),
    EXTRA_ACCOUNT: Words("アカウント追加", "Extra account"),
    LOG_RETENTION_YEAR: Words("ログ長期保存(追加1年あたり)", "Long log retention (each further year)"),
    MONITORING_REPORT: Words("セキュリティ監視レポート", "Monitoring report"),
    REPORT_MEETING: Words("セキュリティ報告会", "Report meeting"),
    CHANGE: Words("設定変更作業", "Change of settings"),
}


def is_monthly(code: str) -> bool:
    """Whether the item is owed every month; everything else is owed once."""
    return code.startswith(MONTHLY_PREFIX)


def is_item(code: str) -> bool:
    """Whether a price list may hold this code."""
    work = code.removeprefix(ONE_TIME_PREFIX) if code.startswith(ONE_TIME_PREFIX) else ""
    return code in CLOSED_ITEMS or (
        len(code) <= CODE_CHARACTERS_MAX and work.isascii() and work.replace("_", "").isalnum()
    )


def item_words(code: str) -> Words:
    """The item as an invoice line or a page names it; an item from elsewhere is named by its code."""
    if code in CLOSED_ITEMS:
        return CLOSED_ITEMS[code]
    if code.startswith(ONE_TIME_PREFIX):
        return _ONE_TIME.with_facts(code.removeprefix(ONE_TIME_PREFIX))
    return Words(code, code)
