"""Rules about the service: notices and their clocks, changes of the policy, how long logs live."""

from __future__ import annotations

from sekisho.terms import changes, clocks, enforcement, options, retention
from sekisho.terms.asking.kinds import COUNT, DATE, INSTANT, TEXT, YES_NO, one_of
from sekisho.terms.asking.rule import Parameter, Rule, may, need
from sekisho.terms.plans import Plan
from sekisho.terms.words import Words

_PLAN = need("plan", one_of(Plan), "プラン", "plan")
_OPERATIONS = need("operations", YES_NO, "セキュリティ運用管理", "security operations")

RULES = (
    Rule(
        "sla_verdict",
        ("6-1(3)",),
        Words("インシデント通知のサービスレベルの判定", "whether an incident notice was in time"),
        (
            need("level", one_of(clocks.Level), "判定レベル", "level determined"),
            need("determined_at", INSTANT, "レベル判定の日時", "when the level was determined"),
            may("notified_at", INSTANT, "通知の日時", "when notice was given"),
            may(
                "channel", one_of(clocks.Channel), "通知の手段(既定はレベルのもの)", "channel (the level's if left out)"
            ),
            Parameter(
                "now",
                INSTANT,
                Words("判定の時点(既定は現在)", "as known at (now if left out)"),
                required=False,
                is_now=True,
            ),
        ),
        clocks.sla_verdict,
        value_words=clocks.SLA_VERDICT_WORDS,
    ),
    Rule(
        "work_slot",
        ("23-2",),
        Words("設定変更の作業時間帯が可能か", "whether the staff may work in a slot"),
        (
            _PLAN,
            _OPERATIONS,
            need("starts_at", INSTANT, "作業開始", "start of the work"),
            need("ends_at", INSTANT, "作業終了(24:00可)", "end of the work (24:00 allowed)"),
        ),
        changes.work_slot,
    ),
    Rule(
        "change_handling",
        ("23-2", "6-1(1)"),
        Words("設定変更の扱い", "who handles a change, by when, at whose cost"),
        (
            _PLAN,
            _OPERATIONS,
            need("catalogue_item", YES_NO, "当社が定めるセキュリティ機能か", "whether it is in the standard catalogue"),
            may("carrier_caused", YES_NO, "当社の誤りの訂正か", "whether it corrects the carrier's own slip"),
        ),
        changes.change_handling,
    ),
    Rule(
        "ipv4_address",
        ("22-1",),
        Words("使用できるアドレスか", "whether a policy may name an address"),
        (need("address", TEXT, "アドレスまたはネットワーク", "address or network"),),
        changes.ipv4_check,
    ),
    Rule(
        "log_retained_until",
        ("6-1(1)", "6-1(2)"),
        Words("セキュリティログを保存する最終日", "last day on which a log must be there"),
        (
            need("received_on", DATE, "受信日", "day of receipt"),
            need("years", COUNT, "保存年数(合計)", "years, all in all"),
        ),
        retention.log_retained_until,
    ),
    Rule(
        "long_logs_offered_until",
        ("6-1(2)",),
        Words(
            "長期保存の停止後にログを取得できる最終日", "last day to fetch long-kept logs after their option stopped"
        ),
        (need("option_stopped_on", DATE, "オプション停止の効力日", "last day of the option"),),
        options.long_logs_offered_until,
    ),
    Rule(
        "maintenance_notice_due",
        ("20-2",),
        Words("計画工事の通知期限", "by when planned work is announced"),
        (need("starts_at", INSTANT, "工事の開始", "start of the work"),),
        enforcement.maintenance_notice_due,
    ),
    Rule(
        "emergency_block",
        ("36-1", "3"),
        Words("了承前に緊急遮断できるか", "whether traffic may be blocked before consent"),
        (
            need("level", one_of(clocks.Level), "判定レベル", "level determined"),
            may("analyst_reason", TEXT, "アナリストの判断理由", "the analyst's reason"),
            may("approved_by", TEXT, "別の承認者", "second person"),
        ),
        enforcement.emergency_block_check,
    ),
)
