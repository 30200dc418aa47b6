"""A small centre for tests of the link: real TLS, the real wire, and a memory that can be looked into.

It acknowledges only what it has kept, keeps a batch once however often it comes, and can be told to be
rude: to drop connections, before or after it acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
import sys
from dataclasses import dataclass, field
from pathlib import Path

import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sekisho.pipeline.collect.repository import RepositoryFiles
from sekisho_wire.definitions import Fetch
from sekisho_wire.logs import Ack, Deframer, Hello, LogBatch, Position, Welcome, frame, read_from_edge


@dataclass
class Centre:
    """``batches`` by (device, source, first). ``rude`` is called with the count of batches; True hangs up."""

    context: ssl.SSLContext
    batches: dict[tuple[str, str, Position], LogBatch] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    repeated: int = 0
    changed: list[str] = field(default_factory=list)
    arrived: int = 0
    hang_up_before_ack_every: int = 0
    hang_up_after_ack_every: int = 0
    forgets_positions: bool = False
    repository: Path = Path("/nonexistent")
    port: int = 0
    connections: set[asyncio.Task] = field(default_factory=set)

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, host, port, ssl=self.context)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def lines(self, source: str = "eve") -> list[bytes]:
        """Every line kept of one source, in the order of positions."""
        ours = [batch for batch in list(self.batches.values()) if batch.source == source]
        ordered = sorted(ours, key=lambda batch: batch.first)
        return b"".join(zstandard.decompress(batch.body) for batch in ordered).splitlines(keepends=True)

    async def _serve(self, reader, writer):
        self.connections.add(task := asyncio.current_task())
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._converse(reader, writer)
        finally:
            self.connections.discard(task)
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader, writer):
        subject = writer.get_extra_info("peercert")["subject"]
        device = dict(pair for entry in subject for pair in entry)["commonName"]
        deframer = Deframer()
        while data := await reader.read(65536):
            for payload in deframer.feed(data):
                if not await self._take(device, read_from_edge(payload), writer):
                    return

    async def _take(self, device, message, writer):
        if isinstance(message, Hello):
            known = {} if self.forgets_positions else self.positions
            writer.write(frame(Welcome(1, {s: known[s] for s in message.sources if s in known})))
            return True
        if isinstance(message, Fetch):
            async for part in RepositoryFiles(self.repository).answers(message.path):
                writer.write(frame(part))
            return True
        self._keep((device, message.source, message.first), message)
        self.arrived += 1
        if self.hang_up_before_ack_every and self.arrived % self.hang_up_before_ack_every == 0:
            return False
        writer.write(frame(Ack(message.source, message.next)))
        await writer.drain()
        return not (self.hang_up_after_ack_every and self.arrived % self.hang_up_after_ack_every == 0)

    def _keep(self, key, batch):
        """As the stream does: the second batch of one identity is dropped, so it had better be the same."""
        if key in self.batches:
            self.repeated += 1
            if self.batches[key].next != batch.next:
                self.changed.append(f"{batch.first}: {self.batches[key].next} became {batch.next}")
        else:
            self.batches[key] = batch
            self.positions[batch.source] = max(batch.next, self.positions.get(batch.source, Position(0, 0)))


def make_ca(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A platform CA; ``folder/ca.pem`` holds its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
    certificate = _builder(name, name, key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    signed = certificate.sign(key, hashes.SHA256())
    (folder / "ca.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return signed, key


def issue(ca, public_key, name: str, *, server: bool = False) -> str:
    """A certificate for a device, or for the collector; PEM."""
    certificate, key = ca
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = _builder(subject, certificate.subject, public_key)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def issue_with_key(ca, folder: Path, stem: str, name: str, *, server: bool = False) -> None:
    """``stem.pem`` and ``stem.key`` in a folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / f"{stem}.pem").write_text(issue(ca, key.public_key(), name, server=server))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{stem}.key").write_bytes(pem)


def server_context(folder: Path) -> ssl.SSLContext:
    """The collector's side: ``collector.pem`` of this folder, and only clients of its CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "collector.pem", folder / "collector.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def make_site(folder: Path, device: str = "UTM100001") -> None:
    """A CA, a collector and an enrolled device, all in one folder."""
    ca = make_ca(folder)
    issue_with_key(ca, folder, "collector", "collector", server=True)
    issue_with_key(ca, folder, "device", device)


def _builder(subject, issuer, public_key):
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )


async def _listen_for_ever(folder: Path, host: str) -> None:
    """For a centre on a host of the lab: ``python -m tests.edge.centre FOLDER HOST`` prints its port."""
    centre = Centre(server_context(folder), repository=folder / "repository")
    server = await centre.listen(host)
    print(centre.port, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_listen_for_ever(Path(sys.argv[1]), sys.argv[2]))
