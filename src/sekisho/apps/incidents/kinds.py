"""What kind of attack a group is, in words a person understands. Pure.

The kind is a first reading for titles, mails and default countermeasures; the analyst's own words
go beside it. It is read from the tactic first, because rules of every source agree on tactics.
"""

from __future__ import annotations

from enum import StrEnum

from sekisho.terms.words import Words


class AttackKind(StrEnum):
    CALLING_HOME = "calling_home"
    CREDENTIALS = "credentials"
    DATA_LOSS = "data_loss"
    INTRUSION = "intrusion"
    MALWARE = "malware"
    MOVING_INSIDE = "moving_inside"
    OTHER = "other"
    OVERLOAD = "overload"
    POLICY = "policy"
    SCAN = "scan"
    WEB_ATTACK = "web_attack"


KIND_WORDS: dict[AttackKind, Words] = {
    AttackKind.CALLING_HOME: Words("不正な外部サーバーへの通信", "Traffic to a hostile server outside"),
    AttackKind.CREDENTIALS: Words("認証情報を狙った攻撃", "Attack on log-in credentials"),
    AttackKind.DATA_LOSS: Words("データの持ち出しの疑い", "Suspected removal of data"),
    AttackKind.INTRUSION: Words("脆弱性を悪用した侵入の試み", "Attempt to break in through a vulnerability"),
    AttackKind.MALWARE: Words("マルウェアの検知", "Malware found"),
    AttackKind.MOVING_INSIDE: Words("社内の機器から機器への攻撃", "Attack from one internal host on another"),
    AttackKind.OTHER: Words("不審な通信", "Suspicious traffic"),
    AttackKind.OVERLOAD: Words("サービス妨害の試み", "Attempt to disrupt a service"),
    AttackKind.POLICY: Words("利用方針に反する通信", "Traffic against the security policy"),
    AttackKind.SCAN: Words("攻撃の下調べ(スキャン)", "Scan in search of weaknesses"),
    AttackKind.WEB_ATTACK: Words("Webサーバーへの攻撃", "Attack on a web server"),
}

_BY_TACTIC = {
    "reconnaissance": AttackKind.SCAN,
    "discovery": AttackKind.SCAN,
    "execution": AttackKind.INTRUSION,
    "credential-access": AttackKind.CREDENTIALS,
    "lateral-movement": AttackKind.MOVING_INSIDE,
    "command-and-control": AttackKind.CALLING_HOME,
    "exfiltration": AttackKind.DATA_LOSS,
    "collection": AttackKind.DATA_LOSS,
    "impact": AttackKind.OVERLOAD,
}
_BY_WORD = (
    ("web application", AttackKind.WEB_ATTACK),
    ("web_", AttackKind.WEB_ATTACK),
    ("web-", AttackKind.WEB_ATTACK),
    ("sql injection", AttackKind.WEB_ATTACK),
    ("command and control", AttackKind.CALLING_HOME),
    ("cnc", AttackKind.CALLING_HOME),
    ("trojan", AttackKind.MALWARE),
    ("malware", AttackKind.MALWARE),
    ("brute", AttackKind.CREDENTIALS),
    ("credential", AttackKind.CREDENTIALS),
    ("login", AttackKind.CREDENTIALS),
    ("denial of service", AttackKind.OVERLOAD),
    ("dos", AttackKind.OVERLOAD),
    ("scan", AttackKind.SCAN),
    ("policy", AttackKind.POLICY),
    ("exploit", AttackKind.INTRUSION),
    ("privilege gain", AttackKind.INTRUSION),
    ("attempted", AttackKind.INTRUSION),
)


def kind_of(*, tactic: str, rule_family: str, rule_title: str) -> AttackKind:
    """The kind of what a rule found. An unknown rule is OTHER, never an error."""
    if tactic in _BY_TACTIC:
        return _BY_TACTIC[tactic]
    said = f"{rule_family} {rule_title}".lower()
    found = next((kind for word, kind in _BY_WORD if word in said), None)
    if found is not None:
        return found
    return AttackKind.INTRUSION if tactic == "initial-access" else AttackKind.OTHER
