"""Preparing a device for a line, and giving it its identity.

Enrolment: the carrier gets a one-time code for a device; whoever presents it with a signing request is
that device from then on. A code works once and for ENROLMENT_HOURS; only its hash is kept. The answer
to a wrong code says nothing about which codes or devices exist.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho.apps.turns import take_turn
from sekisho.gateways import ca, clock

from ..models import DeviceKind, DeviceState, SecurityDevice

ENROLMENT_HOURS = 72
SEEN_EVERY_SECONDS = 60
CODE_BYTES = 20
FIRST_NUMBER = 100_001
ENROLMENT = SystemActor("enrolment")


@transaction.atomic
def add_device(
    actor: Actor,
    *,
    contract: Contract,
    model: str,
    serial: str,
    product: str = "suricata",
    kind: DeviceKind = DeviceKind.UTM,
    home_networks: Sequence[str] = (),
) -> SecurityDevice:
    """A device on the contract's line. Needs a scope of all contracts, to see which ids are taken (R010)."""
    if SecurityDevice.objects.filter(serial=serial).exclude(state=DeviceState.RETIRED).exists():
        raise Refused(
            "device.assigned", "この装置は既に契約に割り当てられています。", "This device is assigned already."
        )
    device = SecurityDevice.objects.create(
        device_id=_next_id(),
        contract=contract,
        kind=kind,
        model=model,
        serial=serial,
        product=product,
        home_networks=list(home_networks),
    )
    _record(actor, "fleet.add_device", device, {"model": model, "serial": serial})
    return device


def issue_enrolment_code(actor: Person, *, device: SecurityDevice) -> str:
    """A new one-time code for the device; earlier ones stop working. It is shown here and never again."""
    require(actor, "devices.enrol")
    return give_enrolment_code(actor, device=device)


@transaction.atomic
def give_enrolment_code(actor: Actor, *, device: SecurityDevice) -> str:
    """As ``issue_enrolment_code``, for a part of the platform that sets a device up by itself."""
    device = SecurityDevice.objects.select_for_update(of=("self",)).get(pk=device.pk)
    if device.state == DeviceState.RETIRED:
        raise Refused("device.retired", "この装置は使用を終了しています。", "This device is retired.")
    code = secrets.token_urlsafe(CODE_BYTES)
    device.enrolment_code_hash = _hash(code)
    device.enrolment_expires_at = clock.now() + dt.timedelta(hours=ENROLMENT_HOURS)
    device.save(update_fields=("enrolment_code_hash", "enrolment_expires_at"))
    _record(actor, "fleet.issue_code", device, {"expires_at": device.enrolment_expires_at.isoformat()})
    return code


def enrol_device(*, code: str, csr_pem: str) -> tuple[SecurityDevice, ca.DeviceCertificate]:
    """Turn a one-time code and a signing request into a device's certificate.

    Refused: "enrolment.code" (unknown, used or expired: not told apart) or "enrolment.csr_..." (the
    code stays good, so that a mistake in the request can be corrected).
    """
    with entered(system_scope("enrolment")):
        device = SecurityDevice.objects.select_for_update(of=("self",)).filter(enrolment_code_hash=_hash(code)).first()
        if device is None or device.enrolment_expires_at is None or device.enrolment_expires_at < clock.now():
            raise Refused(
                "enrolment.code", "登録コードが正しくないか、期限が切れています。", "This code is unknown or expired."
            )
        try:
            certificate = ca.sign_device_csr(settings.CA_DIR, csr_pem, device.device_id)
        except ca.RequestRefused as refusal:
            code = f"enrolment.{refusal.code}"
            raise Refused(
                code, "証明書の要求を受け付けられません。", f"The signing request is refused: {refusal}."
            ) from refusal
        _mark_enrolled(device, certificate)
    return device, certificate


def renew_certificate(*, device_id: str, csr_pem: str) -> ca.DeviceCertificate:
    """A new certificate for a device that has proven by its old one, over the link, who it is.

    Refused: "device.unknown" (retired, or nobody knows it), "enrolment.csr_..." as at enrolment.
    """
    with entered(system_scope("enrolment")):
        rows = SecurityDevice.objects.select_for_update(of=("self",)).filter(device_id=device_id)
        device = rows.filter(state=DeviceState.ENROLLED).first()
        if device is None:
            raise Refused("device.unknown", "この装置は使用されていません。", "This device is not in service.")
        try:
            certificate = ca.sign_device_csr(settings.CA_DIR, csr_pem, device_id)
        except ca.RequestRefused as refusal:
            code = f"enrolment.{refusal.code}"
            raise Refused(
                code, "証明書の要求を受け付けられません。", f"The signing request is refused: {refusal}."
            ) from refusal
        device.certificate_serial, device.certificate_expires_at = certificate.serial, certificate.expires_at
        device.save(update_fields=("certificate_serial", "certificate_expires_at"))
        _record(ENROLMENT, "fleet.renew", device, {"certificate": certificate.serial})
    return certificate


def _mark_enrolled(device: SecurityDevice, certificate: ca.DeviceCertificate) -> None:
    device.state, device.enrolled_at = DeviceState.ENROLLED, clock.now()
    device.enrolment_code_hash, device.enrolment_expires_at = "", None
    device.certificate_serial, device.certificate_expires_at = certificate.serial, certificate.expires_at
    device.save()
    _record(ENROLMENT, "fleet.enrol", device, {"certificate": certificate.serial})


def note_seen(device_ids: Sequence[str]) -> None:
    """These devices have just sent something. Written at most once in SEEN_EVERY_SECONDS for each."""
    now = clock.now()
    with entered(system_scope("collector")):
        rows = SecurityDevice.objects.filter(device_id__in=device_ids)
        rows.exclude(last_seen_at__gt=now - dt.timedelta(seconds=SEEN_EVERY_SECONDS)).update(last_seen_at=now)


def _next_id() -> str:
    take_turn("device ids")
    last = SecurityDevice.objects.order_by("-pk").values_list("device_id", flat=True).first()
    return f"UTM{int(last[3:]) + 1 if last else FIRST_NUMBER}"


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _record(actor: Actor, act: str, device: SecurityDevice, details: dict) -> None:
    record(actor, act=act, object=f"device:{device.device_id}", contract_id=device.contract_id, details=details)
