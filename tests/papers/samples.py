"""One sample of every paper, with figures of the register where it has some."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sekisho.papers.acceptance_notice import AcceptanceNotice
from sekisho.papers.cancellation_application import CancellationApplication, EarlyCharge
from sekisho.papers.change_application import ChangeApplication, Changed
from sekisho.papers.contract_application import (
    Choice,
    ContactLine,
    ContractApplication,
    PolicySetting,
    PolicySheet,
)
from sekisho.papers.credit_note import CreditedEvent, CreditNote
from sekisho.papers.dunning_letter import DunningLetter, DunningLevel, OpenInvoice
from sekisho.papers.erasure_certificate import ErasedCategory, ErasureCertificate, KeptCategory
from sekisho.papers.final_settlement import FinalSettlement
from sekisho.papers.form import Applicant
from sekisho.papers.interruption_notice import InterruptionCompletion, InterruptionNotice
from sekisho.papers.invoice import CarriedForward, Invoice, InvoiceLine, RateBlock
from sekisho.papers.letter import Fact, Span
from sekisho.papers.measure_withdrawn import MeasureWithdrawn
from sekisho.papers.paper import Paper
from sekisho.papers.parties import Addressee, BankAccount, Sender
from sekisho.papers.quotation import Quotation, QuotedLine
from sekisho.papers.receipt import PaymentReceipt, ReceivedAtRate
from sekisho.papers.refusal_notice import RefusalNotice
from sekisho.papers.restriction_notice import RestrictionLifted, RestrictionNotice
from sekisho.papers.return_invoice import ReturnInvoice
from sekisho.papers.setting_change_application import SettingChange, SettingChangeApplication
from sekisho.papers.sla_claim import ClaimedBreach, SlaClaim
from sekisho.papers.suspension_notice import SuspensionLifted, SuspensionNotice
from sekisho.papers.termination_notice import EarlierNotice, TerminationNotice

SEAL = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60"><rect x="3" y="3" width="54" height="54" rx="3" '
    b'fill="none" stroke="#c0392b" stroke-width="3"/><path d="M14 20H46M30 12V48M14 40H46" stroke="#c0392b" '
    b'stroke-width="3"/></svg>'
)
CARRIER = Sender(
    name="九重通信株式会社",
    department="法人営業部 料金センター",
    postal_code="810-0001",
    address=("福岡県福岡市中央区架空町1-2-3", "九重ビル8階"),
    phone="092-000-0000",
    mail="billing@kokonoe.example",
    registration_number="T7000012050002",
    seal=SEAL,
)
CUSTOMER = Addressee(
    name="株式会社青葉製作所",
    department="経理部",
    postal_code="812-0011",
    address=("福岡県福岡市博多区見本町4-5-6",),
)
ACCOUNT = BankAccount(
    bank="見本銀行", bank_code="0199", branch="天神支店", branch_code="012", number="1234567",
    holder="九重通信株式会社", holder_kana="ココノエツウシン(カ",
)  # fmt: skip


def invoice(**changes: object) -> Invoice:
    """The register's own credit: 148,777 less 2,975 makes 145,802, tax 14,580."""
    lines = (
        InvoiceLine(content="UTMサービス ベーシックプラン", yen=98_000, unit_yen=98_000),
        InvoiceLine(content="インターネット接続 帯域確保型30Mbps", yen=28_777, unit_yen=28_777),
        InvoiceLine(content="セキュリティ運用管理", yen=18_000, unit_yen=18_000),
        InvoiceLine(content="アカウント追加", yen=4_000, quantity=2, unit_yen=2_000),
        InvoiceLine(
            content="サービスレベル違反による減額", yen=-2_975, unit_yen=-2_975,
            supplied_from=dt.date(2026, 6, 1), supplied_until=dt.date(2026, 6, 30),
            note="2026年6月1日のインシデント通知の遅れ（1件）",
        ),
    )  # fmt: skip
    values: dict[str, object] = {
        "number": "INV-2026-000123",
        "invoiced_on": dt.date(2026, 8, 3),
        "due_on": dt.date(2026, 9, 30),
        "addressee": CUSTOMER,
        "sender": CARRIER,
        "contract_number": "SK100001",
        "service": "マネージドセキュリティサービス",
        "supplied_from": dt.date(2026, 7, 1),
        "supplied_until": dt.date(2026, 7, 31),
        "rates": (RateBlock(rate_percent=10, lines=lines, net_yen=145_802, tax_yen=14_580),),
        "outside_tax": (InvoiceLine(content="延滞利息", yen=1_364, note="110,000円、31日分"),),
        "outside_tax_yen": 1_364,
        "total_yen": 161_746,
        "carried": CarriedForward(
            previous_number="INV-2026-000098", previous_yen=160_380, received_yen=160_050, carried_yen=330
        ),
        "due_yen": 162_076,
        "bank_account": ACCOUNT,
        "joint_parties": ("青葉ホールディングス株式会社",),
        "replaces_number": "INV-2026-000120",
        "replaces_reason": "数量の誤り",
        "remarks": ("お支払期日が銀行休業日にあたる場合は、翌営業日をお支払期日といたします。",),
    }
    return Invoice(**values | changes)  # type: ignore[arg-type]


LETTER: dict[str, object] = {
    "number": "LT-2026-000045",
    "dated": dt.date(2026, 8, 3),
    "addressee": CUSTOMER,
    "sender": CARRIER,
    "contract_number": "SK100001",
    "service": "マネージドセキュリティサービス",
    "contact": "法人営業部 契約窓口 092-000-0000（平日9:00〜17:30）",
}
APPLICANT = Applicant(
    name="株式会社青葉製作所",
    name_kana="アオバセイサクショ",
    corporate_number="1180301018771",
    postal_code="812-0011",
    address=("福岡県福岡市博多区見本町4-5-6", "青葉ビル3階"),
    representative="代表取締役 髙橋 はじめ",
    representative_kana="タカハシ ハジメ",
    department="情報システム部",
    person="山﨑 みどり",
    person_kana="ヤマザキ ミドリ",
    phone="092-000-0001",
    mail="midori@aoba.example",
)
FORM: dict[str, object] = {
    "dated": dt.date(2026, 4, 1),
    "carrier": "九重通信株式会社",
    "applicant": APPLICANT,
    "number": "AP-2026-00012",
    "received_on": dt.date(2026, 4, 2),
    "received_time": "10:15",
    "office": "福岡取扱所",
    "contract_number": "SK100001",
}
NIGHT = Span(from_on=dt.date(2026, 5, 19), from_time="02:00", until_on=dt.date(2026, 5, 19), until_time="04:00")


def _letter(values: dict[str, object], changes: dict[str, object]) -> Any:
    return LETTER | values | changes


def acceptance_notice(**changes: object) -> AcceptanceNotice:
    values: dict[str, object] = {
        "application_number": "AP-2026-00012",
        "applied_on": dt.date(2026, 4, 1),
        "accepted_on": dt.date(2026, 4, 3),
        "plan": "ベーシックプラン",
        "access_item": "帯域確保型30Mbps",
        "functions": ("ファイアウォール", "不正侵入検知/防御", "URLフィルタリング", "Sandbox"),
        "options": ("セキュリティ監視レポート", "アカウント追加 2"),
        "line": "LINE-1",
        "initial_fee_yen": 50_000,
        "monthly_fee_yen": 148_777,
        "planned_start_on": dt.date(2026, 4, 15),
        "terms_version": "2025年2月4日実施版",
        "price_list": "2026年4月版",
        "conditions": (Fact(name="解除の予告期間", value="1か月"),),
    }
    return AcceptanceNotice(**_letter(values, changes))


def refusal_notice(**changes: object) -> RefusalNotice:
    values: dict[str, object] = {
        "application_number": "AP-2026-00013",
        "applied_on": dt.date(2026, 4, 1),
        "grounds": ("技術上その他の理由により提供が困難であるため",),
    }
    return RefusalNotice(**_letter(values, changes))


def suspension_notice(**changes: object) -> SuspensionNotice:
    values: dict[str, object] = {
        "article": "21-1",
        "fact": "2026年6月分および7月分の料金が、支払期日を過ぎても支払われていない。",
        "reason": "料金等の支払いがないため。",
        "span": Span(from_on=dt.date(2026, 9, 1)),
        "lifted_when": "未払いの料金および延滞利息の全額の入金を確認したとき。",
    }
    return SuspensionNotice(**_letter(values, changes))


def suspension_lifted(**changes: object) -> SuspensionLifted:
    values: dict[str, object] = {
        "notice_number": "LT-2026-000045",
        "suspended_from": dt.date(2026, 9, 1),
        "resumed_on": dt.date(2026, 9, 8),
        "reason": "未払いの料金および延滞利息の入金を確認したため。",
    }
    return SuspensionLifted(**_letter(values, changes))


def measure_withdrawn(**changes: object) -> MeasureWithdrawn:
    values: dict[str, object] = {
        "number": "M-2026-000003",
        "notice_number": "M-2026-000003",
        "what": "サービス提供の停止",
        "article": "21-1(1)",
        "announced_on": dt.date(2026, 5, 4),
        "planned_from": dt.date(2026, 5, 12),
        "withdrawn_on": dt.date(2026, 5, 8),
        "reason": "滞納額のご入金を確認しました。",
    }
    return MeasureWithdrawn(**_letter(values, changes))


def restriction_lifted(**changes: object) -> RestrictionLifted:
    values: dict[str, object] = {
        "notice_number": "MS100002",
        "functions": ("URLフィルタリング",),
        "restricted_from": dt.date(2026, 9, 1),
        "lifted_on": dt.date(2026, 9, 8),
        "reason": "過大な通信が収まったため。",
    }
    return RestrictionLifted(**_letter(values, changes))


def interruption_notice(**changes: object) -> InterruptionNotice:
    values: dict[str, object] = {
        "cause": "電気通信設備の保守工事",
        "span": NIGHT,
        "affected": ("セキュリティ装置 UTM100001（博多）", "お客さま専用ポータルサイト"),
        "effect": "作業中、10分程度の通信断が2回発生します。",
    }
    return InterruptionNotice(**_letter(values, changes))


def interruption_completion(**changes: object) -> InterruptionCompletion:
    values: dict[str, object] = {
        "notice_number": "LT-2026-000045",
        "cause": "電気通信設備の保守工事",
        "span": NIGHT,
        "affected": ("セキュリティ装置 UTM100001（博多）",),
        "result": "予定どおり完了し、正常に動作していることを確認しました。",
    }
    return InterruptionCompletion(**_letter(values, changes))


def restriction_notice(**changes: object) -> RestrictionNotice:
    values: dict[str, object] = {
        "article": "26-1",
        "functions": ("外部への電子メール送信", "URLフィルタリングの例外登録"),
        "fact": "貴社の端末から大量の迷惑メールが送信されている。",
        "reason": "第三者への被害の拡大を防ぐため。",
        "span": Span(from_on=dt.date(2026, 5, 19), from_time="02:00"),
        "urgency": "被害が現に拡大しており、事前にご連絡する時間がなかったため。",
        "lifted_when": "端末の駆除を確認したとき。",
    }
    return RestrictionNotice(**_letter(values, changes))


def termination_notice(**changes: object) -> TerminationNotice:
    values: dict[str, object] = {
        "article": "18-1",
        "fact": "提供の停止後も料金が支払われていない。",
        "grounds": ("提供停止を受けた契約者が、なおその事実を解消しないこと",),
        "effective_on": dt.date(2026, 10, 31),
        "earlier": (
            EarlierNotice(number="DN-2026-00031", dated=dt.date(2026, 7, 10), subject="督促状"),
            EarlierNotice(number="LT-2026-000045", dated=dt.date(2026, 8, 3), subject="サービス提供停止のご通知"),
        ),
        "early_charge_yen": 180_000,
        "unpaid_yen": 330_000,
        "device_return": "解除の日から14日以内に、当社の手配する運送業者へお渡しください。",
    }
    return TerminationNotice(**_letter(values, changes))


def dunning_letter(**changes: object) -> DunningLetter:
    """The register's own interest: 110,000 yen, 31 days, 1,364 yen."""
    values: dict[str, object] = {
        "number": "DN-2026-00031",
        "level": DunningLevel.FINAL,
        "invoices": (
            OpenInvoice(
                number="INV-2026-000050", invoiced_on=dt.date(2026, 5, 1), due_on=dt.date(2026, 5, 29),
                invoiced_yen=110_000, open_yen=110_000, interest_yen=1_364,
            ),
            OpenInvoice(
                number="INV-2026-000071", invoiced_on=dt.date(2026, 6, 1), due_on=dt.date(2026, 6, 30),
                invoiced_yen=110_000, open_yen=330,
            ),
        ),
        "open_yen": 110_330,
        "interest_yen": 1_364,
        "total_yen": 111_694,
        "interest_until_on": dt.date(2026, 6, 29),
        "interest_rate": "14.6%",
        "pay_by_on": dt.date(2026, 8, 14),
        "suspends_on": dt.date(2026, 8, 17),
        "bank_account": ACCOUNT,
    }  # fmt: skip
    return DunningLetter(**_letter(values, changes))


def receipt(**changes: object) -> PaymentReceipt:
    values: dict[str, object] = {
        "number": "RC-2026-000077",
        "received_on": dt.date(2026, 8, 31),
        "amount_yen": 161_746,
        "purpose": "マネージドセキュリティサービス 2026年7月分料金として",
        "method": "銀行振込",
        "invoice_numbers": ("INV-2026-000123",),
        "rates": (ReceivedAtRate(rate_percent=10, net_yen=145_802, tax_yen=14_580),),
        "outside_tax_yen": 1_364,
    }
    return PaymentReceipt(**_letter(values, changes))


def return_invoice(**changes: object) -> ReturnInvoice:
    values: dict[str, object] = {
        "number": "RI-2026-000004",
        "returned_on": dt.date(2026, 8, 31),
        "supplied_from": dt.date(2026, 6, 1),
        "supplied_until": dt.date(2026, 6, 30),
        "original_number": "INV-2026-000098",
        "rates": (
            RateBlock(
                rate_percent=10,
                lines=(InvoiceLine(content="サービスレベル違反による減額（50件）", yen=148_750),),
                net_yen=148_750,
                tax_yen=14_875,
            ),
        ),
        "total_yen": 163_625,
        "reason": "サービスレベル違反による減額",
        "settled_by": "次回のご請求から差し引きます。",
    }
    return ReturnInvoice(**_letter(values, changes))


def credit_note(**changes: object) -> CreditNote:
    """The register's own cap: 60 events of 3,000 yen, a fee of 150,000 yen."""
    events = tuple(
        CreditedEvent(
            number=f"IN20260601_{number:04}", subject="インシデント通知（High）の遅れ",
            breached_at="2026年6月1日 10:15", credit_yen=3_000,
        )
        for number in range(1, 61)
    )  # fmt: skip
    values: dict[str, object] = {
        "number": "CN-2026-000003",
        "claim_number": "CL-2026-000008",
        "claimed_on": dt.date(2026, 6, 15),
        "month": dt.date(2026, 6, 1),
        "monthly_fee_yen": 150_000,
        "fee_divisor": 50,
        "events": events,
        "capped_yen": 30_000,
        "credit_yen": 150_000,
        "applied_to": "2026年7月分のご請求",
    }
    return CreditNote(**_letter(values, changes))


def final_settlement(**changes: object) -> FinalSettlement:
    values: dict[str, object] = {
        "number": "FS-2026-000002",
        "ended_on": dt.date(2026, 1, 31),
        "cause": "契約者からの解除",
        "rates": (
            RateBlock(
                rate_percent=10,
                lines=(InvoiceLine(content="月額料金（2026年1月分）", yen=30_000, unit_yen=30_000),),
                net_yen=30_000,
                tax_yen=3_000,
            ),
        ),
        "outside_tax": (InvoiceLine(content="最低利用期間内の解除に伴う額", yen=60_000, quantity=2, unit_yen=30_000),),
        "outside_tax_yen": 60_000,
        "open_yen": 330,
        "credit_yen": 3_000,
        "balance_yen": 90_330,
        "due_on": dt.date(2026, 3, 31),
        "bank_account": ACCOUNT,
        "invoice_number": "INV-2026-000010",
    }
    return FinalSettlement(**_letter(values, changes))


def erasure_certificate(**changes: object) -> ErasureCertificate:
    values: dict[str, object] = {
        "number": "EC-2027-000001",
        "ended_on": dt.date(2026, 3, 31),
        "retained_until": dt.date(2027, 3, 31),
        "erased": (
            ErasedCategory(category="連絡先", method="削除", erased_on=dt.date(2027, 4, 1), records=3),
            ErasedCategory(
                category="通話の記録", method="復元できない匿名化", erased_on=dt.date(2027, 4, 1), records=128
            ),
        ),
        "kept": (KeptCategory(category="請求書の宛名", duty="電子帳簿保存法（7年）", kept_until=dt.date(2033, 5, 31)),),
        "responsible": "個人情報保護管理者",
        "evidence": "a3f5…9c21",
    }
    return ErasureCertificate(**_letter(values, changes))


def contract_application(**changes: object) -> ContractApplication:
    settings = tuple(
        PolicySetting(function="ファイアウォール", item=f"許可ルール {number}", value=f"192.0.2.{number} → 443/tcp")
        for number in range(1, 61)
    )
    values: dict[str, object] = {
        "contract_number": "",
        "service": "マネージドセキュリティサービス（UTM）",
        "line_kind": "IP網サービス",
        "line": "LINE-1",
        "site": "本社（福岡県福岡市博多区見本町4-5-6）",
        "billing_address": "申込者の所在地に同じ（経理部）",
        "plans": (
            Choice(name="エントリー", chosen=False),
            Choice(name="ベーシック", chosen=True),
            Choice(name="プレミアム", chosen=False),
        ),
        "access_item": "帯域確保型30Mbps",
        "functions": (
            Choice(name="ファイアウォール", chosen=True),
            Choice(name="不正侵入検知/防御", chosen=True),
            Choice(name="URLフィルタリング", chosen=True),
            Choice(name="アプリケーションフィルタリング", chosen=False),
            Choice(name="アンチマルウェア", chosen=True),
            Choice(name="Sandbox", chosen=True),
        ),
        "operations": True,
        "options": (
            Choice(name="アカウント追加", chosen=True, detail="2"),
            Choice(name="セキュリティ監視レポート", chosen=False),
            Choice(name="ログ長期保存", chosen=True, detail="3年"),
        ),
        "ancillary": (Choice(name="IPアドレス", chosen=True, detail="/29"), Choice(name="独自ドメイン", chosen=False)),
        "wished_start_on": dt.date(2026, 4, 15),
        "joint_applicants": (Applicant(name="青葉ホールディングス株式会社", corporate_number="4011001098993"),),
        "contacts": (
            ContactLine(name="山﨑 みどり", phone="092-000-0001", mail="midori@aoba.example", band="終日"),
            ContactLine(name="田中 一郎", phone="090-0000-0002", band="夜間・休日"),
        ),
        "conditions": (Fact(name="解除の予告期間", value="1か月"),),
        "consents": (
            Choice(name="通信の監視および遮断に関する説明（第3版）を読み、同意します。", chosen=True),
            Choice(name="個人情報の取扱いに同意します。", chosen=True),
        ),
        "terms_version": "2025年2月4日実施版",
        "policies": (PolicySheet(device="UTM 1号機", site="本社", settings=settings),),
    }
    return ContractApplication(**_form(values, changes))


def _form(values: dict[str, object], changes: dict[str, object]) -> Any:
    return FORM | values | changes


def change_application(**changes: object) -> ChangeApplication:
    values: dict[str, object] = {
        "kind": "プラン変更",
        "changes": (
            Changed(item="プラン", before="エントリープラン", after="ベーシックプラン"),
            Changed(item="Sandbox", after="追加"),
        ),
        "wished_on": dt.date(2026, 6, 1),
        "reason": "端末数の増加",
        "effective_on": dt.date(2026, 6, 1),
        "one_time_fee_yen": 20_000,
    }
    return ChangeApplication(**_form(values, changes))


def setting_change_application(**changes: object) -> SettingChangeApplication:
    values: dict[str, object] = {
        "device": "UTM100001",
        "site": "本社",
        "changes": (
            SettingChange(
                function="ファイアウォール", item="公開サーバー", before="拒否", after="203.0.113.10 443/tcp を許可"
            ),
        ),
        "purpose": "新しい受発注サイトの公開",
        "slots": ("第1希望 2026年5月20日(水) 10:00〜12:00", "第2希望 2026年5月21日(木) 13:00〜15:00"),
        "chargeable": True,
        "fee_yen": 15_000,
    }
    return SettingChangeApplication(**_form(values, changes))


def cancellation_application(**changes: object) -> CancellationApplication:
    """The register's own charge: 30,000 yen, six months, 180,000 yen."""
    values: dict[str, object] = {
        "subject": "マネージドセキュリティサービス 全部",
        "wished_on": dt.date(2025, 9, 10),
        "effective_on": dt.date(2025, 9, 10),
        "reason": "事業所の移転",
        "early_charges": (EarlyCharge(item="基本サービス", months=6, monthly_fee_yen=30_000, yen=180_000),),
        "device_return": "訪問による引き取り",
    }
    return CancellationApplication(**_form(values, changes))


def sla_claim(**changes: object) -> SlaClaim:
    values: dict[str, object] = {
        "breaches": (
            ClaimedBreach(
                number="IN20260601_0001", subject="インシデント通知（High）の遅れ",
                breached_at="2026年6月1日 10:15", claim_until=dt.date(2026, 6, 15),
            ),
        ),
        "statement": "電話の着信履歴がないことを確認しています。",
    }  # fmt: skip
    return SlaClaim(**_form(values, changes))


def quotation(**changes: object) -> Quotation:
    """The premium plan, for which no list has a price."""
    values: dict[str, object] = {
        "number": "Q100001",
        "valid_until": dt.date(2026, 6, 30),
        "price_list": "2026-04",
        "once": (QuotedLine(content="初期費用(プレミアム)", yen=300_000),),
        "monthly": (
            QuotedLine(content="プレミアム", yen=78_777, note="装置2台の冗長構成"),
            QuotedLine(content="インターネット接続品目 個別", yen=25_000),
        ),
        "once_yen": 300_000,
        "monthly_yen": 103_777,
    }
    return Quotation(**_letter(values, changes))


SAMPLES: tuple[Callable[..., Paper], ...] = (
    invoice, receipt, return_invoice, credit_note, final_settlement, dunning_letter,
    acceptance_notice, refusal_notice, suspension_notice, suspension_lifted, measure_withdrawn, interruption_notice,
    interruption_completion, restriction_notice, restriction_lifted, termination_notice, erasure_certificate,
    contract_application, change_application, setting_change_application, cancellation_application, sla_claim,
    quotation,
)  # fmt: skip
