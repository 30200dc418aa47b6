"""A box joins: over the machine's door, with the edge's own code on the other side of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.test import Client

from sekisho.api.devices import CALLS_A_MINUTE_MAX
from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts import actions as contracts
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.models import DeviceState, SecurityDevice
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways import ca
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import FactKind
from sekisho_edge.enrol import signing_request
from sekisho_wire.enrolment import ENROL_PATH, read_enrolment

from ..apps.world import EVERYTHING, NOW, TESTER, World


@pytest.fixture
def device(seeing_all: World, settings, tmp_path: Path) -> SecurityDevice:
    settings.CA_DIR = tmp_path
    settings.EDGE_CENTRES = ["127.0.0.1:6514", "10.99.0.1:6514"]
    cache.clear()
    ca.create_ca(tmp_path)
    return actions.add_device(TESTER, contract=seeing_all.contract, model="Sekisho Edge", serial="S-1")


def csr(name: str = "unenrolled") -> str:
    return signing_request(ec.generate_private_key(ec.SECP256R1()), name)


def enrol(code: str, csr_pem: str | None = None, **more: object):
    body = {"code": code, "csr_pem": csr_pem if csr_pem is not None else csr()}
    return Client(enforce_csrf_checks=True).post(ENROL_PATH, body, content_type="application/json", **more)


def test_a_code_becomes_a_certificate_that_the_edge_accepts(device: SecurityDevice, seeing_all: World) -> None:
    code = actions.issue_enrolment_code(seeing_all.carrier, device=device)
    answer = enrol(code)
    enrolled = read_enrolment(answer.content)

    assert (answer.status_code, enrolled.device, enrolled.centre) == (200, "UTM100001", "127.0.0.1:6514")
    device.refresh_from_db()
    assert (device.state, device.enrolment_code_hash) == (DeviceState.ENROLLED, "")
    assert [row.act for row in acts_on("device:UTM100001")] == ["fleet.add_device", "fleet.issue_code", "fleet.enrol"]
    assert code not in str([row.details for row in acts_on("device:UTM100001")])


def test_an_edge_is_told_the_collectors_address_on_the_host_it_came_by(
    device: SecurityDevice, seeing_all: World, settings
) -> None:
    settings.ALLOWED_HOSTS = ["10.99.0.1"]
    code = actions.issue_enrolment_code(seeing_all.carrier, device=device)
    answer = enrol(code, headers={"host": "10.99.0.1:8470"})
    assert read_enrolment(answer.content).centre == "10.99.0.1:6514"


def test_used_expired_replaced_and_invented_codes_are_refused_alike(
    device: SecurityDevice, seeing_all: World, hand: StandingClock
) -> None:
    replaced = actions.issue_enrolment_code(seeing_all.carrier, device=device)
    used = actions.issue_enrolment_code(seeing_all.carrier, device=device)
    assert enrol(used).status_code == 200
    expired = actions.issue_enrolment_code(seeing_all.carrier, device=device)
    hand.advance(hours=actions.ENROLMENT_HOURS, seconds=1)

    answers = [enrol(code) for code in (replaced, used, expired, "invented")]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "enrolment.code"


def test_a_request_in_another_devices_name_is_refused_and_the_code_stays_good(
    device: SecurityDevice, seeing_all: World
) -> None:
    code = actions.issue_enrolment_code(seeing_all.carrier, device=device)
    refused = enrol(code, csr("UTM100777"))
    assert (refused.status_code, refused.json()["code"]) == (403, "enrolment.csr_other_device")
    assert enrol(code, csr("UTM100001")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[1]", b'{"code": "", "csr_pem": ""}', b'{"code": 1, "csr_pem": "x"}', b"\xff", b"x" * 100_000],
)
def test_what_is_no_request_is_told_so(device: SecurityDevice, body: bytes) -> None:
    answer = Client().post(ENROL_PATH, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_request")


def test_guessing_codes_is_slowed_down(device: SecurityDevice) -> None:
    statuses = [enrol("guess").status_code for _ in range(CALLS_A_MINUTE_MAX + 2)]
    assert statuses[0] == 403
    assert statuses[-1] == 429


def test_only_the_carrier_gives_codes(device: SecurityDevice, seeing_all: World) -> None:
    for person in (seeing_all.analyst, seeing_all.owner):
        with pytest.raises(Refused) as refused:
            actions.issue_enrolment_code(person, device=device)
        assert refused.value.code == "not_permitted"


@pytest.mark.article("4-1")
def test_one_box_is_not_given_to_two_contracts(device: SecurityDevice, seeing_all: World) -> None:
    with pytest.raises(Refused) as refused:
        actions.add_device(TESTER, contract=seeing_all.other_contract, model="m", serial="S-1")
    assert refused.value.code == "device.assigned"


def test_the_pipeline_learns_contract_retention_and_networks_of_every_device(
    device: SecurityDevice, seeing_all: World
) -> None:
    contracts.tell(TESTER, seeing_all.other_contract, FactKind.RETENTION_YEARS, 4, NOW)
    actions.add_device(
        TESTER, contract=seeing_all.other_contract, model="m", serial="S-2", home_networks=["198.51.100.0/24"]
    )
    with entered(scope_of(seeing_all.owner)):  # whoever's scope is entered, the pipeline serves all
        first, second = queries.device_contexts()

    assert (first.device, first.contract, first.retention_years) == ("UTM100001", "SK100001", 1)
    assert (second.contract, second.retention_years) == ("SK100002", 4)
    assert [str(network) for network in second.home_networks] == ["198.51.100.0/24"]
    assert first.home_networks


def test_a_device_is_seen_at_most_once_a_minute(device: SecurityDevice, hand: StandingClock) -> None:
    actions.note_seen(["UTM100001"])
    hand.advance(seconds=30)
    actions.note_seen(["UTM100001"])
    device = queries.device_by_id(EVERYTHING, "UTM100001")
    assert device.last_seen_at == hand.now() - dt.timedelta(seconds=30)
    hand.advance(seconds=40)
    actions.note_seen(["UTM100001"])
    assert queries.device_by_id(EVERYTHING, "UTM100001").last_seen_at == hand.now()
