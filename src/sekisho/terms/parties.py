"""Who the parties are, and how that changes (Arts. 9, 15, 16, 33): joint liability, assignment, succession, changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.due import succession_filing_due
from sekisho.terms.moments import day
from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words, Yen
from sekisho.terms.yen import yen


class Transfer(StrEnum):
    """How a contract comes to another party."""

    ASSIGNMENT = "assignment"
    DEBT_ASSUMPTION = "debt_assumption"
    MERGER = "merger"
    COMPANY_SPLIT = "company_split"
    RESALE = "resale"


class PartyFact(StrEnum):
    """What a contractor reports when it changes (Art. 16-1)."""

    NAME = "name"
    TRADE_NAME = "trade_name"
    ADDRESS = "address"
    REPRESENTATIVE = "representative"


class Party(NamedTuple):
    """One contractor of a contract and the days on which it is one; ``until`` None: still."""

    name: str
    since: dt.date
    until: dt.date | None = None
    representative: bool = False


_SUCCESSIONS = (Transfer.MERGER, Transfer.COMPANY_SPLIT)


def joint_parties_check(parties: Collection[Party], on: dt.date, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether a contract's parties on a day are in order: at least one, and of several exactly one for notices."""
    present = [p for p in parties if p.since <= day(on) and (p.until is None or on <= p.until)]
    if not present:
        return Refusal("parties.none", "9-1", _NO_PARTY, terms.version)
    if len(present) > 1 and sum(p.representative for p in present) != 1:
        return Refusal("parties.one_representative", "9-1", _ONE_REPRESENTATIVE, terms.version)
    return Value(True, "9-1", terms.version)


def joint_exposure(debt: int, paid_by_anyone: int, *, terms: Terms = LATEST) -> Value[int]:
    """What each joint contractor still owes: all of the rest, whoever paid the first part (Art. 33-1)."""
    left = max(0, yen(debt, "debt") - yen(paid_by_anyone, "paid_by_anyone"))
    return Value(left, "33-1", terms.version, (Step(_JOINT, (Yen(debt), Yen(paid_by_anyone), Yen(left))),))


def liable_parties(parties: Iterable[Party], incurred_on: dt.date, *, terms: Terms = LATEST) -> Value[tuple[str, ...]]:
    """Who answers for a debt: everyone who was a contractor on its day, also who has left since (Art. 33-1)."""
    on = day(incurred_on, "incurred_on")
    names = tuple(p.name for p in parties if p.since <= on and (p.until is None or on <= p.until))
    return Value(names, "33-1", terms.version)


def transfer_check(
    transfer: Transfer, other_side_consents: bool, by_carrier: bool = False, *, terms: Terms = LATEST
) -> Answer[bool]:
    """Whether rights or debts may pass: with the other side's consent in writing; mergers and splits without.

    Resale by the contractor is allowed, and what its customers do counts as its own (Art. 15-3).
    """
    article = "15-2" if by_carrier else "15-1"
    if transfer is Transfer.RESALE and not by_carrier:
        return Value(True, "15-3", terms.version, (Step(_RESALE),))
    if transfer in _SUCCESSIONS:
        return Value(True, article, terms.version, (Step(_SUCCESSION),))
    if not other_side_consents:
        return Refusal("transfer.needs_consent", article, _NEEDS_CONSENT, terms.version)
    return Value(True, article, terms.version, (Step(_CONSENTED),))


def succession_announced(
    announced_on: dt.date | None, effective_on: dt.date, *, terms: Terms = LATEST
) -> Value[bool]:  # fmt: skip
    """Whether the plan of a merger or split was announced before (Art. 15-1). False is a flag, not a refusal."""
    before = announced_on is not None and day(announced_on, "announced_on") < day(effective_on, "effective_on")
    return Value(before, "15-1", terms.version, (Step(_ANNOUNCED if before else _NOT_ANNOUNCED),))


def succession_filed_in_time(succeeded_on: dt.date, arrived_on: dt.date, *, terms: Terms = LATEST) -> Value[bool]:
    """Whether a successor filed within its days (Art. 16-2). False is a flag, not a refusal."""
    last = succession_filing_due(succeeded_on, terms=terms)
    return Value(day(arrived_on, "arrived_on") <= last.value, "16-2", terms.version, last.steps)


def party_change_check(
    changed: Collection[PartyFact], changed_on: dt.date, arrived_on: dt.date, has_proof: bool, *, terms: Terms = LATEST
) -> Answer[int]:
    """The days since the change that a notice of it took (Art. 16-1 names no number); refused without proof."""
    if not changed:
        raise BadParameter("changed", "is empty")
    if not has_proof:
        return Refusal("party_change.no_proof", "16-1", _NO_PROOF, terms.version)
    elapsed = (day(arrived_on, "arrived_on") - day(changed_on, "changed_on")).days
    if elapsed < 0:
        raise BadParameter("arrived_on", "is before changed_on")
    return Value(elapsed, "16-1", terms.version, (Step(_ELAPSED, (elapsed,)),))


_NO_PARTY = Words("契約者がいません。", "There is no contractor.")
_ONE_REPRESENTATIVE = Words(
    "共同契約では通知先の代表を1者定めてください。", "Joint contractors name exactly one representative for notices."
)
_JOINT = Words("債務{0}、入金{1}。各契約者が残り{2}の全額を負う。", "Debt {0}, paid {1}: each owes all of {2}.")
_RESALE = Words("再販売先の行為は契約者の行為とみなす。", "What the end users do counts as the contractor's act.")
_SUCCESSION = Words("合併・会社分割による承継に同意は不要。", "A merger or split needs no consent.")
_NEEDS_CONSENT = Words("相手方の書面による同意が必要です。", "The other side's consent in writing is needed.")
_CONSENTED = Words("書面による同意あり。", "Consented in writing.")
_ANNOUNCED = Words("承継の予定は事前に通知済み。", "The succession was announced before.")
_NOT_ANNOUNCED = Words(
    "承継の予定の事前通知なし(要確認)。", "The succession was not announced before: to be looked at."
)
_NO_PROOF = Words("変更を証明する書類が必要です。", "A document that proves the change is needed.")
_ELAPSED = Words("変更から{0}日で到達。", "It arrived {0} day(s) after the change.")
