"""The line's own CA: made on the box, and its key never leaves it. Clients of the inspected zones trust ``ca.pem``.

Made when a policy first wants to read TLS, and kept: a new one would have to be brought to every client again.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sekisho_edge.bookmark import write_durably

YEARS = 10
CLOCKS_DIFFER = dt.timedelta(days=1)


def ensure(certificate: Path, key: Path, name: str) -> bool:
    """Have both files; True when they were made now. ``name`` tells people whose line it is."""
    if certificate.exists() and key.exists():
        return False
    certificate.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_durably(key, pem, mode=0o600)
    write_durably(certificate, _certificate(private, name).public_bytes(serialization.Encoding.PEM), mode=0o644)
    return True


def fingerprint(certificate: Path) -> str:
    """SHA-256 of the certificate, as people compare it."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def device_name(device: Path) -> str:
    """Whose certificate this box has, or the machine's own name when it is not enrolled."""
    if device.exists():
        subject = x509.load_pem_x509_certificate(device.read_bytes()).subject
        for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME):
            return str(attribute.value)
    return os.uname().nodename[:40]


def _certificate(private, name):
    now = dt.datetime.now(dt.UTC)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sekisho"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Web inspection of {name}"),
        ]
    )
    usage = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    ) | {"key_cert_sign": True, "crl_sign": True}  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + dt.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
