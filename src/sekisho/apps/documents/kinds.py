"""What kinds of documents are kept: every paper of ``sekisho.papers``, and what came in from outside."""

from __future__ import annotations

from django.db import models


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
