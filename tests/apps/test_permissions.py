"""The catalogue of permissions, and what every person may do by it."""

from __future__ import annotations

import pytest

from sekisho.apps.accounts.actions import add_person
from sekisho.apps.accounts.models import Role
from sekisho.apps.accounts.permissions import PERMISSIONS, allowed, permission_table, require
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.refusals import Refused

from .world import TESTER, World

TABLE = """
| permission | carrier_admin | carrier_desk | partner_analyst | partner_lead | contractor_admin | contractor_member |
| --- | --- | --- | --- | --- | --- | --- |
| accounts.manage | x |  |  |  |  |  |
| alarms.take | x | x | x | x |  |  |
| applications.submit | x | x |  |  | x |  |
| billing.approve | x | x |  |  |  |  |
| billing.manage | x | x |  |  |  |  |
| billing.view | x | x |  |  | x | x |
| blocks.manage | x | x | x | x |  |  |
| breaches.claim |  |  |  |  | x | x |
| breaches.record_claim | x | x |  |  |  |  |
| breaches.review | x | x |  |  |  |  |
| console.enter | x | x | x | x |  |  |
| contracts.manage | x | x |  |  |  |  |
| contracts.terminate | x | x |  |  |  |  |
| contracts.view | x | x | x | x | x | x |
| countermeasures.answer |  | x |  |  | x | x |
| countermeasures.propose | x | x | x | x |  |  |
| countermeasures.report | x | x | x | x |  |  |
| definitions.manage | x | x |  |  |  |  |
| devices.enrol | x | x |  |  |  |  |
| devices.view | x | x | x | x | x | x |
| disclosures.approve | x |  |  |  |  |  |
| dunning.decide | x | x |  |  |  |  |
| dunning.set | x |  |  |  |  |  |
| groups.archive | x | x | x | x |  |  |
| groups.view | x | x | x | x |  |  |
| incidents.call | x | x | x | x |  |  |
| incidents.close | x | x | x | x |  |  |
| incidents.determine | x | x | x | x |  |  |
| incidents.view | x | x | x | x | x | x |
| notices.resolve | x | x | x | x |  |  |
| people.manage | x |  |  |  | x |  |
| policies.edit | x | x |  | x |  |  |
| policies.publish | x | x |  | x |  |  |
| policies.template | x | x |  |  |  |  |
| policies.view | x | x | x | x | x | x |
| portal.enter |  |  |  |  | x | x |
| receipts.import | x | x |  |  |  |  |
| receipts.match | x | x |  |  |  |  |
| receipts.refund | x |  |  |  |  |  |
| receivables.write_off | x |  |  |  |  |  |
| screenings.manage | x |  |  |  |  |  |
| tariff.manage | x |  |  |  |  |  |
| tokens.manage | x |  |  |  | x |  |
"""


def test_the_table_is_what_was_agreed() -> None:
    assert permission_table() == TABLE.lstrip()


def test_the_catalogue_is_in_alphabetical_order_and_knows_only_roles() -> None:
    assert list(PERMISSIONS) == sorted(PERMISSIONS)
    assert all(roles and roles <= set(Role) for roles in PERMISSIONS.values())


def test_a_person_who_left_may_do_nothing(seeing_all: World) -> None:
    seeing_all.analyst.is_active = False
    assert not any(allowed(seeing_all.analyst, permission) for permission in PERMISSIONS)


def test_the_machine_has_none_of_the_permissions_of_people() -> None:
    assert not any(allowed(SystemActor("pipeline"), permission) for permission in PERMISSIONS)


def test_an_unknown_permission_is_a_mistake_not_a_no(seeing_all: World) -> None:
    with pytest.raises(KeyError):
        require(seeing_all.carrier, "incidents.determin")


def test_a_refusal_speaks_both_languages(seeing_all: World) -> None:
    with pytest.raises(Refused) as refused:
        require(seeing_all.owner, "groups.view")
    assert refused.value.words.ja and refused.value.words.en


def test_a_role_belongs_to_one_kind_of_organisation(seeing_all: World) -> None:
    with pytest.raises(Refused) as refused:
        add_person(
            TESTER,
            organisation=seeing_all.owner.organisation,
            role=Role.CARRIER_ADMIN,
            email="x@y.example",
            name="x",
            password="long enough to do",
        )
    assert refused.value.code == "role_of_other_kind"
