"""The grounds that the terms list, as catalogues: for what an application is refused, a contract ended, and so on.

A decision names one ground by its code; codes are stored and never renamed. The open-ended last ones say
nothing by themselves, so that a decision on them needs a text of its own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words


class Ground(NamedTuple):
    """One sub-item of the terms. ``open_ended``: a decision on it has to say in words what happened."""

    code: str
    article: str
    words: Words
    open_ended: bool = False


class Catalogue(StrEnum):
    REFUSAL = "refusal"
    TERMINATION = "termination"
    PROHIBITED_ACT = "prohibited_act"
    INTERRUPTION = "interruption"
    SUSPENSION = "suspension"
    MEASURE = "measure"
    FEE_CHANGE = "fee_change"
    FORCE_MAJEURE = "force_majeure"
    NOT_CONFIDENTIAL = "not_confidential"
    DISCLOSURE = "disclosure"


def _numbered(paragraph: str, *entries: tuple[str, str, str], open_ended: tuple[str, ...] = ()) -> dict[str, Ground]:
    """The sub-items of a paragraph, in its order: code, words in Japanese, words in English."""
    return {
        code: Ground(code, f"{paragraph}({number})", Words(ja, en), code in open_ended)
        for number, (code, ja, en) in enumerate(entries, 1)
    }


GROUNDS: dict[Catalogue, dict[str, Ground]] = {
    Catalogue.REFUSAL: _numbered(
        "11-2",
        ("technical", "技術的その他の理由により困難", "technically or otherwise difficult"),
        ("false_information", "提供情報の虚偽", "false information"),
        ("credit_risk", "支払いを怠るおそれ", "payment is at risk"),
        ("terms_breach", "規約・契約の違反またはそのおそれ", "breach of the terms, or a risk of it"),
        ("prior_termination", "過去の解除・停止", "terminated or suspended before"),
        ("antisocial", "反社会的勢力(現在または過去5年間)", "antisocial forces, now or in the last five years"),
        ("criminal", "法令違反・刑事事件による信用毀損", "unlawful acts that would harm our standing"),
        ("operations_harm", "業務遂行上の著しい支障", "serious harm to our operations"),
        ("unsuitable", "その他不適当", "unsuitable otherwise"),
        open_ended=("unsuitable",),
    ),
    Catalogue.TERMINATION: _numbered(
        "18-1",
        ("suspension_ground", "提供停止の事由に該当", "a ground for suspension"),
        ("insolvency", "差押え・倒産手続等", "seizure or insolvency proceedings"),
        ("payments_stopped", "支払停止・信用悪化", "payments stopped, credit gone"),
        ("licence_lost", "営業停止・免許取消し等の処分", "business suspended or licence lost"),
        ("winding_up", "廃業・解散等の決議", "decision to close or dissolve"),
        ("antisocial", "反社会的勢力", "antisocial forces"),
        ("terms_breach", "その他の規約違反", "any other breach of the terms"),
        open_ended=("terms_breach",),
    ),
    Catalogue.PROHIBITED_ACT: _numbered(
        "19-1",
        ("intellectual_property", "知的財産権の侵害", "infringing intellectual property"),
        ("property_or_privacy", "財産・プライバシー・肖像権の侵害", "infringing property, privacy or likeness"),
        ("defamation", "差別・誹謗中傷・名誉毀損", "discrimination, defamation"),
        ("fraud", "詐欺等の犯罪につながる行為", "acts that lead to fraud or other crimes"),
        ("pyramid_scheme", "無限連鎖講", "pyramid schemes"),
        ("tampering", "情報の改ざん・消去", "tampering with or deleting information"),
        ("impersonation", "なりすまし", "impersonation"),
        ("malware", "有害プログラムの送信・掲載", "sending or posting malware"),
        ("disrupting_facilities", "設備の利用・運営への支障", "disrupting facilities"),
        ("disrupting_service", "サービス提供の妨害", "disrupting the service"),
        ("nuisance", "著しい迷惑行為", "serious nuisance"),
        ("public_order", "公序良俗違反", "acts against public order"),
        ("unlawful", "法令違反", "unlawful acts"),
        ("abetting_link", "違反を助長するリンク", "linking that knowingly abets such acts"),
        ("unfit", "その他利用者として不相応な行為", "any other act unfit for a user"),
        open_ended=("unfit",),
    ),
    Catalogue.INTERRUPTION: _numbered(
        "20-1",
        ("periodic_check", "定期点検(毎月1回程度)", "periodic check, about once a month"),
        ("work_or_relocation", "保守・工事・移設", "maintenance, work, relocation"),
        ("failure", "障害", "failure"),
        ("log_capacity", "処理可能件数を超えるログの見込み", "more logs expected than can be processed"),
        ("technical", "その他技術的に困難", "technically difficult otherwise"),
        open_ended=("technical",),
    ),
    Catalogue.SUSPENSION: _numbered(
        "21-1",
        ("arrears", "料金の支払遅滞", "fees in arrears"),
        ("harm_to_facilities", "設備・業務への支障", "harm to facilities or operations"),
        ("false_statement", "契約時の虚偽記載", "false statement in the contract"),
        ("terms_breach", "その他の規約違反", "any other breach of the terms"),
        open_ended=("terms_breach",),
    ),
    Catalogue.MEASURE: _numbered(
        "26-1",
        ("demand", "違反行為の中止要求", "demand to stop"),
        ("restriction", "機能の一部制限", "restriction of functions"),
        ("suspension", "提供の一時停止", "suspension"),
        ("termination", "契約の解除", "termination"),
    ),
    Catalogue.FEE_CHANGE: _numbered(
        "27-2",
        ("service_content", "サービス内容の変更", "the service changes"),
        ("circumstances", "設備更新・法令・物価等の変動", "equipment, law, prices or economy change"),
        ("reasonable", "その他合理的な事由", "another reasonable ground"),
        open_ended=("reasonable",),
    ),
    Catalogue.FORCE_MAJEURE: {
        code: Ground(code, "36-1", Words(ja, en), code == "not_attributable")
        for code, ja, en in (
            ("natural_disaster", "天災地変", "natural disaster"),
            ("war", "戦争", "war"),
            ("riot", "暴動・内乱", "riot or civil war"),
            ("law_change", "法令の制定・改廃", "change of law"),
            ("public_authority", "公権力の命令・処分", "order of a public authority"),
            ("labour_dispute", "争議行為・建物閉鎖", "labour dispute, closed buildings"),
            ("utilities", "電気・水道・ガスの停止", "power, water or gas failure"),
            ("transport", "輸送機関の事故・遅延", "transport accidents and delays"),
            ("emergency_block", "重大インシデントの緊急遮断", "emergency block in a grave incident"),
            ("not_attributable", "その他責めに帰さない事由", "anything else not attributable to the carrier"),
        )
    },
    Catalogue.NOT_CONFIDENTIAL: _numbered(
        "37-1",
        ("already_held", "受領前から保有", "held before"),
        ("public", "公知", "publicly known"),
        ("from_third_party", "第三者から正当に受領", "lawfully received from a third party"),
        ("required_by_law", "法令・官公署の要求", "required by law or authority"),
    ),
    Catalogue.DISCLOSURE: _numbered(
        "38-4",
        ("consent", "契約者の同意", "the contractor's consent"),
        ("debt_collection", "債権・債務の特定と回収(金融機関)", "collection of debts, to a bank"),
        ("warrant", "令状による捜査・押収", "a judge's warrant"),
        ("legal_inquiry", "法律上の照会・法令", "a lawful inquiry, or a law"),
        ("necessity", "緊急避難・正当防衛", "necessity or self-defence"),
    ),
}


def ground_named(catalogue: Catalogue, code: str) -> Ground:
    """The ground of that code; ``BadParameter`` for any other."""
    found = GROUNDS[catalogue].get(code)
    if found is None:
        raise BadParameter("ground", f"{code!r} is none of {', '.join(GROUNDS[catalogue])}")
    return found


def ground_check(catalogue: Catalogue, ground: str, text: str = "", *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether a decision on this ground says enough: the open-ended grounds need a text."""
    named = ground_named(catalogue, ground)
    if named.open_ended and not text.strip():
        return Refusal("ground.text_required", named.article, _TEXT.with_facts(named.words), terms.version)
    return Value(True, named.article, terms.version, (Step(_NAMED, (named.words,)),))


_TEXT = Words("「{0}」による決定には具体的な理由の記載が必要です。", 'A decision on "{0}" has to say what happened.')
_NAMED = Words("事由: {0}。", "Ground: {0}.")
