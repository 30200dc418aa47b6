"""What the machine says about its own reasoning, in Japanese and English (stage 7: explain).

Pure. The sentences hold our words and numbers only: nothing from a log ever enters them, so they
need no escaping beyond what every page does anyway.
"""

from __future__ import annotations

import msgspec


class Words(msgspec.Struct, frozen=True):
    """One sentence in both languages of the service."""

    ja: str
    en: str

    def format(self, **values: object) -> Words:
        """Both sentences with the same values filled in."""
        return Words(self.ja.format(**values), self.en.format(**values))


BASE = {
    "informational": Words("検知ルールの重大度は「情報」です。", "The rule rates this as informational."),
    "low": Words("検知ルールの重大度は「低」です。", "The rule rates this as low."),
    "medium": Words("検知ルールの重大度は「中」です。", "The rule rates this as medium."),
    "high": Words("検知ルールの重大度は「高」です。", "The rule rates this as high."),
    "critical": Words("検知ルールの重大度は「重大」です。", "The rule rates this as critical."),
}

OUTCOME = {
    "blocked": Words("セキュリティ装置が通信を遮断しました。", "The device blocked it."),
    "allowed": Words("通信は遮断されず通過しました。", "The traffic was let through."),
    "detected": Words("検知のみで、遮断はしていません。", "It was detected only, not blocked."),
    "unknown": Words("遮断されたかどうかはログから分かりません。", "The log does not say whether it was blocked."),
}

DIRECTION = {
    "outbound": Words("社内の機器から外部への通信です。", "An internal host talks to the outside."),
    "lateral": Words("社内の機器どうしの通信です。", "One internal host talks to another."),
    "inbound": Words("外部から社内への通信です。", "It comes from the outside."),
    "local": Words("セキュリティ装置自身の通信です。", "It is the device's own traffic."),
    "unknown": Words("通信の方向はログから分かりません。", "The log does not say which way the traffic went."),
}

THREAT_INTEL = Words(
    "相手先は脅威情報に登録されています(確度{percent}%、{days}日前の情報)。",
    "The peer is on a threat intelligence list (confidence {percent} %, {days} days old).",
)

CRITICALITY = {
    1: Words("対象機器の重要度は低く登録されています。", "The asset is registered as unimportant."),
    2: Words("対象機器の重要度は標準です。", "The asset has normal importance."),
    3: Words("対象機器は重要な機器として登録されています。", "The asset is registered as important."),
    4: Words("対象機器は最重要の機器として登録されています。", "The asset is registered as most important."),
}

PRECISION_CONTRACT = Words(
    "このご契約では、このルールの検知{judged}件のうち{true}件が本物でした。",
    "In this contract {true} of {judged} judged alerts of this rule were real.",
)
PRECISION_GLOBAL = Words(
    "全体では、このルールの検知{judged}件のうち{true}件が本物でした。",
    "Across all contracts {true} of {judged} judged alerts of this rule were real.",
)

FIRST_TIME = Words(
    "この機器でこの種類の検知は{days}日間で初めてです。",
    "The first detection of this kind on this host in {days} days.",
)
EXPECTED = Words(
    "お客様が想定内の通信と判断済みの検知と同じものです。",
    "The customer has judged the same detection to be expected.",
)
SUCCESS = Words("攻撃が成功した形跡があります。", "There is evidence that the attack worked.")
SUCCESS_BY_REPETITION = Words(
    "遮断済みですが、既知の不正な通信先への接続が1時間に{hits}回繰り返されており、機器の感染が疑われます。",
    "Blocked, but the host tried a known hostile peer {hits} times in an hour: it is probably infected.",
)
FLOOR = Words(
    "攻撃成功の形跡があるため、スコアは{floor}を下回りません。",
    "With evidence of success the score does not fall below {floor}.",
)
CLAMP = Words("スコアは1から99の範囲に収めます。", "Scores stay between 1 and 99.")

PROMOTED_RISK = Words(
    "24時間のリスクの合計が{risk}で、基準の{limit}以上です。",
    "The host's risk over 24 hours is {risk}, at or above {limit}.",
)
PROMOTED_SCORE = Words(
    "単独でスコア{score}の検知があり、基準の{limit}以上です。",
    "One detection alone scores {score}, at or above {limit}.",
)
PROMOTED_INTEL = Words(
    "確度{percent}%の脅威情報に載る相手先への通信が通過しています。",
    "Traffic to a peer on a threat list (confidence {percent} %) was let through.",
)
PROMOTED_BREADTH = Words(
    "7日間に{tactics}種類の戦術と{families}種類の検知ルールが重なりました。",
    "{tactics} tactics and {families} kinds of rules came together in 7 days.",
)

LEVEL_BY_VALUE = Words("リスク値は{value}です。", "The risk value is {value}.")
CAPPED_BLOCKED = Words(
    "「中」を上限としました: すべて遮断済みで、成功の形跡がありません。",
    "Capped at medium: everything was blocked and there is no sign of success.",
)
CAPPED_INBOUND = Words(
    "「中」を上限としました: 外部からの試みで、成功の形跡がありません。",
    "Capped at medium: inbound attempt, no sign of success.",
)
CAPPED_DIRECTION = Words(
    "「中」を上限としました: 社内からの通信とは確認できず、成功の形跡がありません。",
    "Capped at medium: not known to come from an internal host, no sign of success.",
)
HIGH_MOVING = Words(
    "遮断されていない、社内の機器からの通信が含まれます。",
    "It includes traffic from an internal host that was not blocked.",
)
HIGH_TACTICS = Words("{tactics}種類の戦術が確認されています。", "{tactics} different tactics were seen.")

TACTICS = {
    "reconnaissance": Words("偵察", "reconnaissance"),
    "resource-development": Words("リソース開発", "resource development"),
    "initial-access": Words("初期アクセス", "initial access"),
    "execution": Words("実行", "execution"),
    "persistence": Words("永続化", "persistence"),
    "privilege-escalation": Words("権限昇格", "privilege escalation"),
    "defense-evasion": Words("防御回避", "defense evasion"),
    "credential-access": Words("認証情報アクセス", "credential access"),
    "discovery": Words("探索", "discovery"),
    "lateral-movement": Words("水平展開", "lateral movement"),
    "collection": Words("収集", "collection"),
    "command-and-control": Words("C2(遠隔操作)", "command and control"),
    "exfiltration": Words("持ち出し", "exfiltration"),
    "impact": Words("影響", "impact"),
}
"""The tactics of MITRE ATT&CK Enterprise by slug."""
