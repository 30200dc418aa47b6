"""A certificate for a new key before the old one ends, over the link that the old one opens.

The new key is made here and stays here. Key and certificate are put down together (``renewed.json``) before either file
is replaced, so that a power cut between the two is mended at the next start. Once a certificate has ended nothing of
this works any more: then a person gets a new code at the centre, and ``ended`` says so.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sekisho_edge.bookmark import write_durably
from sekisho_edge.enrol import signing_request
from sekisho_wire.control import Renewal, Renewed
from sekisho_wire.enrolment import EnrolmentError

REMAINING_SHARE = 1 / 3
"""A certificate is renewed when less than this share of its life is left."""
ASK_AGAIN_SECONDS = 3_600.0
_FILES = ("device.key", "device.pem", "ca.pem", "signing.pem")


class Certificate:
    """The certificate of one state folder, and its renewal."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._key: ec.EllipticCurvePrivateKey | None = None
        finish_renewal(state)
        self._read()

    @property
    def ends_at(self) -> dt.datetime:
        return self._certificate.not_valid_after_utc

    def due(self, now: dt.datetime) -> bool:
        """Whether it is time for another one."""
        life = self.ends_at - self._certificate.not_valid_before_utc
        return self.ends_at - now < life * REMAINING_SHARE

    def request(self) -> Renewal:
        """A request for a key that is made for it."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        return Renewal(signing_request(self._key, self._name()))

    def install(self, renewed: Renewed) -> None:
        """Put the answer to the last request in place. EnrolmentError, and nothing changed, if it is none."""
        if self._key is None:
            raise EnrolmentError("a certificate came that nobody asked for")
        try:
            certificate = x509.load_pem_x509_certificate(renewed.certificate_pem.encode())
            x509.load_pem_x509_certificates(renewed.ca_pem.encode())
        except ValueError as error:
            raise EnrolmentError(f"the new certificate can't be read: {error}") from error
        if certificate.public_key() != self._key.public_key() or certificate.subject != self._certificate.subject:
            raise EnrolmentError("the new certificate is not for this box's new key and its device id")
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        texts = (pem.decode(), renewed.certificate_pem, renewed.ca_pem, renewed.signing_pem)
        whole = dict(zip(_FILES, texts, strict=True))
        write_durably(self._state / "renewed.json", json.dumps(whole).encode())
        finish_renewal(self._state)
        self._key = None
        self._read()

    def ended(self, now: dt.datetime) -> str:
        """What to do about a certificate that is over; nothing as long as it is good."""
        if now < self.ends_at:
            return ""
        return (
            f"the certificate of {self._name()} ended at {self.ends_at:%Y-%m-%d %H:%M} UTC, so the centre does not let "
            "this box in. Have the carrier issue a new code for the device and run: "
            f"sekisho-edge enrol --url PLATFORM --code CODE --state {self._state}; policy, blocks and logs stay. "
            "If the date looks wrong, set this box's clock first"
        )

    def _name(self):
        names = self._certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return str(names[0].value) if names else "this box"

    def _read(self):
        self._certificate = x509.load_pem_x509_certificate((self._state / "device.pem").read_bytes())


def finish_renewal(state: Path) -> None:
    """Whatever was put down whole goes to its places; quiet when there is nothing."""
    whole = state / "renewed.json"
    try:
        texts = json.loads(whole.read_text())
    except FileNotFoundError:
        return
    for name in _FILES:
        if texts.get(name):
            write_durably(state / name, texts[name].encode())
    whole.unlink()
