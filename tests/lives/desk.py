"""The carrier's acts of the story, one method an act. Each goes through the console as soon as it has a page for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from sekisho.apps.accounts.models import Person
from sekisho.apps.billing.actions import dunning, suspending
from sekisho.apps.billing.models import SuspensionProposal
from sekisho.apps.billing.queries.dunning import letters_to_decide
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.models import Application, Contract, Measure, MeasureKind
from sekisho.apps.scope import current, entered
from sekisho.apps.tariff import actions as tariff
from sekisho.apps.tariff.models import PriceList
from sekisho.gateways import clock
from sekisho.terms.screening import ScreeningResult

from .people import CONTRACTOR, LIST


def acts(run: Callable[..., Any]) -> Callable[..., Any]:
    """In the scope of the person, as a page would."""

    @wraps(run)
    def inside(self: Desk, *given: Any, **named: Any) -> Any:
        with entered(queries.scope_of(self.person)):
            return run(self, *given, **named)

    return inside


class Desk:
    """One person of the carrier."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @acts
    def screen(self, applicant: str = CONTRACTOR) -> None:
        from sekisho.apps.accounts.models import Organisation

        actions.record_screening(
            self.person,
            applicant=Organisation.objects.get(name=applicant),
            subjects=[applicant, "代表取締役 青葉 太郎"],
            source="新聞記事検索",
            result=ScreeningResult.CLEAR,
        )

    @acts
    def accept(self, application: str, reason: str = "") -> str:
        found = Application.objects.get(number=application)
        return actions.accept_application(self.person, application=found, out_of_turn_reason=reason).number

    @acts
    def accept_change(self, application: str) -> dt.date:
        return actions.accept_change(self.person, application=Application.objects.get(number=application))

    @acts
    def begin(self, contract: str) -> None:
        actions.begin_provisioning(self.person, contract=_contract(contract))

    @acts
    def as_built(self, contract: str, devices: int) -> None:
        actions.confirm_as_built(self.person, contract=_contract(contract), devices=devices, mismatches=0)

    @acts
    def start(self, contract: str, on: dt.date) -> None:
        actions.start_service(self.person, contract=_contract(contract), started_on=on)

    @acts
    def quote(self, customer: str, lines: dict[str, int], until: dt.date) -> str:
        listed = PriceList.objects.get(version=LIST)
        made = tariff.issue_quote(self.person, customer=customer, price_list=listed, lines=lines, valid_until=until)
        return made.number

    @acts
    def send_letter(self, contract: str) -> str:
        """The reminder that waits for a person."""
        (letter,) = [one for one in letters_to_decide(current()) if one.contract.number == contract]
        return dunning.send_letter(self.person, letter=letter).number

    @acts
    def announce_suspension(self, contract: str, starts_at: dt.datetime) -> str:
        proposal = SuspensionProposal.objects.get(contract=_contract(contract), decided_at=None)
        told = suspending.announce_suspension(
            self.person,
            proposal=proposal,
            starts_at=starts_at,
            reason="お支払いが確認できないため。",
            period="お支払いの確認まで",
        )
        return told.measure

    @acts
    def suspend_at_once(self, contract: str, urgency: str) -> None:
        """Without a notice before; ``urgency`` says why."""
        plan = _harm(clock.now())
        measures.take_urgently(self.person, contract=_contract(contract), plan=plan, urgent_reason=urgency)

    @acts
    def announce(self, contract: str, starts_at: dt.datetime) -> str:
        """A suspension for harm done to the facilities."""
        return measures.announce(self.person, contract=_contract(contract), plan=_harm(starts_at)).number

    @acts
    def propose_termination(self, contract: str) -> str:
        made = measures.propose_termination(
            self.person, contract=_contract(contract), ground="insolvency", fact="破産手続", evidence="官報の写し"
        )
        return made.number

    @acts
    def approve_termination(self, measure: str) -> None:
        measures.approve_termination(self.person, measure=Measure.objects.get(number=measure))

    @acts
    def suspend(self, measure: str) -> None:
        measures.take(self.person, measure=Measure.objects.get(number=measure))

    @acts
    def lift(self, measure: str) -> None:
        found = Measure.objects.get(number=measure)
        measures.lift(self.person, measure=found, reason="お支払いを確認しました。")


def _contract(number: str) -> Contract:
    return Contract.objects.get(number=number)


def _harm(starts_at: dt.datetime) -> measures.Plan:
    return measures.Plan(
        kind=MeasureKind.SUSPENSION,
        basis=measures.Basis.SUSPENSION,
        ground="harm_to_facilities",
        fact="設備に障害を与えた。",
        reason="設備を守るため。",
        period="原因の除去まで",
        starts_at=starts_at,
    )
