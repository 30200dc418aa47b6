"""Taking on contracts: numbers, lines, contacts, and what the terms refuse."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Contact, Contract, TimeBand
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.terms.history import FactKind
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction

from ..world import EVERYTHING, NOW, TESTER, World, build_world

TODAY = dt.date(2026, 5, 1)


def add(contractor: Organisation, **changes: object) -> Contract:
    return actions.add_contract(
        TESTER,
        **{
            "contractor": contractor,
            "line": "LINE-9",
            "plan": Plan.BASIC,
            "functions": {SecurityFunction.IDS_IPS},
            "access_item": AccessItem.GUARANTEED_30M,
            "operations": True,
            **changes,
        },
    )


def contact(name: str, band: str = TimeBand.ALWAYS, phone: str = "1", mail: str = "a@b.example") -> Contact:
    return Contact(name=name, phone=phone, mail=mail, time_band=band, confirmed_on=TODAY)


def refusal(act, *arguments: object, **more: object) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        act(*arguments, **more)
    return refused.value.code, refused.value.article


@pytest.mark.article("8-1")
def test_a_line_carries_one_contract_until_that_has_ended(seeing_all: World) -> None:
    contractor = seeing_all.owner.organisation
    assert refusal(add, contractor, line="LINE-1") == ("line.has_contract", "8-1")
    with pytest.raises(IntegrityError, match="contract_one_a_line"), transaction.atomic():  # the database keeps it too
        Contract.objects.filter(pk=add(contractor).pk).update(line=seeing_all.contract.line)
    service = queries.told_of(seeing_all.contract).of_kind(FactKind.SERVICE)[0]
    actions.end_fact(TESTER, seeing_all.contract, service, NOW)

    assert add(contractor, line="LINE-1").number == "SK100004"
    with pytest.raises(IntegrityError, match="contract_one_a_line"), transaction.atomic():  # so it can't come back
        actions.end_fact(TESTER, seeing_all.contract, service, None)


@pytest.mark.article("5-1")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"plan": Plan.ENTRY, "access_item": AccessItem.BEST_EFFORT_100M}, "plan.operations_not_offered"),
        ({"plan": Plan.PREMIUM, "operations": False}, "plan.operations_required"),
        ({"access_item": AccessItem.BEST_EFFORT_100M}, "plan.access_item_not_offered"),
        ({"functions": set()}, "plan.no_function"),
    ],
)
def test_what_the_plan_does_not_offer_is_refused(seeing_all: World, changes: dict, code: str) -> None:
    assert refusal(add, seeing_all.owner.organisation, **changes) == (code, "5-1")


@pytest.mark.article("6-1(2)")
def test_logs_are_kept_for_five_years_at_most(seeing_all: World) -> None:
    code, article = refusal(add, seeing_all.owner.organisation, retention_years=6)
    assert article == "6-1(2)" and "retention" in code


@pytest.mark.article("6-1(3)")
def test_operations_need_a_first_contact_to_call_and_a_mail_address(seeing_all: World) -> None:
    for contacts in ([], [contact("a", phone="")], [contact("a", mail="")]):
        code, _ = refusal(actions.set_contacts, TESTER, contract=seeing_all.contract, contacts=contacts)
        assert code == "contract.no_first_contact"
    assert len(queries.contacts_of(EVERYTHING, seeing_all.contract)) == 2


def test_a_new_contact_list_replaces_the_old_one_in_its_order(seeing_all: World) -> None:
    actions.set_contacts(TESTER, contract=seeing_all.contract, contacts=[contact("二"), contact("一")])
    found = queries.contacts_of(EVERYTHING, seeing_all.contract)
    assert [(c.position, c.name) for c in found] == [(1, "二"), (2, "一")]
    assert acts_on("contract:SK100001")[-1].details["contacts"] == [c.pk for c in found]  # keys: rows are for ever


@pytest.mark.parametrize(
    ("at", "names"),
    [
        (dt.datetime(2026, 5, 1, 1, 0, tzinfo=dt.UTC), ["昼", "常"]),  # Friday 10:00 in Tokyo
        (dt.datetime(2026, 5, 1, 9, 0, tzinfo=dt.UTC), ["夜", "常"]),  # Friday 18:00
        (dt.datetime(2026, 5, 4, 1, 0, tzinfo=dt.UTC), ["夜", "常"]),  # a holiday, 10:00
    ],
)
def test_the_contacts_in_force_follow_their_time_bands(seeing_all: World, at: dt.datetime, names: list[str]) -> None:
    contacts = [contact("昼", TimeBand.BUSINESS), contact("夜", TimeBand.OFF_HOURS), contact("常")]
    actions.set_contacts(TESTER, contract=seeing_all.contract, contacts=contacts)
    found = queries.contacts_in_force(EVERYTHING, seeing_all.contract, at)
    assert [c.name for c in found] == names


def test_somebody_is_told_even_when_no_band_holds(seeing_all: World) -> None:
    actions.set_contacts(TESTER, contract=seeing_all.contract, contacts=[contact("昼", TimeBand.BUSINESS)])
    at = dt.datetime(2026, 5, 3, tzinfo=dt.UTC)
    assert [c.name for c in queries.contacts_in_force(EVERYTHING, seeing_all.contract, at)] == ["昼"]


def test_two_offices_at_once_give_different_numbers(committed_db: None) -> None:
    contractor = build_world().owner.organisation
    numbers: list[str] = []

    def office(n: int) -> None:
        try:
            with entered(EVERYTHING):
                numbers.append(add(contractor, line=f"LINE-{100 + n}").number)
        finally:
            connection.close()

    threads = [threading.Thread(target=office, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(numbers) == ["SK100004", "SK100005", "SK100006", "SK100007"]


@pytest.mark.article("25-1")
def test_each_kind_of_person_sees_the_contracts_that_are_theirs(seeing_all: World) -> None:
    seen = {
        person.role: sorted(c.number for c in queries.contracts_of(queries.scope_of(person)))
        for person in (seeing_all.carrier, seeing_all.analyst, seeing_all.stranger)
    }
    assert seen == {
        "carrier_desk": ["SK100001", "SK100002", "SK100003"],
        "partner_analyst": ["SK100001", "SK100002"],
        "contractor_admin": ["SK100002", "SK100003"],
    }
    seeing_all.carrier.is_active = False
    assert queries.contracts_of(queries.scope_of(seeing_all.carrier)) == []
