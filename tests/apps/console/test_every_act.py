"""Every act of the desk in every state of a contract, with a form that is empty, wrong or right: never a page of error.

The wrong forms take a right one and put something absurd into one field after the other, so that the rules behind the
form are reached with it and not only the form.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django import forms
from django.db import transaction
from django.test import Client
from django.urls import reverse

from sekisho.apps.accounts.actions import add_organisation, add_person, set_totp
from sekisho.apps.accounts.models import OrganisationKind, Person, Role
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.actions import measures, parties
from sekisho.apps.contracts.actions.after_end import begin_retention
from sekisho.apps.contracts.actions.parties import PartyFacts
from sekisho.apps.contracts.models import Contract, Measure, MeasureKind
from sekisho.apps.scope import entered
from sekisho.console.acts import ACTS, Subject
from sekisho.console.acts.steps import STEPS
from sekisho.gateways.clock import StandingClock
from sekisho.terms.applications import AncillaryService
from sekisho.terms.contract_states import ContractState
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction

from ..contracts.forms_of_tests import accepted, contacts
from ..world import EVERYTHING, PASSWORD, TESTER, World

STATES = (
    ContractState.ACCEPTED, ContractState.PROVISIONING, ContractState.WITHDRAWN, ContractState.ACTIVE,
    ContractState.NOTICE_GIVEN, ContractState.ENDED, ContractState.RETENTION,
)  # fmt: skip
HOSTILE = "<script>alert(1)</script>\u202egnp.exe"
DAYS = ("", "2026-02-30", "0001-01-01", "9999-12-31", "1900-01-01", "2199-12-31", "x")
TIMES = ("", "2026-05-04T25:00", "0001-01-01T00:00", "9999-12-31T23:59", "1900-01-01T00:00", "2199-12-31T00:00", "x")
NUMBERS = ("", "-1", "0", "1e9", "9" * 30, "９", "x")
TEXTS = ("", "   ", HOSTILE, "x" * 5_000, "a\x00b", "1\n2")
CHOICES = ("", "no such thing", HOSTILE)

RIGHT: dict[str, dict[str, Any]] = {
    "begin-provisioning": {},
    "as-built": {"devices": "1", "mismatches": "0", "note": "照合済み"},
    "start-service": {"started_on": "2026-05-10"},
    "start-billing": {"on": "2026-06-15"},
    "change": {"add_accounts": "1"},
    "cancel": {"arrived_at": "2026-05-04T09:00"},
    "keep": {"carrier_consents": "on", "reason": "継続の申出"},
    "stop-option": {},
    "stop-ancillary": {},
    "end-with-line": {"line_ended_on": "2026-05-31"},
    "withdraw": {"reason": "申込者の都合"},
    "suspend": {"ground": "21:harm_to_facilities", "fact": "踏み台", "reason": "保護", "urgent_reason": "影響の拡大"},
    "restrict": {"fact": "帯域", "reason": "保護", "period": "解消まで", "functions": ["ids_ips"],
                 "starts_at": "2026-05-20T00:00"},
    "interrupt": {"fact": "保守", "reason": "更新", "period": "1時間", "starts_at": "2026-05-20T00:00",
                  "until_at": "2026-05-20T01:00"},
    "terminate": {"ground": "insolvency", "fact": "破産手続開始", "evidence": "官報"},
    "change-party": {"name": "株式会社青葉", "changed_on": "2026-05-01", "arrived_on": "2026-05-02", "proof": "登記"},
    "enter-party": {"name": "株式会社連帯", "since_on": "2026-05-04"},
    "leave-party": {"until_on": "2026-05-31"},
    "represent": {"from_on": "2026-06-01"},
    "transfer": {"name": "株式会社承継", "kind": "merger", "effective_on": "2026-06-01", "announced_on": "2026-05-01"},
    "agree-fee": {"yen": "1000", "from_on": "2026-06-01", "ground": "reasonable", "explanation": "特約",
                  "agreement": "覚書1"},
    "goodwill": {"month": "2026-04-01", "yen": "1000", "reason": "ご不便のため"},
    "open-case": {"facts": "踏み台", "occurred_at": "2026-05-03T10:00"},
    "disclose": {"recipient": "福岡地方裁判所", "items": "契約者の名称", "reference": "令状第1号"},
    "open-dispute": {"matter": "請求額"},
    "record-secret": {"title": "計画", "told_by": "contractor", "disclosed_by": "document",
                      "disclosed_on": "2026-05-01", "marked": "on"},
}  # fmt: skip


@pytest.fixture
def desk(world: World) -> Client:
    """The carrier's administrator at the pages, with the second factor; no scope is given but the pages' own."""
    Person.objects.filter(pk=world.carrier.pk).update(role=Role.CARRIER_ADMIN)
    set_totp(TESTER, person=world.carrier, secret=generate_totp_secret())
    client = Client()
    client.force_login(world.carrier)
    return client


@pytest.fixture
def in_state(world: World, hand: StandingClock, request: pytest.FixtureRequest) -> Contract:
    """A contract in the state that the test is for, today."""
    with entered(EVERYTHING):
        return _in_state(world, hand, request.param)


def _in_state(world: World, hand: StandingClock, state: ContractState) -> Contract:
    contract = world.contract
    if state in (ContractState.ACCEPTED, ContractState.PROVISIONING, ContractState.WITHDRAWN):
        contract = accepted(add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社若葉"))
        actions.set_contacts(TESTER, contract=contract, contacts=contacts())
    if state is ContractState.PROVISIONING:
        actions.begin_provisioning(TESTER, contract=contract)
        actions.confirm_as_built(TESTER, contract=contract, devices=1, mismatches=0)
    elif state is ContractState.WITHDRAWN:
        actions.withdraw_contract(TESTER, contract=contract)
    elif state not in (ContractState.ACCEPTED, ContractState.ACTIVE):
        actions.cancel(TESTER, contract=contract)
    if state in (ContractState.ENDED, ContractState.RETENTION):
        hand.move_to(dt.datetime(2026, 9, 1, tzinfo=dt.UTC))
    if state is ContractState.RETENTION:
        begin_retention(TESTER, contract=contract)
    assert queries.contract_at(EVERYTHING, contract, hand.now()).state is state
    return contract


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answered(client: Client, contract: Contract, act: str, told: dict[str, Any]) -> str:
    """The page after a form, looked at and then confirmed. Django's client raises what a server would answer by 500."""
    path = reverse("console:contract_act", args=[contract.number, act])
    looked = client.post(path, told)
    assert looked.status_code == 200, f"{act} {told}: {looked.status_code}"
    if "preview" in looked.context:
        with undone():
            answer = client.post(path, {**told, "confirmed": "1"}, follow=True)
            assert answer.status_code == 200, f"{act} {told}: {answer.status_code}"
    return looked.content.decode()


def right(form: forms.Form, act: str) -> dict[str, Any]:
    """The right form of an act; choices that nothing is written for are the first that is offered."""
    told = dict(RIGHT[act])
    for name, field in form.fields.items():
        if isinstance(field, forms.ChoiceField) and name not in told and field.required:
            first = [str(value) for value, _words in field.choices if value][:1]
            told[name] = first if isinstance(field, forms.MultipleChoiceField) else "".join(first)
    return told


def absurd(field: forms.Field) -> tuple[str, ...]:
    """What nobody should write into this field, and some will."""
    if isinstance(field, forms.DateTimeField):
        return TIMES
    if isinstance(field, forms.DateField):
        return DAYS
    if isinstance(field, forms.IntegerField):
        return NUMBERS
    if isinstance(field, forms.ChoiceField):
        return (*CHOICES, *(str(value) for value, _words in field.choices))
    return () if isinstance(field, forms.BooleanField) else TEXTS


def form_of(contract: Contract, act: str) -> forms.Form:
    with entered(EVERYTHING):
        return ACTS[act].form(None, Subject(contract, queries.told_of(contract)))


def _joint(contract: Contract, _hand: StandingClock) -> Contract:
    """Another contractor is there, and the first one in the list may leave."""
    other = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社連帯")
    joining = {"organisation": other, "facts": PartyFacts("株式会社連帯"), "since_on": dt.date(2026, 5, 1)}
    parties.enter_party(TESTER, contract=contract, represents=True, **joining)
    return contract


def _billed_later(contract: Contract, hand: StandingClock) -> Contract:
    """Service has begun and billing has not."""
    later = actions.add_contract(
        TESTER, contractor=contract.contractor, line="LINE-55", plan=Plan.ENTRY, functions={SecurityFunction.IDS_IPS},
        access_item=AccessItem.BEST_EFFORT_100M, operations=False, started_on=dt.date(2026, 5, 1),
        billing_from_on=dt.date(2026, 6, 1),
    )  # fmt: skip
    assert queries.contract_at(EVERYTHING, later, hand.now()).state is ContractState.ACTIVE
    return later


def _with_an_address(contract: Contract, _hand: StandingClock) -> Contract:
    """An ancillary service runs."""
    return actions.add_contract(
        TESTER, contractor=contract.contractor, line="LINE-56", plan=Plan.ENTRY, functions={SecurityFunction.IDS_IPS},
        access_item=AccessItem.BEST_EFFORT_100M, operations=False, started_on=dt.date(2026, 5, 1),
        ancillary=[AncillaryService.IP_ADDRESS],
    )  # fmt: skip


_MADE_READY = {"leave-party": _joint, "start-billing": _billed_later, "stop-ancillary": _with_an_address}
"""What an act needs beside the state of its contract."""


def test_every_act_has_a_right_form_here() -> None:
    assert set(RIGHT) == set(ACTS)


@pytest.mark.parametrize("in_state", STATES, indirect=True, ids=str)
def test_every_act_in_every_state_is_answered_whatever_the_form_says(desk: Client, in_state: Contract) -> None:
    assert desk.get(reverse("console:contract", args=[in_state.number])).status_code == 200
    for act in ACTS:
        path = reverse("console:contract_act", args=[in_state.number, act])
        assert desk.get(path).status_code == 200, act
        answered(desk, in_state, act, {})
        answered(desk, in_state, act, right(form_of(in_state, act), act))


@pytest.mark.parametrize("act", sorted(ACTS))
def test_an_act_answers_what_nobody_should_write(desk: Client, world: World, hand: StandingClock, act: str) -> None:
    states = ACTS[act].states
    state = next(state for state in (ContractState.ACTIVE, *STATES) if state in states)
    with entered(EVERYTHING):
        contract = _in_state(world, hand, state)
    form = form_of(contract, act)
    whole = right(form, act)
    for name, field in form.fields.items():
        for written in absurd(field):
            page = answered(desk, contract, act, {**whole, name: written})
            assert HOSTILE not in page


@pytest.mark.parametrize("act", sorted(ACTS))
def test_a_right_form_shows_what_happens_and_only_its_confirmation_does_it(
    desk: Client, world: World, hand: StandingClock, act: str
) -> None:
    state = next(state for state in (ContractState.ACTIVE, *STATES) if state in ACTS[act].states)
    with entered(EVERYTHING):
        contract = _in_state(world, hand, state)
    with entered(EVERYTHING):
        contract = _MADE_READY.get(act, lambda one, _hand: one)(contract, hand)
    told = right(form_of(contract, act), act)
    path = reverse("console:contract_act", args=[contract.number, act])
    shown = desk.post(path, told)

    assert "preview" in shown.context, shown.context["form"].errors
    assert not shown.context["preview"].refusals, shown.context["preview"].refusals
    assert desk.post(path, {**told, "confirmed": "1"}).status_code == 302


def test_an_act_that_nobody_knows_does_not_exist(desk: Client, world: World) -> None:
    assert desk.get(reverse("console:contract_act", args=[world.contract.number, "abolish"])).status_code == 404


@pytest.fixture
def measured(world: World) -> dict[str, Measure]:
    """One measure of each kind and state that can go on, by a name for it."""
    with entered(EVERYTHING):
        plan = measures.Plan(
            kind=MeasureKind.SUSPENSION, basis=measures.Basis.SUSPENSION, ground="harm_to_facilities", fact="踏み台",
            reason="保護", period="解消まで", starts_at=dt.datetime(2026, 5, 20, tzinfo=dt.UTC),
        )  # fmt: skip
        ended = {"ground": "insolvency", "fact": "破産手続開始", "evidence": "官報"}
        colleague = add_person(
            TESTER, organisation=world.carrier.organisation, role=Role.CARRIER_ADMIN, email="two@carrier.example",
            name="二人目", password=PASSWORD,
        )  # fmt: skip
        return {
            "announced": measures.announce(TESTER, contract=world.contract, plan=plan),
            "taken": measures.take_urgently(TESTER, contract=world.other_contract, plan=plan, urgent_reason="急"),
            "termination": measures.propose_termination(colleague, contract=world.entry_contract, **ended),
        }


STEP_FORMS = ({}, {"reason": "理由"}, {"arrived_at": "2026-05-04T09:00", "note": "書留"},
              {"arrived_at": "9999-12-31T00:00", "note": HOSTILE, "reason": "a\x00b"})  # fmt: skip


@pytest.mark.parametrize("step", sorted(STEPS))
def test_every_step_of_every_measure_is_answered(desk: Client, measured: dict[str, Measure], step: str) -> None:
    offered = 0
    for measure in measured.values():
        path = reverse("console:measure_step", args=[measure.number, step])
        with entered(EVERYTHING):
            fits = STEPS[step].is_for(measure)
        assert desk.get(path).status_code == (200 if fits else 302)
        offered += fits
        for told in STEP_FORMS:
            assert desk.post(path, told).status_code in (200, 302)
            with undone():
                assert desk.post(path, {**told, "confirmed": "1"}, follow=True).status_code == 200
    assert offered, "some measure can be taken on by it"


def test_a_step_that_nobody_knows_does_not_exist(desk: Client, measured: dict[str, Measure]) -> None:
    for measure in measured.values():
        assert desk.get(reverse("console:measure_step", args=[measure.number, "dance"])).status_code == 404
