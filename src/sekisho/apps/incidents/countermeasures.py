"""The countermeasures that we propose at first for each kind of attack. Pure; an analyst edits them.

Nine fields make a proposal (register 4.4); these are the ones that can be written before anybody has
looked. Addresses from a log are cleaned before they enter a sentence.
"""

from __future__ import annotations

from typing import NamedTuple

from sekisho.apps.notices.text import one_line
from sekisho.terms.words import Words

from .kinds import AttackKind
from .models import Performer, Urgency

ADDRESS_CHARACTERS_MAX = 100


class Draft(NamedTuple):
    """A proposal before it is made. ``target`` is the host or address that it is about."""

    target: str
    recommendation: Words
    reason: Words
    performer: Performer
    urgency: Urgency
    impact: Words


class _Template(NamedTuple):
    about: str  # "internal" or "external"
    recommendation: Words
    reason: Words
    performer: Performer
    urgency: Urgency
    impact: Words


_NO_OUTAGE = Words("業務の通信への影響はありません。", "Business traffic is not affected.")
_PEER_CUT = Words(
    "{external}との通信がすべて止まります。業務で使う相手先でないことをご確認ください。",
    "All traffic with {external} stops. Please make sure that your business does not need this peer.",
)
_HOST_CUT = Words(
    "端末{internal}は、調査が終わるまで社内外と通信できなくなります。",
    "Host {internal} can reach nothing, inside or outside, until the examination is over.",
)

_BLOCK_PEER = _Template(
    "external",
    Words(
        "相手先{external}との通信を、セキュリティ装置で遮断することをお勧めします。実施してよいかご回答ください。",
        "We recommend that the security device blocks all traffic with {external}. Please tell us whether we may.",
    ),
    Words(
        "この相手先から、または相手先へ、攻撃に使われる通信が記録されています。",
        "The log shows traffic from or to this peer that is used in attacks.",
    ),
    Performer.SOC,
    Urgency.IMMEDIATE,
    _PEER_CUT,
)
_ISOLATE_HOST = _Template(
    "internal",
    Words(
        "端末{internal}をネットワークから外し、ウイルス対策ソフトで全領域を検査してください。電源は切らないでください。",
        "Take host {internal} off the network and let your anti-virus software examine all of it. Leave it powered on.",
    ),
    Words(
        "この端末から、感染した機器に特徴的な通信が出ています。",
        "This host sends what infected machines typically send.",
    ),
    Performer.CONTRACTOR,
    Urgency.IMMEDIATE,
    _HOST_CUT,
)
_PATCH_SERVER = _Template(
    "internal",
    Words(
        "サーバー{internal}のソフトウェアが最新か確認し、未適用の修正があれば適用してください。",
        "Check that the software on server {internal} is up to date, and apply any fix that is missing.",
    ),
    Words(
        "知られている弱点を突く通信が、このサーバーに届いています。",
        "Traffic that exploits a known weakness has reached this server.",
    ),
    Performer.CONTRACTOR,
    Urgency.SOON,
    Words("修正の適用時に、サーバーの再起動が必要になることがあります。", "Applying a fix may need a restart."),
)
_LOOK_FOR_TRACES = _Template(
    "internal",
    Words(
        "サーバー{internal}に、見覚えのないファイル、利用者、実行中のプログラムがないか確認してください。",
        "Look on server {internal} for files, users and running programs that you don't recognise.",
    ),
    Words(
        "攻撃が成功していた場合に残る跡を、早く見つけるためです。", "If the attack worked, this finds its traces early."
    ),
    Performer.CONTRACTOR,
    Urgency.IMMEDIATE,
    _NO_OUTAGE,
)
_CHANGE_PASSWORDS = _Template(
    "internal",
    Words(
        "{internal}で使われる利用者のパスワードを変更し、身に覚えのないログインがないか履歴を確認してください。",
        "Change the passwords of the users of {internal}, and look through the log-in history for entries nobody made.",
    ),
    Words("ログインを狙う試みが記録されています。", "Attempts to get in by logging in are on record."),
    Performer.CONTRACTOR,
    Urgency.SOON,
    Words("変更後は、新しいパスワードでの再ログインが必要です。", "People have to log in again with new passwords."),
)
_SAY_IF_EXPECTED = _Template(
    "internal",
    Words(
        "{internal}の通信が業務によるものか、担当の方にご確認ください。業務によるものでしたら、今後の通知から除きます。",
        "Please ask whoever is in charge of {internal} whether this traffic is wanted. If so, we stop notifying it.",
    ),
    Words(
        "装置の記録だけでは、業務の通信かどうか判断できません。", "The log alone can't tell whether it is your work."
    ),
    Performer.CONTRACTOR,
    Urgency.SOON,
    _NO_OUTAGE,
)
_WATCH = _Template(
    "external",
    Words(
        "お客さまに行っていただくことは今のところありません。当センターで監視を続けます。",
        "There is nothing that you need to do now. We keep watching.",
    ),
    Words("攻撃が成功した形跡は見つかっていません。", "There is no sign that the attack worked."),
    Performer.SOC,
    Urgency.PLANNED,
    _NO_OUTAGE,
)

_BY_KIND: dict[AttackKind, tuple[_Template, ...]] = {
    AttackKind.CALLING_HOME: (_BLOCK_PEER, _ISOLATE_HOST),
    AttackKind.CREDENTIALS: (_BLOCK_PEER, _CHANGE_PASSWORDS),
    AttackKind.DATA_LOSS: (_BLOCK_PEER, _ISOLATE_HOST, _SAY_IF_EXPECTED),
    AttackKind.INTRUSION: (_BLOCK_PEER, _PATCH_SERVER, _LOOK_FOR_TRACES),
    AttackKind.MALWARE: (_ISOLATE_HOST, _BLOCK_PEER),
    AttackKind.MOVING_INSIDE: (_ISOLATE_HOST, _CHANGE_PASSWORDS),
    AttackKind.OTHER: (_SAY_IF_EXPECTED,),
    AttackKind.OVERLOAD: (_BLOCK_PEER,),
    AttackKind.POLICY: (_SAY_IF_EXPECTED,),
    AttackKind.SCAN: (_WATCH,),
    AttackKind.WEB_ATTACK: (_BLOCK_PEER, _PATCH_SERVER, _LOOK_FOR_TRACES),
}
_UNKNOWN_HOST = Words("該当の機器", "the host concerned")
_UNKNOWN_PEER = Words("該当の相手先", "the peer concerned")


def suggested(kind: AttackKind, *, internal: str, external: str) -> tuple[Draft, ...]:
    """What we propose at first for this kind, filled with the two addresses (empty where unknown)."""
    host, peer = _words(internal, _UNKNOWN_HOST), _words(external, _UNKNOWN_PEER)
    return tuple(_filled(template, host, peer) for template in _BY_KIND[kind])


def _filled(template: _Template, host: Words, peer: Words) -> Draft:
    def fill(words: Words) -> Words:
        return Words(
            words.ja.format(internal=host.ja, external=peer.ja), words.en.format(internal=host.en, external=peer.en)
        )

    return Draft(
        target=host.ja if template.about == "internal" else peer.ja,
        recommendation=fill(template.recommendation),
        reason=fill(template.reason),
        performer=template.performer,
        urgency=template.urgency,
        impact=fill(template.impact),
    )


def _words(address: str, unknown: Words) -> Words:
    shown = one_line(address, ADDRESS_CHARACTERS_MAX)
    return Words(shown, shown) if shown else unknown
