"""The platform's own certificate authority: who a device is, and who the collector is.

A folder holds ``ca.pem`` and ``ca.key``; keys are readable by their owner only and files are never
seen half-written. Keys are EC P-256. A device's certificate carries its id as common name and as
``urn:sekisho:device:<id>``, serves client authentication only, and lives DEVICE_CERTIFICATE_DAYS.
Errors: ``RequestRefused`` for a signing request that is not acceptable; OSError when the folder is not there.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sekisho.gateways import clock
from sekisho_wire.enrolment import DEVICE_ID, PEM_BYTES_MAX

CA_DAYS = 3_650
SERVER_CERTIFICATE_DAYS = 397
DEVICE_CERTIFICATE_DAYS = 30
BACKDATED_SECONDS = 300
"""A device's clock may run behind; its certificate must not be from its future."""

DEVICE_URI = "urn:sekisho:device:"
_CURVE = ec.SECP256R1


class RequestRefused(Exception):
    """A signing request that gets no certificate; ``code`` says why, the text is for the log."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class DeviceCertificate(NamedTuple):
    """``serial`` in hex, as certificate tools print it."""

    certificate_pem: str
    ca_pem: str
    serial: str
    expires_at: dt.datetime


def create_ca(folder: Path) -> Path:
    """Make the authority if the folder has none; returns the path of its certificate."""
    certificate_path = folder / "ca.pem"
    if not certificate_path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ec.generate_private_key(_CURVE())
        name = _name("Sekisho platform CA")
        certificate = (
            _builder(name, name, key.public_key(), CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write(folder / "ca.key", _key_pem(key))
        _write(certificate_path, _pem(certificate))
    return certificate_path


def issue_server_certificate(folder: Path, hosts: Sequence[str], name: str = "collector") -> tuple[Path, Path]:
    """A fresh key and certificate for a server of ours under these host names or addresses.

    Returns the paths of certificate (with the authority's behind it) and key.
    """
    ca, ca_key = _load(folder)
    key = ec.generate_private_key(_CURVE())
    certificate = (
        _builder(_name(name), ca.subject, key.public_key(), SERVER_CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(_issuer(ca), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(folder / f"{name}.key", _key_pem(key))
    _write(folder / f"{name}.pem", _pem(certificate) + _pem(ca))
    return folder / f"{name}.pem", folder / f"{name}.key"


def sign_device_csr(folder: Path, csr_pem: str, device_id: str) -> DeviceCertificate:
    """A certificate for the device that the caller has made sure is asking.

    The request's own subject counts for nothing, but one that names another device is refused.
    """
    request = _read_request(csr_pem)
    _check_name(request, device_id)
    ca, ca_key = _load(folder)
    uri = x509.UniformResourceIdentifier(DEVICE_URI + device_id)
    certificate = (
        _builder(_name(device_id), ca.subject, request.public_key(), DEVICE_CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .add_extension(_issuer(ca), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return DeviceCertificate(
        _pem(certificate).decode(), _pem(ca).decode(), f"{certificate.serial_number:x}", certificate.not_valid_after_utc
    )


def _read_request(csr_pem: str) -> x509.CertificateSigningRequest:
    if len(csr_pem) > PEM_BYTES_MAX:
        raise RequestRefused("csr_unreadable", "the signing request is too long")
    try:
        request = x509.load_pem_x509_csr(csr_pem.encode())
        key = request.public_key()
        signed = request.is_signature_valid
    except (ValueError, TypeError, InvalidSignature) as error:
        raise RequestRefused("csr_unreadable", f"not a signing request: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVE):
        raise RequestRefused("csr_key", "the key must be EC P-256")
    if not signed:
        raise RequestRefused("csr_signature", "the request is not signed by its own key")
    return request


def _check_name(request: x509.CertificateSigningRequest, device_id: str) -> None:
    names = [str(name.value) for name in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    others = [name for name in names if DEVICE_ID.fullmatch(name) and name != device_id]
    if others:
        raise RequestRefused("csr_other_device", f"the request is for {others[0]}, the code for {device_id}")


def _load(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / 'ca.key'} is not an EC key")
    return x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()), key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    start = clock.now() - dt.timedelta(seconds=BACKDATED_SECONDS)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _issuer(ca: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _key_usage(*, signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
