"""Rules about the contract: what may be chosen, which terms bind, how long it lasts and how it ends."""

from __future__ import annotations

from sekisho.terms import adjustments, applicable, applications, ending, grounds, minimum, options, plans, screening
from sekisho.terms.asking.kinds import COUNT, DATE, INSTANT, TEXT, VERSION, YES_NO, one_of, some_of
from sekisho.terms.asking.rule import Rule, may, need
from sekisho.terms.words import Words

_ARRIVED = need("arrived_on", DATE, "書面の到達日", "day on which the form arrived")
_REQUESTED = may("requested_on", DATE, "契約者の指定日", "day that the contractor named")

RULES = (
    Rule(
        "plan_check",
        ("5-1",),
        Words("プランで選択できるか", "whether a combination is offered"),
        (
            need("plan", one_of(plans.Plan), "プラン", "plan"),
            need("functions", some_of(plans.SecurityFunction), "セキュリティ機能", "security functions"),
            need("access_item", one_of(plans.AccessItem), "インターネット接続品目", "access item"),
            need("operations", YES_NO, "セキュリティ運用管理", "security operations"),
        ),
        plans.plan_check,
    ),
    Rule(
        "terms_version",
        ("2-1", "附則1", "附則2", "附則3", "附則4", "附則5", "附則6"),
        Words("適用される規約の版", "which version of the terms binds"),
        (
            need("service_started_on", DATE, "利用開始日", "day on which the service began"),
            need("valid_on", DATE, "判断の対象日", "day that is judged"),
            need("known_on", DATE, "判断の時点", "day on which it is judged"),
            may("transition_ended_on", DATE, "特例の期日(別に定める期日)", "last day of the transition rule"),
        ),
        applicable.terms_version,
        under="switches",
    ),
    Rule(
        "minimum_term",
        ("12-1", "12-2", "12-3", "12-4"),
        Words("最低利用期間の最終日", "last day of the minimum term"),
        (
            need("kind", one_of(minimum.TermKind), "対象", "what the term is of"),
            need("started_on", DATE, "提供(課金)開始日", "start of service, or of billing for one-month options"),
        ),
        minimum.minimum_term,
    ),
    Rule(
        "cancellation_effect",
        ("17-2", "17-1"),
        Words("解除申込書による解除の効力日", "last day of service after a cancellation form"),
        (_ARRIVED, _REQUESTED),
        ending.cancellation_effect,
    ),
    Rule(
        "option_stop_effect",
        ("12-5",),
        Words("オプションの利用停止の効力日", "last day of an option after a change form"),
        (_ARRIVED, _REQUESTED),
        ending.option_stop_effect,
    ),
    Rule(
        "line_caused_end",
        ("17-3",),
        Words("回線契約の終了による終了日", "last day of service when the line's contract ends"),
        (
            need("line_ended_on", DATE, "回線契約の終了日", "last day of the line's contract"),
            may("replaced", YES_NO, "移転・取替か", "whether the line is moved or replaced"),
        ),
        ending.line_caused_end,
    ),
    Rule(
        "termination_effect",
        ("18-1",),
        Words("当社による解除の効力日時", "instant of a termination by the carrier"),
        (need("decided_at", INSTANT, "解除の決定日時", "when it was decided"),),
        ending.termination_effect,
    ),
    Rule(
        "line_check",
        ("7-1", "7-1(1)", "7-1(2)", "8-1"),
        Words("この回線で契約できるか", "whether a contract may be made for a line"),
        (
            need("kind", one_of(applications.LineKind), "回線サービス", "service of the line"),
            need("line_active", YES_NO, "回線契約が有効か", "whether its contract is active"),
            need("has_contract", YES_NO, "既に契約があるか", "whether it has a contract already"),
            may("ordered", YES_NO, "本サービスと同時に申し込む回線か", "whether it is ordered with the service"),
        ),
        applications.line_check,
    ),
    Rule(
        "account_check",
        ("6-1(1)", "6-1(2)"),
        Words("ポータルのアカウントを追加できるか", "whether one more portal account may be opened"),
        (
            need("existing", COUNT, "現在のアカウント数", "accounts there are"),
            may("extra_accounts", COUNT, "アカウント追加オプションの数", "accounts bought as an option"),
        ),
        options.account_check,
    ),
    Rule(
        "screening_check",
        ("11-2(6)",),
        Words("反社会的勢力の確認で承諾できるか", "whether a screening allows acceptance"),
        (
            need("checked_on", DATE, "確認日", "day of the screening"),
            need("result", one_of(screening.ScreeningResult), "結果", "result"),
            need("accepted_on", DATE, "承諾日", "day of the acceptance"),
            may("approved_by", TEXT, "別の承認者", "second person"),
        ),
        screening.screening_check,
    ),
    Rule(
        "screening_valid_until",
        ("11-2(6)",),
        Words("反社会的勢力の確認の有効期限", "last day on which a screening may be used"),
        (need("checked_on", DATE, "確認日", "day of the screening"),),
        screening.screening_valid_until,
    ),
    Rule(
        "ground_check",
        ("11-2", "18-1", "19-1", "27-2"),
        Words("事由の条項と記載の要否", "the article of a ground, and whether it needs a text"),
        (
            need("catalogue", one_of(grounds.Catalogue), "事由の種類", "catalogue"),
            need("ground", TEXT, "事由の符号", "code of the ground"),
            may("text", TEXT, "具体的な理由", "what happened"),
        ),
        grounds.ground_check,
    ),
    Rule(
        "affected_months",
        ("附則6",),
        Words("遡及適用で再計算する月", "months to recompute under a version that works backwards"),
        (need("version", VERSION, "規約の版", "version"),),
        adjustments.affected_months,
    ),
)
