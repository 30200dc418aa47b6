"""Web inspection in the lab: an origin with good and bad certificates on the host ``mail``, and curl on ``pc1``."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from sekisho.pipeline.normalise import squid
from sekisho_edge.lab import Lab, site
from sekisho_wire.policy import AntiMalware, SecurityPolicy, TlsInspection

from .line import Line, plain

ADDRESS = site.MAIL_ADDRESS
GOOD = ("files.test", "sns.test", "bank.test", "pinned.test", "news.test")
EXPIRED, SELF_SIGNED, WRONG_HOST = "expired.test", "selfsigned.test", "wrong.test"
READ = TlsInspection(mode="inspect", zones=("lan",), quic="block")
SCAN = AntiMalware(mode="prevent", protocols=("http", "https"))


@dataclass
class Web:
    """What clients get, what the origin saw, and what was written down."""

    line: Line
    folder: Path

    @property
    def lab(self) -> Lab:
        return self.line.lab

    def enforce(self, **changes) -> None:
        self.line.enforce(policy(**changes))

    def get(self, url: str, *options: str, host: str = "pc1", ca: Path | None = None) -> tuple[str, bytes]:
        """(status, body); status 000 when nothing came. The client trusts the line's CA, as an inspected one does."""
        name = url.split("/")[2]
        trusted = ca or self.line.state / "inspection" / "ca.pem"
        argv = ["curl", "-s", "-m", "20", "--resolve", f"{name}:80:{ADDRESS}", "--resolve", f"{name}:443:{ADDRESS}"]
        argv += ["--cacert", str(trusted if trusted.exists() else self.folder / "ca.pem")]
        argv += ["-w", "\\n%{http_code}", *options, url]
        body, _, status = self.lab.run(host, argv).stdout.rpartition(b"\n")
        return status.decode(), body

    def issuer(self, name: str) -> str:
        """Who signed the certificate that a client is shown."""
        argv = ["openssl", "s_client", "-connect", f"{ADDRESS}:443", "-servername", name]
        done = subprocess.run(
            self.lab.argv("pc1", argv), input=b"", capture_output=True, timeout=15, check=False
        ).stdout.decode()
        found = [line for line in done.splitlines() if line.startswith("issuer=")]
        return found[0] if found else ""

    def requests(self) -> str:
        """What reached the origin."""
        return (self.folder / "requests").read_text()

    def forget(self) -> None:
        (self.folder / "requests").write_text("")

    def events(self, kind: str) -> list[dict]:
        """What the scanner's log says of one kind."""
        lines = self.line.log("icap").splitlines()
        return [event for line in lines if line.startswith("{") and (event := json.loads(line))["event"] == kind]

    def accesses(self) -> list[dict[str, str]]:
        """Squid's log as the centre's own parser reads it."""
        return [squid.read(text)[1] for text in self.line.log("squid").splitlines() if squid.recognises(text)]


def policy(**changes) -> SecurityPolicy:
    """The lab's own, without a sensor."""
    return replace(plain(), **changes)


@contextlib.contextmanager
def web_on(line: Line, folder: Path) -> Iterator[Web]:
    """The origin at work; the box trusts the lab's own CA as it trusts the world's."""
    make_certificates(folder)
    (line.state / "inspection").mkdir(exist_ok=True)
    (line.state / "inspection" / "roots.pem").write_bytes((folder / "ca.pem").read_bytes())
    argv = [sys.executable, "-m", "tests.edge.web_origin", str(folder)]
    with line.lab.start("mail", argv, stdout=subprocess.PIPE) as origin:
        assert origin.stdout.readline() == b"ready\n"
        try:
            yield Web(line, folder)
        finally:
            origin.terminate()


def make_certificates(folder: Path) -> None:
    """``folder/ca.pem`` signs the good ones; the others have what their name says."""
    (folder / "certificates").mkdir(parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _signed("Lab Root", key, "Lab Root", key, days=30, ca=True)
    (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    for name in GOOD:
        _write(folder, name, _leaf(name, key, "Lab Root", days=20))
    _write(folder, EXPIRED, _leaf(EXPIRED, key, "Lab Root", days=-2))
    _write(folder, WRONG_HOST, _leaf("other.test", key, "Lab Root", days=20))
    _write(folder, SELF_SIGNED, _leaf(SELF_SIGNED, None, SELF_SIGNED, days=20))
    _write(folder, "default", _leaf("default.test", key, "Lab Root", days=20))


def _leaf(name, issuer_key, issuer, days):
    own = ec.generate_private_key(ec.SECP256R1())
    return _signed(name, own, issuer, issuer_key or own, days=days, ca=False), own


def _signed(name, key, issuer, issuer_key, *, days, ca):
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=10))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _write(folder, stem, made):
    certificate, key = made
    file = folder / "certificates" / f"{stem}.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.with_suffix(".key").write_bytes(pem)
