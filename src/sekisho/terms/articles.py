"""The index of the terms: every paragraph and sub-item, which rule keeps it, or why it is not software's business.

``rules`` names functions (or tables) of this package as 'module.name'. ``business`` says who keeps a provision
that no rule can keep. The coverage page is made from this index, the tests' marks and the places of use.
"""

from __future__ import annotations

from typing import NamedTuple

from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.words import Words


class Provision(NamedTuple):
    """One paragraph or sub-item; ``words`` name its subject, in ours, not the text's."""

    number: str
    words: Words
    rules: tuple[str, ...] = ()
    business: str = ""


def _kept(number: str, ja: str, en: str, *rules: str) -> Provision:
    return Provision(number, Words(ja, en), rules)


def _not_ours(number: str, ja: str, en: str, business: str) -> Provision:
    return Provision(number, Words(ja, en), business=business)


def _grounds(catalogue: Catalogue, *rules: str) -> tuple[Provision, ...]:
    return tuple(Provision(g.article, g.words, ("grounds.GROUNDS", *rules)) for g in GROUNDS[catalogue].values())


_LISTED: tuple[Provision, ...] = (
    _kept("1-1", "規約の適用", "the terms apply", "applicable.terms_at"),
    _kept("1-2", "申込書の優先", "the form outranks the terms", "applicable.override_check",
          "applicable.effective_parameter"),
    _kept("2-1", "規約の変更", "the terms change", "applicable.terms_version"),
    _kept("3", "用語の定義", "definitions", "clocks.LEVEL_WORDS", "plans.FUNCTION_WORDS", "enforcement.block_check"),
    _kept("4-1", "基本サービス", "basic service", "plans.MATRIX"),
    _kept("5-1", "プランと付帯サービス", "plans and ancillary services", "plans.plan_check", "plans.plan_refusals",
          "applications.ancillary_check", "entitlements.entitlements"),
    _kept("5-2", "運用管理の参照(誤記)", "reference for operations, a slip", "errata.ERRATA"),
    _kept("6-1", "運用管理", "security operations", "entitlements.entitlements"),
    _kept("6-1(1)", "標準サービス", "standard services", "entitlements.entitlements", "due.monthly_report_due",
          "calendar.nth_business_day", "retention.log_retained_until", "options.account_check",
          "changes.standard_change_intake_check"),
    _kept("6-1(2)", "オプションサービス", "options", "entitlements.contract_refusals", "retention.log_retained_until",
          "options.account_check", "options.option_stop_check", "options.long_logs_offered_until"),
    _kept("6-1(3)", "サービスレベル", "service level", "clocks.sla_verdict", "redetermination.notice_clocks",
          "applications.activation_refusals"),
    _kept("7-1", "提供条件", "who may apply", "applications.line_check"),
    _kept("7-1(1)", "LAN型通信網サービス", "LAN network service", "applications.line_check"),
    _kept("7-1(2)", "IP通信網サービス", "IP network service", "applications.line_check"),
    _kept("8-1", "1回線1契約", "one line, one contract", "applications.line_check"),
    _kept("9-1", "共同契約", "joint contract", "parties.joint_parties_check"),
    _kept("10-1", "申込の方法", "how to apply", "applications.application_refusals",
          "contract_states.transition_check"),
    _kept("10-1(1)", "必要事項", "what a form states", "applications.application_refusals",
          "registration.corporate_number"),
    _kept("10-1(2)", "セキュリティポリシーの詳細", "details of the policy", "applications.application_refusals"),
    _kept("11-1", "受付順の承諾", "acceptance in order", "applications.acceptance_order_check"),
    _kept("11-2", "承諾しない場合", "refusal", "grounds.ground_check", "contract_states.transition_check"),
    *_grounds(Catalogue.REFUSAL, "grounds.ground_check"),
    _kept("11-2(6)", "反社会的勢力の審査", "screening", "screening.screening_check",
          "screening.screening_lookback_from", "screening.screening_valid_until"),
    _kept("12-1", "最低利用期間(本サービス)", "minimum term of the service", "minimum.minimum_term"),
    _kept("12-2", "最低利用期間(運用管理)", "minimum term of operations", "minimum.minimum_term"),
    _kept("12-3", "最低利用期間(長期オプション)とその免除", "minimum term of long options, and its waiver",
          "minimum.minimum_term", "minimum.served_with_the_service"),
    _kept("12-4", "最低利用期間(その他オプション)", "minimum term of other options", "minimum.minimum_term"),
    _kept("12-5", "オプションの利用停止", "option stop", "ending.option_stop_effect"),
    _kept("13-1", "期間内解除調定(本サービス)", "early charge of the service", "early_charge.early_termination_charge",
          "early_charge.early_charge_tax"),
    _kept("13-2", "期間内解除調定(オプション)", "early charge of options", "early_charge.early_termination_charge"),
    _kept("14-1", "申込内容の変更", "change of the contract", "ending.line_caused_end"),
    _kept("14-2", "変更の承諾", "acceptance of a change", "applications.acceptance_order_check"),
    _kept("15-1", "契約者による譲渡と承継の通知", "assignment by the contractor", "parties.transfer_check",
          "parties.succession_announced"),
    _kept("15-2", "当社による譲渡", "assignment by the carrier", "parties.transfer_check"),
    _kept("15-3", "第三者への提供", "resale", "parties.transfer_check"),
    _kept("16-1", "名称等の変更", "change of name and the like", "parties.party_change_check"),
    _kept("16-2", "地位承継の申出", "filing a succession", "due.succession_filing_due",
          "parties.succession_filed_in_time"),
    _kept("17-1", "解除の通知", "notice of cancellation", "ending.cancellation_effect"),
    _kept("17-2", "解除の効力日", "effect of a cancellation", "ending.cancellation_effect", "ending.withdrawal_check"),
    _kept("17-3", "回線契約の解除", "end of the line", "ending.line_caused_end"),
    _kept("18-1", "当社による解除", "termination", "ending.termination_effect", "ending.termination_check",
          "grounds.ground_check"),
    *_grounds(Catalogue.TERMINATION, "grounds.ground_check"),
    _kept("19-1", "禁止事項", "prohibited acts", "grounds.ground_check"),
    *_grounds(Catalogue.PROHIBITED_ACT, "grounds.ground_check"),
    _not_ours("19-2", "違反による損害の解決", "settling damage from a breach",
              "between the contractor and whom it harmed; a case keeps the record"),
    _kept("20-1", "提供の中止", "interruption", "enforcement.interruption_check", "contract_states.overlay_check"),
    *_grounds(Catalogue.INTERRUPTION, "enforcement.interruption_check"),
    _kept("20-2", "中止の事前通知", "notice of an interruption", "enforcement.interruption_check",
          "enforcement.maintenance_notice_due"),
    _not_ours("20-3", "設備の移設", "moving equipment", "field work of the carrier; the device's history shows it"),
    _kept("21-1", "提供の停止", "suspension", "enforcement.suspension_check", "entitlements.entitlements"),
    *_grounds(Catalogue.SUSPENSION, "enforcement.suspension_check"),
    _kept("21-1(1)", "遅滞による停止", "suspension for arrears", "enforcement.arrears_suspendable"),
    _kept("21-2", "停止の事前通知", "notice of a suspension", "enforcement.suspension_check"),
    _kept("22-1", "IPv4", "IPv4 alone", "changes.ipv4_check"),
    _kept("23-1", "初期設定", "initial configuration", "applications.activation_refusals",
          "contract_states.transition_check", "applications.application_refusals"),
    _kept("23-2", "設定変更の対応", "handling of changes", "changes.change_handling", "changes.work_slot",
          "due.other_change_contact_due", "due.standard_change_confirmation_due", "calendar.business_day"),
    _kept("24-1", "機能の制限", "restriction of functions", "entitlements.entitlements",
          "contract_states.overlay_check"),
    _not_ours("24-2", "通信への影響", "effects on normal traffic", "a disclaimer; shown when applying"),
    _kept("24-3", "保証の限定", "no guarantee", "applications.application_refusals"),
    _not_ours("24-4", "適合性", "fitness for a purpose", "a disclaimer; shown when applying"),
    _not_ours("24-5", "内部脅威", "insider threats", "a disclaimer; shown when applying"),
    _kept("25-1", "協業先への委託", "entrusted to the partner", "applications.partner_scope_check",
          "entitlements.entitlements"),
    _kept("25-2", "ログの共有", "sharing logs", "applications.application_refusals"),
    _kept("25-3", "通知の分担", "who notifies", "clocks.NOTICE_RULES"),
    _kept("26-1", "禁止事項への措置", "measures", "enforcement.measures_check"),
    *_grounds(Catalogue.MEASURE, "enforcement.measures_check"),
    _kept("26-2", "措置の事前通知", "notice of measures", "enforcement.measures_check"),
    _kept("27-1", "支払義務の発生", "when debts arise", "invoice.debt_arises_on", "invoice.month_fee"),
    _kept("27-2", "料金の変更", "fee changes", "applications.fee_change_check", "grounds.ground_check"),
    *_grounds(Catalogue.FEE_CHANGE, "grounds.ground_check"),
    _kept("28-1", "支払期日と振込手数料", "due date and bank fees", "invoice.payment_due",
          "invoice.open_after_payment"),
    _kept("29-1", "割増金", "surcharge", "arrears.surcharge"),
    _kept("30-1", "延滞利息", "late interest", "arrears.late_interest", "adjustments.adjustment_interest_check"),
    _kept("30-2", "延滞利息の振込手数料", "bank fees of interest", "invoice.open_after_payment"),
    _kept("31-1", "消費税", "consumption tax", "invoice.invoice_total", "taxes.consumption_tax_rate",
          "registration.invoice_number"),
    _kept("32-1", "端数処理", "truncation", "yen.truncated_yen", "invoice.invoice_total"),
    _kept("33-1", "連帯責任", "joint liability", "parties.joint_exposure", "parties.liable_parties"),
    _not_ours("34-1", "契約者への損害賠償請求", "damages from the contractor",
              "a claim for lawyers; the amount is what the damage was"),
    _kept("34-2", "中止による減額なし", "no reduction for interruption", "credit.interruption_reduction"),
    _kept("35-1", "サービスレベル違反の賠償", "credit for a missed service level", "credit.sla_credit",
          "credit.sla_claim_check", "credit.credit_check", "credit.credits_by_month", "credit.credit_on_invoice",
          "due.sla_claim_deadline"),
    _kept("35-2", "その他の賠償の上限", "cap on other damages", "credit.damages_cap"),
    _kept("36-1", "免責と緊急遮断", "force majeure and emergency blocks", "enforcement.block_check",
          "enforcement.emergency_block_check",
          "credit.fault_check", "grounds.GROUNDS"),
    _kept("36-2", "契約者自身の設定変更", "changes by the contractor", "credit.fault_check"),
    _kept("37-1", "秘密情報", "confidential information", "secrecy.is_confidential", "secrecy.passing_on_check",
          "secrecy.oral_secret_confirmation_due"),
    *_grounds(Catalogue.NOT_CONFIDENTIAL, "secrecy.is_confidential"),
    _kept("37-2", "機器情報", "device information", "secrecy.is_confidential"),
    _not_ours("38-1", "プライバシーポリシー", "privacy policy", "the carrier's policy; its address is a setting"),
    _not_ours("38-2", "利用目的", "purposes of use", "the carrier's policy names the purposes"),
    _not_ours("38-3", "預託", "processors", "contracts with processors; the carrier keeps their list"),
    _kept("38-4", "第三者提供", "disclosure to third parties", "secrecy.disclosure_check"),
    *_grounds(Catalogue.DISCLOSURE, "secrecy.disclosure_check"),
    _kept("38-5", "個人情報の消去", "erasure", "personal_data.erasure_due", "personal_data.erasure_due_of_category"),
    _not_ours("39-1", "準拠法", "governing law", "a statement of law"),
    _not_ours("40-1", "協議", "good-faith talks", "talks between people"),
    _not_ours("40-2", "管轄裁判所", "court", "a statement of law"),
    _kept("附則1", "V1", "V1", "versions.VERSIONS", "applicable.terms_version", "eras.date_on_form", "eras.era_date"),
    _kept("附則2", "V2", "V2", "versions.VERSIONS", "applicable.terms_version"),
    _kept("附則3", "V3", "V3", "versions.VERSIONS", "applicable.terms_version"),
    _kept("附則4", "V4と特例措置", "V4 and the transition", "versions.VERSIONS", "applicable.terms_version"),
    _kept("附則5", "V5の遡及適用と特例措置", "V5, backwards, and the transition", "applicable.terms_version",
          "adjustments.retroactive_adjustments"),
    _kept("附則6", "V6の遡及適用", "V6, backwards", "applicable.terms_version", "adjustments.affected_months",
          "adjustments.retroactive_adjustments"),
)  # fmt: skip


def _merged(listed: tuple[Provision, ...]) -> dict[str, Provision]:
    """By number; a sub-item of a catalogue that has a rule of its own keeps both."""
    found: dict[str, Provision] = {}
    for provision in listed:
        before = found.get(provision.number)
        rules = (*before.rules, *provision.rules) if before else provision.rules
        found[provision.number] = provision._replace(rules=tuple(dict.fromkeys(rules)))
    return found


PROVISIONS: dict[str, Provision] = _merged(_LISTED)
"""Number -> provision, in the order of the text."""
