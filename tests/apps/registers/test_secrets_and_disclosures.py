"""Disputes, confidential information, and personal data in other hands (Arts. 37, 38, 40)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps as installed
from django.db import models

from sekisho.apps.accounts.actions import add_person
from sekisho.apps.accounts.models import Person, Role
from sekisho.apps.registers import actions, inventory, queries
from sekisho.apps.registers.models import Channel, Dispute, Secret, Side
from sekisho.apps.registers.queries import SecretStanding
from sekisho.terms.secrecy import DisclosedBy, Recipient
from sekisho.terms.versions import VERSIONS

from ..world import EVERYTHING, NOW, PASSWORD, TESTER, World
from .conftest import refusal

APRIL_10 = dt.date(2026, 4, 10)


@pytest.fixture
def admin(seeing_all: World) -> Person:
    fields = {"role": Role.CARRIER_ADMIN, "email": "admin@carrier.example", "name": "管理者", "password": PASSWORD}
    return add_person(TESTER, organisation=seeing_all.carrier.organisation, **fields)


def said(world: World, **changes: object) -> Secret:
    fields = {
        "contract": world.contract,
        "told_by": Side.CONTRACTOR,
        "disclosed_by": DisclosedBy.WORD_OF_MOUTH,
        "disclosed_on": APRIL_10,
        "title": "工場の拡張計画",
        **changes,
    }
    return actions.record_secret(world.carrier, **fields)


def test_a_dispute_is_talked_about_before_it_goes_to_court(seeing_all: World) -> None:
    dispute = actions.open_dispute(seeing_all.carrier, contract=seeing_all.contract, matter="早期解除調定の額")
    act = actions.go_to_court, seeing_all.carrier
    assert refusal(*act, dispute=dispute, text="提訴") == ("dispute.no_consultation", "40-1")
    talk = {"held_at": NOW, "channel": Channel.MEETING, "present": "双方の担当者", "text": "見解を確認"}
    actions.note_consultation(seeing_all.carrier, dispute=dispute, **talk)
    actions.go_to_court(seeing_all.carrier, dispute=dispute, text="提訴")
    assert refusal(actions.note_consultation, seeing_all.carrier, dispute=dispute, **talk)[0] == "dispute.over"
    (found,) = queries.disputes_of(EVERYTHING, seeing_all.contract)
    assert [entry.kind for entry in found.entries.all()] == ["consultation", "court"]
    assert queries.is_over(found)


def test_law_and_court_are_known_for_every_version_of_the_terms(seeing_all: World) -> None:
    assert set(queries.GOVERNED_BY) == {version.name for version in VERSIONS}
    dispute: Dispute = actions.open_dispute(seeing_all.carrier, contract=seeing_all.contract, matter="料金")
    assert "福岡地方裁判所" in queries.GOVERNED_BY[dispute.terms_version].court.ja


@pytest.mark.article("37-1")
def test_what_was_said_is_confirmed_in_writing_within_two_weeks_or_is_not_confidential(seeing_all: World) -> None:
    in_time, late = said(seeing_all), said(seeing_all)
    assert queries.confirmations_due(EVERYTHING, APRIL_10) == [
        (in_time, dt.date(2026, 4, 24)),
        (late, dt.date(2026, 4, 24)),
    ]
    assert queries.standing_on(in_time, dt.date(2026, 4, 24)) is SecretStanding.AWAITING_CONFIRMATION
    assert actions.confirm_secret(seeing_all.carrier, secret=in_time, confirmed_on=dt.date(2026, 4, 24)) is True
    assert actions.confirm_secret(seeing_all.carrier, secret=late, confirmed_on=dt.date(2026, 4, 25)) is False
    standings = [queries.standing_on(s, NOW.date()) for s in queries.secrets_of(EVERYTHING, seeing_all.contract)]
    assert standings == [SecretStanding.NOT_CONFIDENTIAL, SecretStanding.CONFIDENTIAL]


@pytest.mark.article("37-1", "37-2")
def test_documents_are_marked_internals_always_confidential_and_exceptions_named(seeing_all: World) -> None:
    marked = said(seeing_all, disclosed_by=DisclosedBy.DOCUMENT, marked=True)
    plain = said(seeing_all, disclosed_by=DisclosedBy.DOCUMENT)
    internals = said(seeing_all, told_by=Side.CARRIER, disclosed_by=DisclosedBy.SERVICE_INTERNALS)
    standings = [queries.standing_on(secret, APRIL_10) for secret in (marked, plain, internals)]
    assert standings == ["confidential", "not_confidential", "confidential"]
    excepted = actions.except_secret(seeing_all.carrier, secret=marked, exception="public")
    assert queries.standing_on(excepted, APRIL_10) is SecretStanding.NOT_CONFIDENTIAL
    act = actions.except_secret, seeing_all.carrier
    assert refusal(*act, secret=internals, exception="public") == ("secret.always", "37-2")


@pytest.mark.article("37-1")
def test_a_secret_goes_on_to_bound_people_only(seeing_all: World) -> None:
    secret = said(seeing_all)
    to = {"recipient_name": "顧問弁護士", "purpose": "契約の検討"}
    actions.pass_on(seeing_all.carrier, secret=secret, recipient=Recipient.BOUND_PROFESSIONAL, **to)
    act = actions.pass_on, seeing_all.carrier
    assert refusal(*act, secret=secret, recipient=Recipient.OTHER, **to) == ("secret.no_third_party", "37-1")


@pytest.mark.article("38-4")
def test_personal_data_is_given_away_on_a_basis_with_another_persons_approval_only(
    seeing_all: World, admin: Person
) -> None:
    fields = {
        "contract": seeing_all.contract,
        "recipient": "福岡県警察",
        "items": ["氏名", "電話番号"],
        "reference": "令状 令和8年(る)第1号",
    }
    act = actions.disclose, seeing_all.carrier
    assert refusal(*act, **fields, basis="", approver=admin) == ("disclosure.no_basis", "38-4")
    for nobody in (None, seeing_all.carrier):
        assert refusal(*act, **fields, basis="warrant", approver=nobody) == ("disclosure.not_approved", "38-4(3)")
    assert refusal(*act, **fields, basis="warrant", approver=seeing_all.analyst)[0] == "not_permitted"
    silent = {**fields, "reference": ""}
    assert refusal(*act, **silent, basis="warrant", approver=admin) == ("disclosure.incomplete", "38-4(3)")
    made = actions.disclose(seeing_all.carrier, **fields, basis="warrant", approver=admin)
    assert (made.article, made.approved_by) == ("38-4(3)", admin)
    assert queries.disclosures_of(EVERYTHING, seeing_all.contract) == [made]


def test_a_processor_works_for_purposes_of_the_carrier_only(seeing_all: World) -> None:
    fields = {"name": "株式会社印刷発送", "safeguards": "委託契約 第8条", "since_on": APRIL_10}
    assert refusal(actions.add_processor, TESTER, **fields, purposes=["advertising"]) == (
        "processor.no_purpose",
        "38-3",
    )
    processor = actions.add_processor(TESTER, **fields, purposes=["billing"])
    assert queries.processors_on(APRIL_10) == [processor]
    actions.end_processor(TESTER, processor=processor, until_on=APRIL_10)
    assert queries.processors_on(dt.date(2026, 4, 11)) == []


def test_the_policy_in_force_on_a_day_is_the_last_that_began(seeing_all: World) -> None:
    for day in (1, 20):
        url = f"https://carrier.example/privacy/{day}"
        actions.set_privacy_policy(TESTER, url=url, since_on=dt.date(2026, 4, day))
    assert queries.policy_on(APRIL_10).url.endswith("/1")
    assert queries.policy_on(NOW.date()).url.endswith("/20")


OUR_APPS = [app.label for app in installed.get_app_configs() if app.name.startswith("sekisho.apps.")]


def fields_of_our_models() -> list[str]:
    wordy = (models.TextField, models.CharField, models.JSONField)
    return [
        f"{model._meta.label}.{field.name}"
        for model in installed.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, wordy) or getattr(field, "base_field", None) is not None
    ]


def test_every_field_that_may_hold_personal_data_has_a_purpose() -> None:
    assert inventory.unaccounted(fields_of_our_models(), OUR_APPS) == []


def test_a_field_without_a_purpose_is_found() -> None:
    new = ["contracts.Visitor.name", "contracts.Contract.number", "elsewhere.Visitor.name"]
    assert inventory.unaccounted(new, OUR_APPS) == ["contracts.Visitor.name"]


def test_the_inventory_speaks_of_fields_that_exist_with_purposes_that_are_named() -> None:
    existing = set(fields_of_our_models())
    assert {name for name in inventory.INVENTORY if name not in existing} == set()
    assert all(
        set(field.purposes) <= set(inventory.PURPOSES) and field.purposes for field in inventory.INVENTORY.values()
    )
