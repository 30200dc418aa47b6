"""Our own authority: what it signs, what it refuses, and that TLS accepts both."""

from __future__ import annotations

import datetime as dt
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sekisho.gateways import ca
from sekisho.gateways.clock import standing_at

NOW = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)


def request_for(name: str, key=None) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    key = key or ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ca.create_ca(tmp_path / "ca")
    return tmp_path / "ca"


def test_the_authority_is_made_once_and_its_keys_are_private(folder: Path) -> None:
    before = (folder / "ca.pem").read_bytes()
    ca.create_ca(folder)
    ca.issue_server_certificate(folder, ["127.0.0.1"])

    assert (folder / "ca.pem").read_bytes() == before
    for name in ("ca.key", "collector.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_a_device_gets_its_own_name_for_client_use_and_a_short_life(folder: Path) -> None:
    with standing_at(NOW):
        signed = ca.sign_device_csr(folder, request_for("unenrolled"), "UTM100001")
    certificate = x509.load_pem_x509_certificate(signed.certificate_pem.encode())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(signed.ca_pem.encode()))

    assert certificate.subject.rfc4514_string() == "CN=UTM100001"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["urn:sekisho:device:UTM100001"]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
    assert signed.expires_at - NOW < dt.timedelta(days=ca.DEVICE_CERTIFICATE_DAYS)


@pytest.mark.parametrize(
    ("request_pem", "code"),
    [
        (request_for("UTM100002"), "csr_other_device"),
        (request_for("UTM100001", ec.generate_private_key(ec.SECP384R1())), "csr_key"),
        (request_for("UTM100001", rsa.generate_private_key(65537, 2048)), "csr_key"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "csr_unreadable"),
        ("", "csr_unreadable"),
        ("x" * 70_000, "csr_unreadable"),
    ],
    ids=["another device", "other curve", "rsa", "garbage", "empty", "too long"],
)
def test_a_bad_request_is_refused_by_its_fault(folder: Path, request_pem: str, code: str) -> None:
    with pytest.raises(ca.RequestRefused) as refused:
        ca.sign_device_csr(folder, request_pem, "UTM100001")
    assert refused.value.code == code


def test_device_and_collector_know_each_other_over_tls(folder: Path, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signed = ca.sign_device_csr(folder, request_for("unenrolled", key), "UTM100001")
    (tmp_path / "device.pem").write_text(signed.certificate_pem)
    (tmp_path / "device.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    certificate, server_key = ca.issue_server_certificate(folder, ["127.0.0.1", "collector.example"])
    centre = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    centre.verify_mode = ssl.CERT_REQUIRED
    centre.load_cert_chain(certificate, server_key)
    edge = ssl.create_default_context(cafile=folder / "ca.pem")
    edge.load_cert_chain(tmp_path / "device.pem", tmp_path / "device.key")

    seen = shake_hands(centre, edge, "collector.example")
    assert seen["subject"] == ((("commonName", "UTM100001"),),)
    assert seen["subjectAltName"] == (("URI", "urn:sekisho:device:UTM100001"),)


def shake_hands(centre: ssl.SSLContext, edge: ssl.SSLContext, host: str) -> dict:
    """The peer's certificate as the centre sees it, after a whole handshake in memory."""
    to_centre, to_edge = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = edge.wrap_bio(to_edge, to_centre, server_hostname=host)
    server = centre.wrap_bio(to_centre, to_edge, server_side=True)
    waiting = [client, server]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
    assert waiting == []
    return server.getpeercert()
