"""Rules about people and companies: numbers that identify them, and how long their data is kept."""

from __future__ import annotations

from sekisho.terms import personal_data, registration
from sekisho.terms.asking.kinds import DATE, PERIOD, TEXT
from sekisho.terms.asking.rule import Rule, may, need
from sekisho.terms.words import Words

RULES = (
    Rule(
        "corporate_number",
        ("10-1(1)",),
        Words("法人番号の検査用数字が正しいか", "whether a corporate number can be right"),
        (need("number", TEXT, "13桁の番号", "13 digits"),),
        registration.corporate_number,
    ),
    Rule(
        "invoice_number",
        ("31-1",),
        Words("適格請求書発行事業者の登録番号が正しいか", "whether an invoice registration number can be right"),
        (need("number", TEXT, "Tと13桁", "T and 13 digits"),),
        registration.invoice_number,
    ),
    Rule(
        "erasure_due",
        ("38-5",),
        Words("個人情報の消去日", "first day on which personal data is erased"),
        (
            need("ended_on", DATE, "契約の最終日", "last day of the contract"),
            need("retention", PERIOD, "保存期間", "period that is set"),
            may("legal_duty_until", DATE, "法令の保存義務の最終日", "last day of a legal duty to keep it"),
        ),
        personal_data.erasure_due,
    ),
)
