"""Who applied is who the register of parties, letters and invoices know from the acceptance on."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.models import AuditRow
from sekisho.apps.contracts.queries.parties import addressee_on, parties_on

from ..world import CALLED, EVERYTHING, World
from .forms_of_tests import accepted, refusal, screened, submitted

TODAY = dt.date(2026, 5, 4)
JOINT = {"name": "株式会社若葉商事", "name_en": "Wakaba", "address": "福岡県久留米市2-2", "representative": "若葉 進"}


@pytest.fixture
def mine(seeing_all: World) -> Organisation:
    return seeing_all.owner.organisation


@pytest.mark.article("9-1")
def test_an_acceptance_enters_the_applicant_as_its_form_says(seeing_all: World) -> None:
    (found,) = parties_on(EVERYTHING, seeing_all.contract, TODAY)
    assert (found.party.organisation, found.party.since_on) == (seeing_all.owner.organisation, dt.date(2026, 4, 1))
    addressee = addressee_on(seeing_all.contract, TODAY)
    assert (addressee.address, addressee.corporate_number) == (CALLED.address, CALLED.corporate_number)
    assert AuditRow.objects.filter(act="contracts.enter_party", contract_id=seeing_all.contract.pk).count() == 1


@pytest.mark.article("9-1")
def test_what_the_form_leaves_open_is_what_the_house_calls_the_applicant(mine: Organisation) -> None:
    addressee = addressee_on(accepted(mine, contractor={"address": "福岡県糸島市3-3"}), TODAY)
    assert (addressee.name, addressee.address) == (mine.name, "福岡県糸島市3-3")


@pytest.mark.article("9-1", "33-1")
def test_joint_contractors_enter_with_the_applicant_who_represents_them(mine: Organisation) -> None:
    contract = accepted(mine, joint_contractors=[JOINT])
    found = parties_on(EVERYTHING, contract, TODAY)
    assert [(one.data.name, one.represents) for one in found] == [(mine.name, True), (JOINT["name"], False)]
    assert found[1].party.organisation.name_en == "Wakaba"
    assert addressee_on(contract, TODAY).name == mine.name


@pytest.mark.article("9-1")
def test_a_joint_contractor_is_known_again_by_its_corporate_number_and_by_nothing_else(
    seeing_all: World, mine: Organisation
) -> None:
    other = seeing_all.stranger.organisation
    by_number = {**JOINT, "corporate_number": CALLED.corporate_number}
    known = accepted(other, "LINE-8", joint_contractors=[by_number]).parties.last()
    by_name = accepted(other, "LINE-9", joint_contractors=[{**JOINT, "name": mine.name}]).parties.last()
    assert known.organisation == mine
    assert by_name.organisation != mine


@pytest.mark.article("9-1")
@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"joint_contractors": [{"name": " "}]}, ("party.no_name", "9-1")),
        ({"contractor": {"corporate_number": "7000012050003"}}, ("party.corporate_number", "10-1(1)")),
        (
            {
                "contractor": {"corporate_number": CALLED.corporate_number},
                "joint_contractors": [{**JOINT, "corporate_number": CALLED.corporate_number}],
            },
            ("party.twice", "9-1"),
        ),
    ],
)
def test_a_form_whose_contractors_cannot_be_told_apart_is_refused(
    mine: Organisation, changes: dict, refused: tuple[str, str]
) -> None:
    screened(mine)
    assert refusal(submitted, mine, **changes) == refused
