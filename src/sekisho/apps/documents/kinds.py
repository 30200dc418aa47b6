"""What kinds of documents are kept: every paper of ``sekisho.papers``, and what came in from outside."""

from __future__ import annotations

from django.db import models

from sekisho.terms.words import Words


class DocumentKind(models.TextChoices):
    ACCEPTANCE_NOTICE = "acceptance_notice"
    CANCELLATION_APPLICATION = "cancellation_application"
    CHANGE_APPLICATION = "change_application"
    CONTRACT_APPLICATION = "contract_application"
    CREDIT_NOTE = "credit_note"
    DUNNING_LETTER = "dunning_letter"
    ERASURE_CERTIFICATE = "erasure_certificate"
    FINAL_SETTLEMENT = "final_settlement"
    INTERRUPTION_COMPLETION = "interruption_completion"
    INTERRUPTION_NOTICE = "interruption_notice"
    INVOICE = "invoice"
    MEASURE_WITHDRAWN = "measure_withdrawn"
    PROOF = "proof"  # what a party handed in: a register's extract, a consent, a signed form
    QUOTATION = "quotation"
    RECEIPT = "receipt"
    REFUSAL_NOTICE = "refusal_notice"
    RESTRICTION_LIFTED = "restriction_lifted"
    RESTRICTION_NOTICE = "restriction_notice"
    RETURN_INVOICE = "return_invoice"
    SETTING_CHANGE_APPLICATION = "setting_change_application"
    SLA_CLAIM = "sla_claim"
    SUSPENSION_LIFTED = "suspension_lifted"
    SUSPENSION_NOTICE = "suspension_notice"
    TERMINATION_NOTICE = "termination_notice"


KIND_WORDS: dict[DocumentKind, Words] = {
    DocumentKind.ACCEPTANCE_NOTICE: Words("承諾通知書", "Acceptance notice"),
    DocumentKind.CANCELLATION_APPLICATION: Words("解除申込書", "Cancellation form"),
    DocumentKind.CHANGE_APPLICATION: Words("変更申込書", "Change form"),
    DocumentKind.CONTRACT_APPLICATION: Words("契約申込書", "Contract application"),
    DocumentKind.CREDIT_NOTE: Words("減額通知書", "Credit note"),
    DocumentKind.DUNNING_LETTER: Words("督促状", "Payment reminder"),
    DocumentKind.ERASURE_CERTIFICATE: Words("消去証明書", "Erasure certificate"),
    DocumentKind.FINAL_SETTLEMENT: Words("最終精算書", "Final settlement"),
    DocumentKind.INTERRUPTION_COMPLETION: Words("作業完了のお知らせ", "Notice of completed work"),
    DocumentKind.INTERRUPTION_NOTICE: Words("提供中止のお知らせ", "Interruption notice"),
    DocumentKind.INVOICE: Words("請求書", "Invoice"),
    DocumentKind.MEASURE_WITHDRAWN: Words("措置の取りやめのお知らせ", "Notice that a measure was withdrawn"),
    DocumentKind.PROOF: Words("証明書類", "Proof"),
    DocumentKind.QUOTATION: Words("見積書", "Quotation"),
    DocumentKind.RECEIPT: Words("領収書", "Receipt"),
    DocumentKind.REFUSAL_NOTICE: Words("不承諾通知書", "Refusal notice"),
    DocumentKind.RESTRICTION_LIFTED: Words("機能制限の解除のお知らせ", "Notice that a restriction ended"),
    DocumentKind.RESTRICTION_NOTICE: Words("機能制限のお知らせ", "Restriction notice"),
    DocumentKind.RETURN_INVOICE: Words("適格返還請求書", "Return invoice"),
    DocumentKind.SETTING_CHANGE_APPLICATION: Words("設定変更申込書", "Setting change form"),
    DocumentKind.SLA_CLAIM: Words("サービスレベル違反の通知書", "Claim for a missed service level"),
    DocumentKind.SUSPENSION_LIFTED: Words("提供再開のお知らせ", "Notice of resumption"),
    DocumentKind.SUSPENSION_NOTICE: Words("提供停止のお知らせ", "Suspension notice"),
    DocumentKind.TERMINATION_NOTICE: Words("契約解除通知書", "Termination notice"),
}
