"""Which fields hold personal data, what for, and with which data they are erased (Art. 38-1 to 38-3, R137).

Pure data. A field whose name says that it may speak of a person stands here with its purposes, or in
``NOT_PERSONAL`` with a reason; a test walks every model and names those that stand in neither. Fields are named
as "app.Model.field", because this register speaks of apps above it, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sekisho.terms.words import Words

PURPOSES: dict[str, Words] = {
    "contract": Words("契約の締結・履行・管理", "concluding, performing and managing the contract"),
    "incident_notice": Words("セキュリティインシデントの通知", "notices of security incidents"),
    "billing": Words("料金の請求・収納", "invoices and payments"),
    "portal": Words("ポータルの利用者認証", "logging in to the portal"),
    "enforcement": Words("規約違反・損害・紛争への対応", "breaches, damage and disputes"),
    "legal": Words("法令上の記録義務", "records that the law asks for"),
    "security": Words("セキュリティログの分析", "analysing security logs"),
    "staff": Words("業務に従事する者の記録", "records of who did the work"),
}


class PersonalField(NamedTuple):
    """``category``: the erasure that reaches it (``contracts.models.ErasureCategory``); "" lives with its own rule."""

    category: str
    purposes: tuple[str, ...]
    note: str = ""


def _fields(category: str, purposes: str, *names: str, note: str = "") -> dict[str, PersonalField]:
    return {name: PersonalField(category, tuple(purposes.split()), note) for name in names}


INVENTORY: dict[str, PersonalField] = {
    **_fields(
        "party", "contract security",
        "fleet.LayerRevision.why", "fleet.LayerRevision.ticket", "fleet.PolicyRevision.why",
        "fleet.PolicyRevision.ticket", "fleet.Block.why", "fleet.Block.lifted_why",
    ),
    **_fields(
        "portal_account", "portal contract",
        "accounts.Person.email", "accounts.Person.name",
    ),
    **_fields("party", "contract billing", "accounts.Organisation.name", "accounts.Organisation.name_en"),
    **_fields(
        "contact", "incident_notice contract",
        "contracts.Contact.name", "contracts.Contact.phone", "contracts.Contact.mail",
    ),
    **_fields(
        "party", "contract billing",
        "contracts.PartyData.name", "contracts.PartyData.name_en", "contracts.PartyData.address",
        "contracts.PartyData.representative", "contracts.PartyData.corporate_number",
        "contracts.PartyChange.proof", "contracts.Transfer.consent_document", "contracts.Transfer.proof",
        "contracts.FollowUp.note", "contracts.CarrierAssignment.consent_document",
    ),
    **_fields(
        "party", "contract enforcement",
        "contracts.Measure.fact", "contracts.Measure.reason", "contracts.Measure.urgent_reason",
        "contracts.Measure.evidence", "contracts.MeasureStep.note",
    ),
    **_fields("mail", "incident_notice contract", "notices.Notice.addresses", "notices.Notice.body"),
    **_fields(
        "call_record", "incident_notice",
        "notices.NoticeAttempt.address", "notices.NoticeAttempt.contact_name", "notices.NoticeAttempt.reply",
    ),
    **_fields(
        "", "staff", "notices.NoticeAttempt.operator", "notices.NoticeAttempt.operator_organisation",
        note="the carrier's and the partner's own staff; kept as the record of who called",
    ),
    **_fields(
        "party", "enforcement",
        "registers.EndUser.name", "registers.EnforcementCase.facts", "registers.CaseEntry.text",
        "registers.DamageClaim.text", "registers.DamageClaim.caused_by", "registers.DamageClaim.decision",
        "registers.Dispute.matter", "registers.DisputeEntry.present", "registers.DisputeEntry.text",
        "registers.Secret.title", "registers.SecretPassage.recipient_name", "registers.SecretPassage.purpose",
        note="kept while the dispute, claim or case is open",
    ),
    **_fields(
        "party", "legal", "registers.Disclosure.recipient", "registers.Disclosure.items",
        "registers.Disclosure.reference",
        "registers.DisclosureProposal.recipient", "registers.DisclosureProposal.items",
        "registers.DisclosureProposal.reference",
        note="the record of a disclosure is kept for three years by law",
    ),
}  # fmt: skip

INVENTORY |= {
    **_fields(
        "party", "contract",
        "contracts.Application.form", "contracts.ApplicationStep.details", "contracts.ApplicationStep.actor_name",
        "contracts.Screening.subjects", "contracts.Screening.evidence", "contracts.ScreeningReview.reason",
    ),
    **_fields("mail", "incident_notice contract", "notices.Notice.subject"),
    **_fields("portal_account", "portal", "accounts.ApiToken.name"),
    **_fields(
        "", "staff", "contracts.Screening.reviewer_name", "contracts.ScreeningReview.approver_name",
        note="the carrier's own staff; kept as the record of who looked",
    ),
    **_fields(
        "", "billing legal",
        "billing.Invoice.addressee", "billing.Receipt.payer_bank", "billing.Receipt.payer_code",
        "billing.Receipt.payer_name", "billing.Receipt.text", "billing.ReceiptFile.name",
        "billing.ReceiptFileLine.note", "billing.ReceiptFileLine.told",
        "billing.Allocation.reason", "billing.GoodwillProposal.reason", "billing.InvoiceCancellation.reason",
        "billing.JournalEntry.memo", "billing.ReceiptReturn.reason",
        "documents.Counterparty.name", "tariff.Quote.customer", "tariff.Quote.note",
        note="books and papers: kept as long as tax and company law want, then emptied",
    ),
    **_fields("party", "billing", "billing.DunningLetter.note", "billing.PayerName.name",
              "billing.SuspensionProposal.reason"),
    **_fields("party", "contract", "audit.ActWords.words"),
    **_fields(
        "party", "security",
        "incidents.BreachClaim.words", "incidents.CountermeasureProposal.answer_note",
        "incidents.CountermeasureProposal.reason_en", "incidents.CountermeasureProposal.reason_ja",
        "incidents.EventGroup.archive_note", "incidents.FaultReview.reason", "incidents.LevelDetermination.note",
        "incidents.SecurityEvent.evidence", "incidents.SecurityIncident.closing_note",
        note="that there was an incident and when it was told stays",
    ),
}  # fmt: skip

_STAFF_BY_KEY = "a part of the platform by its name, a person by key"
_OURS = "the carrier itself"
_FIXED = "fixed words of the platform"

NOT_PERSONAL: dict[str, str] = {
    "audit.AuditRow.actor_name": _STAFF_BY_KEY,
    "billing.Charge.note_en": _FIXED,
    "billing.Charge.note_ja": _FIXED,
    "billing.Charge.words_en": _FIXED,
    "billing.Charge.words_ja": _FIXED,
    "billing.Credit.note_en": _FIXED,
    "billing.Credit.note_ja": _FIXED,
    "billing.Credit.words_en": _FIXED,
    "billing.Credit.words_ja": _FIXED,
    "billing.DunningLetter.decision": "one of a few words of the platform",
    "billing.DunningLetter.items": "numbers of invoices and amounts",
    "billing.InvoiceLine.note_en": _FIXED,
    "billing.InvoiceLine.note_ja": _FIXED,
    "billing.InvoiceLine.words_en": _FIXED,
    "billing.InvoiceLine.words_ja": _FIXED,
    "billing.IssuerProfile.address": _OURS,
    "billing.IssuerProfile.mail": _OURS,
    "billing.IssuerProfile.name": _OURS,
    "billing.IssuerProfile.phone": _OURS,
    "billing.IssuerProfile.postal_code": _OURS,
    "billing.IssuerProfile.representative": _OURS,
    "billing.JournalEntry.actor_name": _STAFF_BY_KEY,
    "billing.NumberSeries.name": "the name of a series of numbers",
    "billing.ReceiptFileLine.words_en": _FIXED,
    "billing.ReceiptFileLine.words_ja": _FIXED,
    "billing.SuspensionProposal.decision": "one of a few words of the platform",
    "contracts.ContractFact.actor_name": _STAFF_BY_KEY,
    "documents.Document.reason": _FIXED,
    "fleet.Block.address": "an attacker's address, blocked at the line; a number of a machine",
    "fleet.DeviceReport.reason": "words of a box about its own engines",
    "fleet.LayerRevision.who_name": _STAFF_BY_KEY,
    "fleet.PolicyLayer.name": "the name of a template, or the key of a line or contractor",
    "fleet.PolicyRevision.who_name": _STAFF_BY_KEY,
    "fleet.Rollout.title": "what a rollout of the carrier is called",
    "fleet.RolloutMember.reason": "words of a box about its own engines",
    "incidents.EventGroup.rule_title": "the title of a detection rule",
    "incidents.SecurityEvent.rule_title": "the title of a detection rule",
    "incidents.SecurityIncident.title_en": "the kind of an attack",
    "incidents.SecurityIncident.title_ja": "the kind of an attack",
    "notices.Notice.message_id": "a random identifier",
    "notices.Notice.subject_of": "a key, such as incident:IN20261123-0001",
    "registers.Processor.name": "a company that works for the carrier",
    "registers.SecretPassage.recipient": "a kind of recipient; the name is a field of its own",
    "tariff.PriceList.note": "about a price list",
    "tariff.QuoteLine.words": "about an item",
}

MARKS = frozenset(
    (  # noqa: SIM905 - a table of words
        "address addressee addresses birth body caused city comment contact contents customer decision email evidence "
        "facts items kana mail matter memo message name note operator payee payer person phone postal present proof "
        "reason recipient reference remark remitter reply representative signature subject tel text title user words"
    ).split()
)
"""Words in a field's name that suggest a person or free text about one."""


def unaccounted(fields: Iterable[str], apps: Iterable[str]) -> list[str]:
    """The fields ("app.Model.field") of these apps whose names are marked and that stand in neither list."""
    wanted = set(apps)
    return sorted(
        field
        for field in fields
        if field.split(".")[0] in wanted and _is_marked(field) and field not in INVENTORY and field not in NOT_PERSONAL
    )


def _is_marked(field: str) -> bool:
    return bool(MARKS & set(field.split(".")[-1].split("_")))
