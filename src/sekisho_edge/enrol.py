"""Enrolment: make a key that never leaves this box, and turn a one-time code into its certificate.

Files of the state folder: ``device.key`` (0600), ``device.pem``, ``ca.pem``, ``signing.pem`` (the keys by which the
centre signs what it desires), ``enrolment.json`` (who and where). A box can be enrolled again: everything else stays.
EnrolmentError: nothing was changed; the message says what the centre said.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sekisho_edge.bookmark import write_durably
from sekisho_wire.enrolment import (
    CODE_CHARS_MAX,
    ENROL_PATH,
    PEM_BYTES_MAX,
    Enrolment,
    EnrolmentError,
    EnrolmentRequest,
    read_enrolment,
)

ANSWER_SECONDS_MAX = 30.0
PLACEHOLDER = "unenrolled"


def enrol(url: str, code: str, state: Path) -> Enrolment:
    """Enrol this box and store what came of it."""
    if not 0 < len(code) <= CODE_CHARS_MAX:
        raise EnrolmentError("a code has between 1 and 128 characters")
    key = ec.generate_private_key(ec.SECP256R1())
    body = msgspec.json.encode(EnrolmentRequest(code, signing_request(key, PLACEHOLDER)))
    enrolment = read_enrolment(_post(url.rstrip("/") + ENROL_PATH, body))
    _check_certificate(enrolment, key)
    _store(state, key, enrolment)
    return enrolment


def signing_request(key: ec.EllipticCurvePrivateKey, name: str) -> str:
    """A PEM signing request. The name is only a wish: the centre knows from the code who asks."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def stored_enrolment(state: Path) -> dict:
    """{"device", "centre"} of an enrolled box; EnrolmentError if this one is not."""
    try:
        return json.loads((state / "enrolment.json").read_text())
    except (FileNotFoundError, ValueError) as error:
        raise EnrolmentError(f"{state} holds no enrolment; run: sekisho-edge enrol --help") from error


def device_of(certificate: Path) -> str:
    """The device id that a box's certificate names."""
    subject = x509.load_pem_x509_certificate(certificate.read_bytes()).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _post(address, body):
    request = urllib.request.Request(  # noqa: S310 - the operator types the address
        address, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX) as answer:  # noqa: S310
            return answer.read(PEM_BYTES_MAX + 1)
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(1000).decode(errors="replace")
        raise EnrolmentError(f"the centre answered {error.code}: {said}") from error
    except OSError as error:
        raise EnrolmentError(f"no answer from {address}: {error}") from error


def _check_certificate(enrolment, key):
    """The certificate must be for our key and our name, or the link would fail later with a riddle."""
    try:
        certificate = x509.load_pem_x509_certificate(enrolment.certificate_pem.encode())
        x509.load_pem_x509_certificates(enrolment.ca_pem.encode())
    except ValueError as error:
        raise EnrolmentError(f"the answer's certificates can't be read: {error}") from error
    names = [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if certificate.public_key() != key.public_key() or names != [enrolment.device]:
        raise EnrolmentError("the certificate is not for this box's key and device id")


def _store(state, key, enrolment):
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_durably(state / "device.key", pem)
    write_durably(state / "device.pem", enrolment.certificate_pem.encode())
    write_durably(state / "ca.pem", enrolment.ca_pem.encode())
    if enrolment.signing_pem:
        write_durably(state / "signing.pem", enrolment.signing_pem.encode())
    who = {"device": enrolment.device, "centre": enrolment.centre}
    write_durably(state / "enrolment.json", json.dumps(who).encode())
