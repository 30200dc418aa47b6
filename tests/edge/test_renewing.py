"""Short certificates: renewed over the link before they end, and a clear word once one has ended."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from cryptography import x509

from sekisho.gateways import ca
from sekisho.gateways.desired_states import MemoryDesiredStates
from sekisho.gateways.signing import create_signing_key, public_keys
from sekisho_edge.delivery import Delivery
from sekisho_edge.link import client_context
from sekisho_edge.renewing import Certificate
from sekisho_edge.reports import Outbox
from sekisho_wire.control import Renewed
from sekisho_wire.enrolment import EnrolmentError

from .steered import DEVICE, Notebook, connected, make_steered_site, play, signed, until

NOW = dt.datetime.now(dt.UTC)
LATE = dt.timedelta(days=ca.DEVICE_CERTIFICATE_DAYS - 5)
"""So long ago that less than a third of the certificate's life is left."""


def serial(site: Path) -> int:
    return x509.load_pem_x509_certificate((site / "box" / "device.pem").read_bytes()).serial_number


def test_a_certificate_in_its_last_third_is_renewed_over_the_link_for_a_new_key(tmp_path: Path):
    site = make_steered_site(tmp_path, NOW - LATE)
    before, key = serial(site), (site / "box" / "device.key").read_bytes()

    async def story():
        async with connected(site, MemoryDesiredStates()) as (centre, box):
            await until(lambda: serial(site) != before)
            assert (site / "box" / "device.key").read_bytes() != key
            assert box.link.certificate.ends_at - NOW > dt.timedelta(days=ca.DEVICE_CERTIFICATE_DAYS - 1)
            await centre.close()  # the next connection shows the new one
            await centre.open()
            connections = box.link.state.connections
            await until(lambda: box.link.state.connections > connections and centre.desk.present)

    play(story)


def test_a_young_certificate_is_left_alone(tmp_path: Path):
    site = make_steered_site(tmp_path, NOW - dt.timedelta(days=ca.DEVICE_CERTIFICATE_DAYS / 2))
    assert not Certificate(site / "box").due(NOW)


def test_once_it_has_ended_the_box_says_what_a_person_has_to_do_and_keeps_what_it_has(tmp_path: Path):
    site = make_steered_site(tmp_path, NOW - dt.timedelta(days=ca.DEVICE_CERTIFICATE_DAYS + 1))
    (site / "box" / "policy.json").write_text("{}")

    async def story():
        async with connected(site, MemoryDesiredStates()) as (centre, box):
            await until(lambda: "sekisho-edge enrol" in box.link.state.last_error)
            assert f"the certificate of {DEVICE} ended at" in box.link.state.last_error
            assert centre.desk.present == 0
            assert (site / "box" / "policy.json").exists()

    play(story)


def test_a_power_cut_between_key_and_certificate_is_mended_at_the_next_start(tmp_path: Path):
    site = make_steered_site(tmp_path)
    box, made = site / "box", Certificate(site / "box")
    answer = Notebook(site).renew(DEVICE, made.request().csr_pem)
    made.install(answer)
    whole = {name: (box / name).read_text() for name in ("device.key", "device.pem", "ca.pem", "signing.pem")}
    (box / "renewed.json").write_text(json.dumps(whole))
    (box / "device.key").write_text("half of it")
    Certificate(box)
    assert (box / "device.key").read_text() == whole["device.key"]
    assert not (box / "renewed.json").exists()
    client_context(box / "ca.pem", box / "device.pem", box / "device.key")


def test_an_answer_for_another_key_or_nobodys_question_changes_nothing(tmp_path: Path):
    site = make_steered_site(tmp_path)
    before, made = serial(site), Certificate(site / "box")
    other = Notebook(site).renew(DEVICE, Certificate(site / "box").request().csr_pem)
    with pytest.raises(EnrolmentError, match="nobody asked for"):
        made.install(other)
    made.request()
    with pytest.raises(EnrolmentError, match="not for this box"):
        made.install(other)
    with pytest.raises(EnrolmentError, match="can't be read"):
        made.install(Renewed("nonsense", other.ca_pem, ""))
    assert serial(site) == before


def test_a_changed_signing_key_reaches_boxes_with_their_renewal_and_the_old_one_still_counts(tmp_path: Path):
    site = make_steered_site(tmp_path)
    old = signed(site, 1)
    (site / "signing.key").unlink()
    create_signing_key(site)
    new = signed(site, 2)
    box = site / "box"
    delivery = Delivery(box, DEVICE, Outbox(box))
    delivery.take(new)
    assert "does not know" in delivery.last_refusal
    made = Certificate(box)
    made.install(Notebook(site).renew(DEVICE, made.request().csr_pem))
    assert (box / "signing.pem").read_text() == public_keys(site)
    assert len(delivery.signing_keys()) == 2
    delivery.take(old)
    delivery.take(new)
    assert json.loads((box / "desired.json").read_text())["revision"] == 2


def test_a_box_asks_once_and_not_at_every_moment(tmp_path: Path):
    site = make_steered_site(tmp_path, NOW - LATE)

    asked = []

    class Refusing(Notebook):
        def renew(self, device, csr_pem):
            asked.append(device)
            raise OSError("the authority is away")

    async def story():
        async with connected(site, MemoryDesiredStates(), books=Refusing(site)) as (centre, box):
            await until(lambda: "can't issue certificates" in box.link.state.last_error)
            await centre.close()
            await centre.open()
            await until(lambda: box.link.state.connections == 2 and centre.desk.present)
            told = len(centre.books.statuses())
            await until(lambda: len(centre.books.statuses()) > told)
            assert asked == [DEVICE]

    play(story)
