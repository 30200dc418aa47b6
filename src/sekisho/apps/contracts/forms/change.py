"""The change form of Art. 14: what of a contract is to be different. Stops of options have a form of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from sekisho.terms.applications import AncillaryService, ancillary_check
from sekisho.terms.entitlements import ContractFacts, contract_refusals
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction
from sekisho.terms.values import Refusal
from sekisho.terms.versions import Terms
from sekisho.terms.words import Words

from .application import Accounts, Form, Years


class ChangeForm(Form):
    """What is to change; None, False, 0 and "" leave things as they are.

    ``add_accounts`` come on top, ``retention_years`` is the new whole time, ``line`` the identifier of the line that
    takes the old one's place. ``wished_on`` None: at once.
    """

    plan: Plan | None = None
    functions: tuple[SecurityFunction, ...] | None = None
    access_item: AccessItem | None = None
    add_operations: bool = False
    retention_years: Years | None = None
    add_accounts: Accounts = 0
    add_monitoring_report: bool = False
    add_report_meeting: bool = False
    add_ancillary: tuple[AncillaryService, ...] = ()
    ip_version: int = 4
    line: str = ""
    quote: str = ""
    wished_on: dt.date | None = None
    notes: str = ""


def after_change(facts: ContractFacts, form: ChangeForm) -> ContractFacts:
    """The contract as it would be."""
    return replace(
        facts,
        plan=form.plan or facts.plan,
        functions=frozenset(form.functions) if form.functions is not None else facts.functions,
        access_item=form.access_item or facts.access_item,
        operations=facts.operations or form.add_operations,
        retention_years=max(facts.retention_years, form.retention_years or 1),
        extra_accounts=facts.extra_accounts + form.add_accounts,
        monitoring_report=facts.monitoring_report or form.add_monitoring_report,
        report_meeting=facts.report_meeting or form.add_report_meeting,
    )


def change_refusals(facts: ContractFacts, form: ChangeForm, terms: Terms) -> Iterator[Refusal]:
    """Everything that the terms refuse about the contract as it would be, and a form that changes nothing."""
    after = after_change(facts, form)
    if after == facts and not form.add_ancillary and not form.line.strip():
        yield Refusal("change.nothing", "14-1", _NOTHING, terms.version)
    if form.plan is Plan.PREMIUM and facts.plan is not Plan.PREMIUM and not form.quote.strip():
        yield Refusal("application.no_quote", "5-1", _NO_QUOTE, terms.version)
    yield from contract_refusals(after, terms=terms)
    answers = (ancillary_check(service, form.ip_version, terms=terms) for service in form.add_ancillary)
    yield from (answer for answer in answers if isinstance(answer, Refusal))


_NOTHING = Words("変更する内容がありません。", "The form changes nothing.")
_NO_QUOTE = Words("プレミアムプランには見積番号が必要です。", "The premium plan needs the number of its quote.")
