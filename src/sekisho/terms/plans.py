"""The service catalogue (Arts. 4 and 5): plans, security functions, access items, and what goes with what.

``plan_check`` answers with the first refusal, ``plan_refusals`` with all of them, for a form that shows
everything at once. Codes of the enumerations are the glossary's and are stored: never rename them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sekisho.terms.values import Answer, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Words, step

ARTICLE = "5-1"


class Plan(StrEnum):
    ENTRY = "entry"
    BASIC = "basic"
    PREMIUM = "premium"


class SecurityFunction(StrEnum):
    FIREWALL = "firewall"
    IDS_IPS = "ids_ips"
    URL_FILTER = "url_filter"
    APP_FILTER = "app_filter"
    ANTI_MALWARE = "anti_malware"
    SANDBOX = "sandbox"
    # Defined in Art. 3 and offered by no plan: the codes exist so that a later version can offer them.
    MAIL_ANTISPAM = "mail_antispam"
    MAIL_ANTIVIRUS = "mail_antivirus"


class AccessItem(StrEnum):
    BEST_EFFORT_100M = "best_effort_100m"
    BEST_EFFORT_1G = "best_effort_1g"
    GUARANTEED_10M = "guaranteed_10m"
    GUARANTEED_30M = "guaranteed_30m"
    GUARANTEED_50M = "guaranteed_50m"
    GUARANTEED_100M = "guaranteed_100m"
    CUSTOM = "custom"


class OperationsOffer(StrEnum):
    """Whether security operations go with a plan."""

    NEVER = "never"
    OPTIONAL = "optional"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """One line of the table of Art. 5-1."""

    functions: frozenset[SecurityFunction]
    access_items: frozenset[AccessItem]
    operations: OperationsOffer


_ENTRY_FUNCTIONS = frozenset(
    {
        SecurityFunction.FIREWALL,
        SecurityFunction.IDS_IPS,
        SecurityFunction.URL_FILTER,
        SecurityFunction.APP_FILTER,
        SecurityFunction.ANTI_MALWARE,
    }
)
_UTM_FUNCTIONS = _ENTRY_FUNCTIONS | {SecurityFunction.SANDBOX}

MATRIX: dict[Plan, PlanOffer] = {
    Plan.ENTRY: PlanOffer(_ENTRY_FUNCTIONS, frozenset({AccessItem.BEST_EFFORT_100M}), OperationsOffer.NEVER),
    Plan.BASIC: PlanOffer(
        _UTM_FUNCTIONS,
        frozenset(
            {
                AccessItem.BEST_EFFORT_1G,
                AccessItem.GUARANTEED_10M,
                AccessItem.GUARANTEED_30M,
                AccessItem.GUARANTEED_50M,
                AccessItem.GUARANTEED_100M,
            }
        ),
        OperationsOffer.OPTIONAL,
    ),
    # Designed for one contractor: any function that Art. 4 names, any access, and operations always.
    Plan.PREMIUM: PlanOffer(_UTM_FUNCTIONS, frozenset(AccessItem), OperationsOffer.ALWAYS),
}

PLAN_WORDS: dict[Plan, Words] = {
    Plan.ENTRY: Words("エントリープラン", "Entry plan"),
    Plan.BASIC: Words("ベーシックプラン", "Basic plan"),
    Plan.PREMIUM: Words("プレミアムプラン", "Premium plan"),
}

FUNCTION_WORDS: dict[SecurityFunction, Words] = {
    SecurityFunction.FIREWALL: Words("ファイアウォール", "Firewall"),
    SecurityFunction.IDS_IPS: Words("不正侵入検知/防御(IDS/IPS)", "Intrusion detection and prevention (IDS/IPS)"),
    SecurityFunction.URL_FILTER: Words("URLフィルタリング", "URL filtering"),
    SecurityFunction.APP_FILTER: Words("アプリケーションフィルタリング", "Application filtering"),
    SecurityFunction.ANTI_MALWARE: Words("アンチマルウェア", "Anti-malware"),
    SecurityFunction.SANDBOX: Words("サンドボックス", "Sandbox"),
    SecurityFunction.MAIL_ANTISPAM: Words("アンチスパム", "Mail anti-spam"),
    SecurityFunction.MAIL_ANTIVIRUS: Words("アンチウイルス", "Mail anti-virus"),
}

ACCESS_WORDS: dict[AccessItem, Words] = {
    AccessItem.BEST_EFFORT_100M: Words("ベストエフォート型 100Mbps", "Best effort 100 Mbps"),
    AccessItem.BEST_EFFORT_1G: Words("ベストエフォート型 1Gbps", "Best effort 1 Gbps"),
    AccessItem.GUARANTEED_10M: Words("帯域確保型 10Mbps", "Guaranteed 10 Mbps"),
    AccessItem.GUARANTEED_30M: Words("帯域確保型 30Mbps", "Guaranteed 30 Mbps"),
    AccessItem.GUARANTEED_50M: Words("帯域確保型 50Mbps", "Guaranteed 50 Mbps"),
    AccessItem.GUARANTEED_100M: Words("帯域確保型 100Mbps", "Guaranteed 100 Mbps"),
    AccessItem.CUSTOM: Words("個別設計", "Custom design"),
}

_NO_FUNCTION = Words(
    "{0}では、セキュリティ機能を1つ以上選択してください。", "{0}: choose at least one security function."
)
_FUNCTION = Words("{0}では、{1}は選択できません。", "{0} does not offer {1}.")
_ACCESS = Words("{0}では、インターネット接続品目「{1}」は選択できません。", '{0} does not offer the access item "{1}".')
_NO_OPERATIONS = Words(
    "{0}には、セキュリティ運用管理は提供されません。", "{0} is not offered with security operations."
)
_ALWAYS_OPERATIONS = Words(
    "{0}には、セキュリティ運用管理が必ず含まれます。", "{0} always comes with security operations."
)


def plan_check(
    plan: Plan,
    functions: Iterable[SecurityFunction],
    access_item: AccessItem,
    operations: bool,
    *,
    terms: Terms = LATEST,
) -> Answer[bool]:
    """True, or the first reason why this combination cannot be contracted (Art. 5-1)."""
    refusals = plan_refusals(plan, functions, access_item, operations, terms=terms)
    if refusals:
        return refusals[0]
    found = step("{0}の選択範囲内です。", "Everything chosen is offered in the {0}.", PLAN_WORDS[plan])
    return Value(True, ARTICLE, terms.version, (found,))


def plan_refusals(
    plan: Plan,
    functions: Iterable[SecurityFunction],
    access_item: AccessItem,
    operations: bool,
    *,
    terms: Terms = LATEST,
) -> tuple[Refusal, ...]:
    """Every reason why this combination cannot be contracted, in the order of the table; empty when it can."""
    offer, name, chosen = MATRIX[plan], PLAN_WORDS[plan], frozenset(functions)

    def refused(code: str, words: Words, *facts: Words) -> Refusal:
        return Refusal(code, ARTICLE, words.with_facts(name, *facts), terms.version)

    found = []
    if not chosen:
        found.append(refused("plan.no_function", _NO_FUNCTION))
    found.extend(
        refused("plan.function_not_offered", _FUNCTION, FUNCTION_WORDS[function])
        for function in SecurityFunction
        if function in chosen - offer.functions
    )
    if access_item not in offer.access_items:
        found.append(refused("plan.access_item_not_offered", _ACCESS, ACCESS_WORDS[access_item]))
    about_operations = operations_refusal(plan, operations, terms=terms)
    return (*found, about_operations) if about_operations else tuple(found)


def operations_refusal(plan: Plan, operations: bool, *, terms: Terms = LATEST) -> Refusal | None:
    """Why this plan cannot be with, or without, operations; None if it can."""
    offer, name = MATRIX[plan].operations, PLAN_WORDS[plan]
    if operations and offer is OperationsOffer.NEVER:
        return Refusal("plan.operations_not_offered", ARTICLE, _NO_OPERATIONS.with_facts(name), terms.version)
    if not operations and offer is OperationsOffer.ALWAYS:
        return Refusal("plan.operations_required", ARTICLE, _ALWAYS_OPERATIONS.with_facts(name), terms.version)
    return None
