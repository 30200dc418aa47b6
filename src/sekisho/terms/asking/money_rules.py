"""Rules about money: charges, credits, invoices, late and evaded payment."""

from __future__ import annotations

from sekisho.terms import arrears, credit, early_charge, invoice, minimum, taxes
from sekisho.terms.asking.kinds import COUNT, DATE, INSTANT, LINES, MONTH, PAYMENTS, YEN, YES_NO, one_of
from sekisho.terms.asking.rule import Rule, may, need
from sekisho.terms.words import Words

_MONTHLY_FEE = need("monthly_fee", YEN, "月額料金(税抜)", "monthly fee, without tax")

RULES = (
    Rule(
        "early_termination_charge",
        ("13-1", "13-2", "12-3"),
        Words("最低利用期間内解除調定の金額", "what an end inside the minimum term costs"),
        (
            need("kind", one_of(minimum.TermKind), "対象", "what ends"),
            _MONTHLY_FEE,
            need("started_on", DATE, "提供(課金)開始日", "start of service or billing"),
            need("ended_on", DATE, "利用の最終日", "last day of service"),
            may(
                "cancelled_by", one_of(minimum.EndedBy),
                "解除した者(lineは契約者による回線解除)", "who ended it (line: the contractor cancelled the line)",
            ),
            may("service_term_ended_on", DATE, "本サービスの最低利用期間の最終日", "last day of the service term"),
            may("service_ended_on", DATE, "本サービスの最終日", "last day of the service, if it ended"),
        ),
        early_charge.early_termination_charge,
        in_yen=True,
    ),
    Rule(
        "early_charge_tax",
        ("13-1", "31-1"),
        Words("早期解除調定の消費税", "consumption tax on the early-termination charge"),
        (need("charge", YEN, "調定額", "charge"), need("on", DATE, "日", "day")),
        early_charge.early_charge_tax,
        in_yen=True,
    ),
    Rule(
        "late_interest",
        ("30-1",),
        Words("延滞利息", "interest on late payment"),
        (
            need("principal", YEN, "元本(税込)", "principal, tax included"),
            need("due_on", DATE, "支払期日", "due date"),
            need("payments", PAYMENTS, "入金", "payments"),
            may("asked_on", DATE, "未払い分をこの日に支払うとした場合", "count the unpaid rest as if paid on this day"),
        ),
        arrears.late_interest,
        in_yen=True,
    ),
    Rule(
        "surcharge",
        ("29-1",),
        Words("割増金", "surcharge on evaded fees"),
        (need("evaded", YEN, "不法に免れた額(税抜)", "amount evaded, without tax"),),
        arrears.surcharge,
        in_yen=True,
    ),
    Rule(
        "sla_credit",
        ("35-1",),
        Words("サービスレベル違反の賠償額", "credit for missed service levels of one month"),
        (
            _MONTHLY_FEE,
            need("breaches", COUNT, "事象の件数", "number of events"),
            may("credited_before", YEN, "上限までに賠償済みの額", "credited before under the same cap"),
        ),
        credit.sla_credit,
        in_yen=True,
    ),
    Rule(
        "sla_claim",
        ("35-1",),
        Words("違反の通知が有効か", "whether a claim keeps the credit"),
        (
            need("breached_at", INSTANT, "違反の発生日時", "when the deadline was missed"),
            need("arrived_at", INSTANT, "通知の到達日時", "when the claim arrived"),
            may("form", one_of(credit.ClaimForm), "通知の方法(既定はportal)", "form (portal if left out)"),
        ),
        credit.sla_claim_check,
    ),
    Rule(
        "damages_cap",
        ("35-2", "36-1"),
        Words("その他の損害賠償の上限", "the most that any other damage can cost"),
        (
            need("claimed", YEN, "請求額", "amount claimed"),
            _MONTHLY_FEE,
            may("kind", one_of(credit.DamageKind), "損害の種類(既定はdirect)", "kind (direct if left out)"),
            may("attributable", YES_NO, "当社の責めに帰すか(既定はyes)", "carrier's fault (yes if left out)"),
        ),
        credit.damages_cap,
        in_yen=True,
    ),
    Rule(
        "interruption_reduction",
        ("34-2",),
        Words("提供の中止による減額", "what an interruption takes off the fee"),
        (_MONTHLY_FEE,),
        credit.interruption_reduction,
        in_yen=True,
    ),
    Rule(
        "invoice_total",
        ("31-1", "32-1"),
        Words("請求書の合計", "totals of an invoice"),
        (need("lines", LINES, "明細", "lines"), need("on", DATE, "役務提供の日", "day of supply")),
        invoice.invoice_total,
        in_yen=True,
    ),
    Rule(
        "consumption_tax_rate",
        ("31-1",),
        Words("消費税率(%)", "consumption tax rate in percent"),
        (need("on", DATE, "役務提供の日", "day of supply"),),
        taxes.consumption_tax_rate,
    ),
    Rule(
        "month_fee",
        ("27-1",),
        Words("ある月の月額料金", "the fee of one month"),
        (
            _MONTHLY_FEE,
            need("month", MONTH, "月", "month"),
            need("billing_started_on", DATE, "課金開始日", "billing start"),
            may("ended_on", DATE, "利用の最終日", "last day of service"),
        ),
        invoice.month_fee,
        in_yen=True,
    ),
    Rule(
        "debt_arises_on",
        ("27-1",),
        Words("支払義務の発生日", "day on which a debt arises"),
        (
            need("kind", one_of(invoice.DebtKind), "料金の種類", "kind of fee"),
            need("happened_at", INSTANT, "承諾または課金開始の日時", "acceptance, or billing start"),
        ),
        invoice.debt_arises_on,
    ),
    Rule(
        "payment_due",
        ("28-1",),
        Words("支払期日(銀行営業日)", "by when an invoice is paid"),
        (
            need("invoiced_on", DATE, "請求日", "day of the invoice"),
            may("due_on", DATE, "請求書の支払期日", "day that the invoice names"),
        ),
        invoice.payment_due,
    ),
    Rule(
        "open_after_payment",
        ("28-1", "30-2"),
        Words("入金後の残額", "what stays open after a payment"),
        (need("owed", YEN, "請求額", "owed"), need("received", YEN, "入金額", "received")),
        invoice.open_after_payment,
        in_yen=True,
    ),
)  # fmt: skip
