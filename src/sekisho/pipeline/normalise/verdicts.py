"""What firewalls' words for their decisions and for how bad something is mean: the vocabulary they share.

A product with words of its own says so in its own module; these are the words that mean one thing
wherever they stand.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sekisho.ocsf.finding import Outcome

WORDS_REMEMBERED_MAX = 8192


def vocabulary(words: str) -> frozenset[str]:
    """Words with white space between, as a set."""
    return frozenset(words.split())


_BLOCKED = vocabulary(
    """block blocked blk deny denied drop dropped discard discarded refuse refused reject rejected reset terminate
    terminated quarantine quarantined prevent prevented kill killed clean cleaned disinfected deleted failed
    fail failure unauthorized ko locked disconnect expired invalid delayed bounced tarpit"""
)
_ALLOWED = vocabulary(
    """allow allowed accept accepted pass passed passthrough permit permitted forward forwarded success successful
    succeeded bypass bypassed decrypt decrypted encrypt encrypted delivered ok established open opened built
    continue trust authorized granted ignore ignored key"""
)
_DETECTED = vocabulary("detect detected alert alerted monitor monitored log logged warn warning report")
_SEVERITIES = {
    **dict.fromkeys(("debug", "debugging", "info", "information", "informational", "notice", "notification"), 1),
    **dict.fromkeys(("low", "minor", "warning", "warn", "very-low"), 2),
    **dict.fromkeys(("medium", "moderate", "error", "err", "major"), 3),
    **dict.fromkeys(("high", "alert", "severe"), 4),
    **dict.fromkeys(("critical", "crit", "very-high"), 5),
    **dict.fromkeys(("emergency", "emerg", "fatal"), 6),
}
_SYSLOG = {0: 6, 1: 5, 2: 5, 3: 3, 4: 2, 5: 1, 6: 1, 7: 1}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


@lru_cache(WORDS_REMEMBERED_MAX)
def outcome_of(action: str | None) -> Outcome:
    """By the first of its words that means something: "Block with reset" is blocked, "TCP_DENIED" too."""
    if not action:
        return "unknown"
    for word in map(str.lower, _WORD.findall(action[:128])):
        if word in _BLOCKED:
            return "blocked"
        if word in _DETECTED:
            return "detected"
        if word in _ALLOWED:
            return "allowed"
    return "unknown"


@lru_cache(WORDS_REMEMBERED_MAX)
def severity_of(word: str | None) -> int:
    """OCSF severity of a word, or of CEF's scale from 0 to 10."""
    if not word:
        return 1
    word = word.strip().lower()
    if word.isdecimal() and word.isascii() and len(word) <= 2:
        number = int(word)
        return 1 if number <= 3 else 3 if number <= 6 else 4 if number <= 8 else 5
    return _SEVERITIES.get(word, 1)


def of_syslog(severity: int) -> int:
    """OCSF severity of a syslog severity, 0 (emergency) to 7 (debug)."""
    return _SYSLOG.get(severity, 1)
