"""The states of a contract and what may follow what; and the notices, restrictions and stops that lie over them.

Interruption, restriction and suspension are no states: several may lie over an active contract at once, each
with a reason and a period of its own (``Overlay``).
"""

from __future__ import annotations

from enum import StrEnum

from sekisho.terms.values import Answer, Refusal, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Words


class ContractState(StrEnum):
    APPLIED = "applied"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    NOTICE_GIVEN = "notice_given"
    ENDED = "ended"
    RETENTION = "retention"
    ERASED = "erased"


class Overlay(StrEnum):
    INTERRUPTED = "interrupted"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"


_S = ContractState

# State -> state that may follow -> article. The end may come from any living state: by the carrier or the line.
NEXT_STATES: dict[ContractState, dict[ContractState, str]] = {
    _S.APPLIED: {_S.ACCEPTED: "11-1", _S.REFUSED: "11-2", _S.WITHDRAWN: "10-1"},
    _S.ACCEPTED: {_S.PROVISIONING: "23-1", _S.WITHDRAWN: "27-1", _S.ENDED: "18-1"},
    _S.PROVISIONING: {_S.ACTIVE: "12-1", _S.WITHDRAWN: "27-1", _S.ENDED: "18-1"},
    _S.ACTIVE: {_S.NOTICE_GIVEN: "17-1", _S.ENDED: "18-1"},
    _S.NOTICE_GIVEN: {_S.ENDED: "17-2", _S.ACTIVE: "17-2"},
    _S.ENDED: {_S.RETENTION: "38-5"},
    _S.RETENTION: {_S.ERASED: "38-5"},
    _S.REFUSED: {_S.ERASED: "38-5"},
    _S.WITHDRAWN: {_S.ERASED: "38-5"},
    _S.ERASED: {},
}
OVERLAY_ARTICLES: dict[Overlay, str] = {
    Overlay.INTERRUPTED: "20-1",
    Overlay.RESTRICTED: "24-1",
    Overlay.SUSPENDED: "21-1",
}
_LIVING = frozenset({_S.ACTIVE, _S.NOTICE_GIVEN})


def transition_check(state: ContractState, following: ContractState, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether a contract may go from one state to another, and by which article."""
    article = NEXT_STATES[state].get(following)
    if article is None:
        words = _FORBIDDEN.with_facts(state, following)
        return Refusal("state.forbidden", "11-1", words, terms.version)
    return Value(True, article, terms.version)


def overlay_check(state: ContractState, overlay: Overlay, *, terms: Terms = LATEST) -> Answer[bool]:
    """Whether a contract in this state can be interrupted, restricted or suspended: only while it gives service."""
    if state not in _LIVING:
        return Refusal("state.not_in_service", OVERLAY_ARTICLES[overlay], _NOT_LIVING.with_facts(state), terms.version)
    return Value(True, OVERLAY_ARTICLES[overlay], terms.version)


_FORBIDDEN = Words("契約は{0}から{1}に移れません。", "A contract cannot go from {0} to {1}.")
_NOT_LIVING = Words("提供中の契約ではありません({0})。", "The contract is not in service ({0}).")
