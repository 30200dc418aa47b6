"""The registers' answer to an erasure of party data (Art. 38-5): what is emptied now, and what stays and why.

Words of an open case, dispute or claim stay until it is over, because the other side has a right to an answer; the
record of a disclosure stays for three years by law. ``erase_again`` empties what was kept as soon as its reason is
gone. Called by jobs only.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Model, QuerySet

from sekisho.apps.audit.models import SystemActor
from sekisho.apps.contracts.actions.after_end import Keeping, report_erased
from sekisho.apps.contracts.actions.after_end.reporting import Done
from sekisho.apps.contracts.models import Contract, Erasure, ErasureCategory, ErasureReport
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.periods import Period, Unit, period_end
from sekisho.terms.words import Words

from .models import (
    CaseEntry,
    CaseEntryKind,
    DamageClaim,
    Disclosure,
    DisclosureProposal,
    Dispute,
    DisputeEntry,
    DisputeEntryKind,
    EndUser,
    EnforcementCase,
    Secret,
    SecretPassage,
)

PART = "registers"
CATEGORIES = frozenset({ErasureCategory.PARTY})
DISCLOSURE_RECORD = Period(3, Unit.YEARS)
"""How long the record of a disclosure is kept, by Art. 21 of the rules under the personal-information act."""

_OPEN = Words("係争中または対応中のため", "it is still open")
_DISCLOSURE = Words("第三者提供の記録 {0}", "disclosure {0}")
_BY_LAW = Words(
    "個人情報保護法による第三者提供記録の保存義務", "the law asks for the record of a disclosure to be kept"
)


def erase(contract: Contract, category: ErasureCategory) -> Done:
    """Empty what may go; say what stays."""
    of_it = {"contract": contract}
    kept: list[Keeping] = []
    cases = _over(
        EnforcementCase.objects.filter(**of_it),
        CaseEntryKind.CLOSED,
        Words("違反対応の記録", "enforcement cases"),
        kept,
    )
    disputes = _over(
        Dispute.objects.filter(**of_it),
        (DisputeEntryKind.SETTLED, DisputeEntryKind.COURT),
        Words("紛争の記録", "disputes"),
        kept,
    )
    counts = {
        "registers.EndUser": EndUser.objects.filter(**of_it).exclude(name="").update(name=""),
        "registers.EnforcementCase": cases.exclude(facts="").update(facts=""),
        "registers.CaseEntry": CaseEntry.objects.filter(case__in=cases).exclude(text="").update(text=""),
        "registers.Dispute": disputes.exclude(matter="").update(matter=""),
        "registers.DisputeEntry": DisputeEntry.objects.filter(dispute__in=disputes)
        .exclude(text="")
        .update(text="", present=""),
        "registers.DamageClaim": _claims(contract, kept),
        "registers.Secret": Secret.objects.filter(**of_it).exclude(title="").update(title=""),
        "registers.SecretPassage": SecretPassage.objects.filter(**of_it)
        .exclude(recipient_name="")
        .update(recipient_name="", purpose=""),
        "registers.DisclosureProposal": DisclosureProposal.objects.filter(**of_it)
        .exclude(recipient="", items=[], reference="")
        .update(recipient="", items=[], reference=""),
        "registers.Disclosure": _disclosures(contract, kept),
    }
    return Done(counts, kept)


def erase_again() -> int:
    """Look once more at what was kept: empty and report what may go now. How many contracts that touched."""
    touched = 0
    for erasure in _with_kept():
        done = erase(erasure.contract, ErasureCategory.PARTY)
        if any(done.counts.values()):
            report_erased(SystemActor(PART), erasure=erasure, part=PART, counts=done.counts, kept=done.kept)
            touched += 1
    return touched


def _with_kept() -> list[Erasure]:
    erasures = Erasure.objects.filter(reports__part=PART, category__in=CATEGORIES).select_related("contract")
    last = {report.erasure_id: report for report in ErasureReport.objects.filter(part=PART).order_by("id")}
    return [erasure for erasure in erasures.distinct().order_by("id") if last[erasure.pk].kept]


def _over(rows: QuerySet, ends: object, what: Words, kept: list[Keeping]) -> QuerySet:
    """The rows that have ended; an open one is kept."""
    kinds = ends if isinstance(ends, tuple) else (ends,)
    ended = rows.filter(entries__kind__in=kinds).distinct().values_list("pk", flat=True)
    over = rows.filter(pk__in=list(ended))
    if rows.exclude(pk__in=list(ended)).exists():
        kept.append(Keeping(what, None, _OPEN))
    return over


def _claims(contract: Contract, kept: list[Keeping]) -> int:
    claims = DamageClaim.objects.filter(contract=contract)
    if claims.filter(decided_at=None).exists():
        kept.append(Keeping(Words("損害賠償の記録", "damage claims"), None, _OPEN))
    decided = claims.exclude(decided_at=None)
    return decided.exclude(text="", caused_by="", decision="").update(text="", caused_by="", decision="")


def _disclosures(contract: Contract, kept: list[Keeping]) -> int:
    emptied, today = 0, tokyo_date(clock.now())
    for disclosure in Disclosure.objects.filter(contract=contract).exclude(recipient=""):
        until = _kept_until(disclosure)
        if until >= today:
            kept.append(Keeping(_DISCLOSURE.with_facts(disclosure.number), until, _BY_LAW))
        else:
            emptied += _empty(disclosure)
    return emptied


def _kept_until(disclosure: Disclosure) -> dt.date:
    return period_end(tokyo_date(disclosure.disclosed_at), DISCLOSURE_RECORD)


def _empty(row: Model) -> int:
    return type(row).objects.filter(pk=row.pk).update(recipient="", items=[], reference="")  # type: ignore[attr-defined]
