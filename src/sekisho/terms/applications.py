"""From application to acceptance (Arts. 5, 7, 8, 10, 11, 14, 24, 25, 27): who may apply, what is complete, whose turn.

The order of receipt is kept among complete applications of one office; an incomplete one holds nobody up. A
change of the contract is treated like an application (Art. 14-2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.moments import day, instant, tokyo
from sekisho.terms.values import Answer, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words


class LineKind(StrEnum):
    """The services whose contractors may apply (Art. 7-1), and any other."""

    LAN_NETWORK = "lan_network_service"
    IP_NETWORK = "ip_network_service"
    OTHER = "other"


class FormPart(StrEnum):
    """What an application states (Art. 10-1), and what Arts. 24 and 25 and the law ask to be shown or consented to."""

    SERVICE = "service"
    PLAN = "plan"
    ACCESS_ITEM = "access_item"
    SECURITY_POLICY = "security_policy"
    DISCLAIMERS_ACCEPTED = "disclaimers_accepted"
    MONITORING_CONSENT = "monitoring_consent"


class AncillaryService(StrEnum):
    IP_ADDRESS = "ip_address"
    OWN_DOMAIN = "own_domain"
    PRIMARY_DNS = "primary_dns"
    SECONDARY_DNS = "secondary_dns"


class Received(NamedTuple):
    """An application in an office's queue."""

    number: str
    received_at: dt.datetime
    complete: bool = True


_PART_ARTICLES = {
    FormPart.SERVICE: "10-1(1)",
    FormPart.PLAN: "10-1(1)",
    FormPart.ACCESS_ITEM: "10-1(1)",
    FormPart.SECURITY_POLICY: "10-1(2)",
    FormPart.DISCLAIMERS_ACCEPTED: "24-3",
    FormPart.MONITORING_CONSENT: "25-2",
}
_LINE_ARTICLES = {LineKind.LAN_NETWORK: "7-1(1)", LineKind.IP_NETWORK: "7-1(2)"}


def line_check(
    kind: LineKind, line_active: bool, has_contract: bool, ordered: bool = False, *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether a contract may be made for this line: one of the two services, alive, and without a contract yet.

    ``ordered``: together with the service, so that it need not be alive yet; the contract is on that condition, and
    its service does not start before the line is.
    """
    if kind not in _LINE_ARTICLES:
        return Refusal("line.not_eligible", "7-1", _NOT_ELIGIBLE, terms.version)
    if not (line_active or ordered):
        return Refusal("line.not_active", _LINE_ARTICLES[kind], _NOT_ACTIVE, terms.version)
    if has_contract:
        return Refusal("line.has_contract", "8-1", _HAS_CONTRACT, terms.version)
    condition = () if line_active else (Step(_CONDITIONAL),)
    return Value(True, _LINE_ARTICLES[kind], terms.version, condition)


def application_refusals(stated: Collection[FormPart], *, terms: Terms = LATEST) -> tuple[Refusal, ...]:
    """What is still missing on an application; with any of it the application is incomplete and not queued."""
    return tuple(
        Refusal("application.incomplete", _PART_ARTICLES[part], _MISSING.with_facts(_PART_WORDS[part]), terms.version)
        for part in FormPart
        if part not in stated
    )


def acceptance_order_check(
    number: str, queue: Iterable[Received], override_reason: str = "", *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether this application of the queue may be decided now: none complete came before it, or with a reason."""
    waiting = sorted((r for r in queue if r.complete), key=lambda r: instant(r.received_at, "received_at"))
    if all(r.number != number for r in waiting):
        return Refusal("acceptance.not_in_queue", "11-1", _NOT_IN_QUEUE.with_facts(number), terms.version)
    first = waiting[0]
    mine = next(r for r in waiting if r.number == number)
    if first.received_at == mine.received_at or override_reason.strip():
        reason = (Step(_OUT_OF_TURN, (override_reason,)),) if override_reason.strip() else ()
        return Value(True, "11-1", terms.version, reason)
    words = _NOT_FIRST.with_facts(first.number, tokyo(first.received_at))
    return Refusal("acceptance.out_of_order", "11-1", words, terms.version)


def activation_refusals(
    operations: bool, first_contact_phone: str, mail_addresses: Collection[str], mismatches: int,
    *, terms: Terms = LATEST,
) -> tuple[Refusal, ...]:  # fmt: skip
    """What still keeps a service from starting; empty when it may.

    With operations a first contact needs a phone for High and an address for Medium. ``mismatches``: settings of
    the device that differ from the policy sheet.
    """
    found = []
    if operations and not first_contact_phone.strip():
        found.append(Refusal("activation.no_phone", "6-1(3)", _NO_PHONE, terms.version))
    if operations and not any(address.strip() for address in mail_addresses):
        found.append(Refusal("activation.no_mail", "6-1(3)", _NO_MAIL, terms.version))
    if mismatches:
        found.append(Refusal("activation.not_as_stated", "23-1", _MISMATCH.with_facts(mismatches), terms.version))
    return tuple(found)


def ancillary_check(service: AncillaryService, ip_version: int = 4, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether an ancillary service is offered: addresses are IPv4 alone; its own conditions are another contract's."""
    if service is AncillaryService.IP_ADDRESS and ip_version != 4:
        return Refusal("ancillary.ipv4_only", "5-1", _IPV4_ONLY, terms.version)
    return Value(True, "5-1", terms.version, (Step(_OTHER_TERMS),))


def ancillary_stop_effect(
    arrived_on: dt.date, requested_on: dt.date | None = None, *, terms: Terms = LATEST
) -> Value[dt.date]:
    """The last day of an ancillary service: the day its stop arrives, or the later one that is named.

    Its own conditions govern it (Art. 5-1): neither Art. 12-5 nor a minimum term, and so no charge of Art. 13.
    """
    effect = max(day(arrived_on, "arrived_on"), day(requested_on or arrived_on, "requested_on"))
    return Value(effect, "5-1", terms.version, (Step(_OTHER_TERMS), Step(_STOPS, (arrived_on, effect))))


def fee_change_check(agreement: str, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether an individual fee may change: with a record of the agreement after consultation (Art. 27-2)."""
    if not agreement.strip():
        return Refusal("fee_change.no_agreement", "27-2", _NO_AGREEMENT, terms.version)
    return Value(True, "27-2", terms.version)


def partner_scope_check(operations: bool, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether the partner may see a contract: only where operations, which it is entrusted with, are part of it."""
    if not operations:
        return Refusal("partner.no_operations", "25-1", _NO_OPERATIONS, terms.version)
    return Value(True, "25-1", terms.version)


_PART_WORDS = {
    FormPart.SERVICE: Words("サービス", "service"),
    FormPart.PLAN: Words("プラン", "plan"),
    FormPart.ACCESS_ITEM: Words("インターネット接続品目", "access item"),
    FormPart.SECURITY_POLICY: Words("セキュリティポリシーの詳細", "details of the security policy"),
    FormPart.DISCLAIMERS_ACCEPTED: Words("保証の限定の確認", "the disclaimers, accepted"),
    FormPart.MONITORING_CONSENT: Words("通信の監視・遮断への同意", "consent to monitoring and blocking"),
}
_NOT_ELIGIBLE = Words(
    "対象の電気通信サービスの契約者に限ります。", "Only contractors of the two line services may apply."
)
_NOT_ACTIVE = Words("回線の契約が有効ではありません。", "The contract of the line is not active.")
_CONDITIONAL = Words(
    "回線の開通を条件とします。開通まで本サービスは開始しません。",
    "On the condition that the line opens: the service does not start before it.",
)
_HAS_CONTRACT = Words("この回線には既に契約があります。", "This line has a contract already: one line, one contract.")
_MISSING = Words("記載がありません: {0}。", "Not stated: {0}.")
_NOT_IN_QUEUE = Words("{0}は承諾待ちではありません。", "{0} is not waiting for a decision.")
_NOT_FIRST = Words("先に受け付けた{0}({1})があります。", "{0} was received before it, on {1}.")
_OUT_OF_TURN = Words("受付順によらない理由: {0}。", "Out of turn: {0}.")
_NO_PHONE = Words("第一通報者の電話番号がありません。", "The first contact has no phone number.")
_NO_MAIL = Words("通知先のメールアドレスがありません。", "There is no mail address for notices.")
_MISMATCH = Words("設定が提示内容と{0}件異なります。", "{0} setting(s) differ from the policy sheet.")
_IPV4_ONLY = Words("IPアドレスはIPv4に限ります。", "Only IPv4 addresses are assigned.")
_OTHER_TERMS = Words(
    "条件は第一種コンピュータ通信網サービスによる。",
    "Its conditions are those of the carrier's Internet access service.",
)
_STOPS = Words("到達日は{0}。{1}の24時に停止。", "Arrived on {0}; it stops on {1}, at 24:00.")
_NO_AGREEMENT = Words("料金変更の合意の記録が必要です。", "A fee change needs a record of the agreement.")
_NO_OPERATIONS = Words("セキュリティ運用管理のない契約です。", "This contract has no security operations.")
