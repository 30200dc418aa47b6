"""The monthly run: everything that arose until the end of a month becomes invoices, contract by contract.

It works in shares, each in a transaction of its own: debts, invoices, ledger and the results of the share are written
together or not at all. Killed at any instant, it goes on from the last share that is complete; run again when it is
done, it changes nothing. The row of the run counts along, for whoever watches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import F

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries.parties import addressees_on
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho.apps.tariff.book import PriceBook
from sekisho.apps.tariff.queries import price_book
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.moments import end_of_day, tokyo_date
from sekisho.terms.periods import whole_months_end

from .. import bulk
from ..deriving import Subject
from ..drafting import draft
from ..issuing import Issue, Issued, issue_all
from ..loading import brought_forward, open_credits, subjects, unbilled_charges
from ..models import BillingRun, IssuerProfile, Outcome, RunResult
from ..queries.issuer import issuer_on
from ..recording import take_turns
from .assessing import assess

SHARE_CONTRACTS = 500
OVER = frozenset({ContractState.ENDED, ContractState.RETENTION, ContractState.ERASED, ContractState.WITHDRAWN})
_SCOPE = system_scope("billing")


def run_month(actor: Actor, month: dt.date, *, share_contracts: int = SHARE_CONTRACTS) -> BillingRun:
    """Bill a month that is over, given by any of its days; outside a transaction. Goes on where it was stopped.

    Contracts that had a problem (no price) are tried again. Refused while the month lasts, and without an issuer.
    """
    run = _begun(actor, month.replace(day=1))
    with entered(_SCOPE):
        issuer, book = issuer_on(run.invoiced_on), price_book()
        _forget_problems(run)
    while _share(actor, run, issuer, book, share_contracts):
        pass
    return _finished(actor, run)


def _begun(actor: Actor, month: dt.date) -> BillingRun:
    now = clock.now()
    if tokyo_date(now) <= whole_months_end(month, 1):
        raise Refused("run.too_early", "対象月が終わっていません。", "The month is not over yet.", "27-1")
    with entered(_SCOPE):
        take_turn("billing run")
        run, new = BillingRun.objects.get_or_create(
            month=month,
            defaults={
                "invoiced_on": tokyo_date(now),
                "started_at": now,
                "seen_at": now,
                "started_by": kept_name(actor.pk, actor.name),
            },
        )
        run.contracts_total = _contracts(month).count()
        run.save(update_fields=["contracts_total"])
        if new:
            record(actor, act="billing.start_run", object=f"run:{month:%Y-%m}")
    return run


def _contracts(month: dt.date):
    return Contract.objects.filter(accepted_at__lt=end_of_day(whole_months_end(month, 1)))


def _forget_problems(run: BillingRun) -> None:
    gone, _ = RunResult.objects.filter(run=run, outcome=Outcome.PROBLEM).delete()
    if gone:
        BillingRun.objects.filter(pk=run.pk).update(
            contracts_done=F("contracts_done") - gone, problems=F("problems") - gone
        )


def _share(actor: Actor, run: BillingRun, issuer: IssuerProfile, book: PriceBook, size: int) -> bool:
    """Bill the next contracts; False when none are left."""
    with entered(_SCOPE):
        take_turn("billing run")
        done = RunResult.objects.filter(run=run).values("contract_id")
        waiting = _contracts(run.month).exclude(pk__in=done).select_related("contractor").order_by("pk")
        contracts = list(waiting[:size])
        if contracts:
            _bill(actor, run, contracts, issuer, book)
        return bool(contracts)


def _bill(actor: Actor, run: BillingRun, contracts: Sequence[Contract], issuer: IssuerProfile, book: PriceBook) -> None:
    ids = [contract.pk for contract in contracts]
    take_turns(ids)
    known_at, through = clock.now(), whole_months_end(run.month, 1)
    known = subjects(contracts, book)
    problems = assess(actor, known, run.month, through)
    issues = _issues([known[key] for key in ids if key not in problems], run, through)
    issued = {each.contract_id: each for each in issue_all(actor, issues, issuer, run.invoiced_on)}
    facts = {key: len(known[key].history.told) for key in ids}
    _write_results(run, facts, issued, problems, known_at)
    _count(run, len(ids), issued, problems)
    if issued:
        numbers = [each.number for each in issued.values()]
        details = {"invoices": len(numbers), "first": min(numbers), "last": max(numbers)}
        record(actor, act="billing.issue_invoices", object=f"run:{run}", details=details)


def _issues(found: Sequence[Subject], run: BillingRun, through: dt.date) -> list[Issue]:
    ids = [subject.contract.pk for subject in found]
    charges, credits = unbilled_charges(ids), open_credits(ids)
    drafts = []
    for subject in found:
        key = subject.contract.pk
        final = is_over(subject, through)
        due = [charge for charge in charges.get(key, []) if charge.arises_on <= run.invoiced_on]
        made = draft(key, run.month, due, credits.get(key, []), final=final, terms=subject.terms)
        if made is not None:
            drafts.append((subject, made))
    brought = brought_forward([made.contract_id for _, made in drafts])
    names = addressees_on([subject.contract for subject, _ in drafts], run.invoiced_on)
    return [
        Issue(
            draft=made,
            addressee=names[made.contract_id],
            terms_version=subject.terms.version,
            brought=brought[made.contract_id],
        )
        for subject, made in drafts
    ]


def is_over(subject: Subject, through: dt.date) -> bool:
    """Whether the contract has ended by the end of the day, so that its invoice is final and pays credits out."""
    return subject.history.at(end_of_day(through)).state in OVER


def _write_results(
    run: BillingRun,
    facts: Mapping[int, int],
    issued: Mapping[int, Issued],
    problems: Mapping[int, str],
    known_at: dt.datetime,
) -> None:
    rows = [
        {
            "run_id": run.pk,
            "contract_id": key,
            "outcome": _outcome(key, issued, problems).value,
            "invoice_id": issued[key].invoice_id if key in issued else None,
            "problem": problems.get(key, ""),
            "known_at": known_at,
            "known_facts": how_many,
        }
        for key, how_many in facts.items()
    ]
    keys = bulk.draw_keys(RunResult, len(rows))
    bulk.insert(RunResult, [{"id": key, **row} for key, row in zip(keys, rows, strict=True)])


def _outcome(contract_id: int, issued: Mapping[int, Issued], problems: Mapping[int, str]) -> Outcome:
    if contract_id in problems:
        return Outcome.PROBLEM
    return Outcome.INVOICED if contract_id in issued else Outcome.NOTHING


def _count(run: BillingRun, done: int, issued: Mapping[int, Issued], problems: Mapping[int, str]) -> None:
    BillingRun.objects.filter(pk=run.pk).update(
        contracts_done=F("contracts_done") + done,
        invoices=F("invoices") + len(issued),
        problems=F("problems") + len(problems),
        total_yen=F("total_yen") + sum(each.total_yen for each in issued.values()),
        seen_at=clock.now(),
    )


def _finished(actor: Actor, run: BillingRun) -> BillingRun:
    with entered(_SCOPE):
        row = BillingRun.objects.select_for_update().get(pk=run.pk)
        if row.finished_at is None:
            row.finished_at = clock.now()
            row.save(update_fields=["finished_at"])
            details = {"invoices": row.invoices, "problems": row.problems, "total_yen": row.total_yen}
            record(actor, act="billing.finish_run", object=f"run:{row}", details=details)
        return row
