"""Rules about people and companies: numbers that identify them, and how long their data is kept."""

from __future__ import annotations

from sekisho.terms import eras, parties, personal_data, registration, secrecy
from sekisho.terms.asking.kinds import DATE, PERIOD, TEXT, YEN, YES_NO, one_of
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
    Rule(
        "erasure_due_of_category",
        ("38-5",),
        Words("種類ごとの設定による個人情報の消去日", "first day of erasure, by the period set for a category"),
        (
            need("ended_on", DATE, "契約の最終日", "last day of the contract"),
            need("category", TEXT, "個人情報の種類", "category of data"),
            may("legal_duty_until", DATE, "法令の保存義務の最終日", "last day of a legal duty to keep it"),
        ),
        personal_data.erasure_due_of_category,
    ),
    Rule(
        "oral_secret_confirmation_due",
        ("37-1",),
        Words("口頭開示の書面確認の期限", "by when an oral secret is confirmed in writing"),
        (need("disclosed_on", DATE, "開示日", "day of the disclosure"),),
        secrecy.oral_secret_confirmation_due,
    ),
    Rule(
        "disclosure_check",
        ("38-4",),
        Words("個人情報を第三者に提供できるか", "whether personal data may be given to a third party"),
        (
            need("basis", TEXT, "根拠の符号", "code of the basis"),
            may("approved_by", TEXT, "承認者", "who approved it"),
        ),
        secrecy.disclosure_check,
    ),
    Rule(
        "transfer_check",
        ("15-1", "15-2", "15-3"),
        Words("契約上の権利・債務を移転できるか", "whether rights or debts may pass to another"),
        (
            need("transfer", one_of(parties.Transfer), "移転の種類", "kind of transfer"),
            need("other_side_consents", YES_NO, "相手方の書面の同意", "the other side's consent in writing"),
            may("by_carrier", YES_NO, "当社による移転か(既定はno)", "by the carrier (no if left out)"),
        ),
        parties.transfer_check,
    ),
    Rule(
        "joint_exposure",
        ("33-1",),
        Words("各共同契約者の残債務", "what each joint contractor still owes"),
        (
            need("debt", YEN, "債務", "debt"),
            need("paid_by_anyone", YEN, "いずれかの契約者の入金", "paid by any of them"),
        ),
        parties.joint_exposure,
        in_yen=True,
    ),
    Rule(
        "era_date",
        ("附則1",),
        Words("和暦の日付", "a date by era"),
        (need("on", DATE, "日", "day"),),
        eras.era_date,
    ),
    Rule(
        "date_on_form",
        ("附則1",),
        Words("申込書に書かれた日付", "the date that a form states"),
        (need("text", TEXT, "平成28年10月3日、2019年9月13日など", "by era or western year"),),
        eras.date_on_form,
    ),
)
