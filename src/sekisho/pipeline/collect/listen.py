"""Listening sockets and the platform's side of TLS, for every collector."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

BACKLOG_CONNECTIONS_MAX = 512
UDP_RECEIVE_BYTES = 8 * 1024 * 1024
"""Asked of the kernel: datagrams wait there while the loop is busy. It may give less."""
HANDSHAKE_SECONDS_MAX = 10.0

_IP_FREEBIND = 15
_IPV6_FREEBIND = 78


class Endpoint(NamedTuple):
    """Where to listen: ``transport`` is udp, tcp or tls."""

    transport: str
    host: str
    port: int


def endpoint(url: str) -> Endpoint:
    """``udp://127.0.0.1:5514`` and the like. Raises ValueError with the reason."""
    parts = urlsplit(url)
    if parts.scheme not in ("udp", "tcp", "tls") or not parts.hostname or parts.port is None:
        raise ValueError(f"{url!r} is no place to listen: write udp://host:port, tcp://host:port or tls://host:port")
    return Endpoint(parts.scheme, parts.hostname, parts.port)


def listening_socket(host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A bound socket, also on an address that this machine doesn't have yet (a tunnel, a lab's bridge)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        else:
            listener.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        if kind == socket.SOCK_STREAM:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_RECEIVE_BYTES)
        listener.setblocking(False)
        listener.bind((host, port))
        if kind == socket.SOCK_STREAM:
            listener.listen(BACKLOG_CONNECTIONS_MAX)
    except BaseException:
        listener.close()
        raise
    return listener


def server_context(ca: Path, certificate: Path, key: Path, *, client_certificate: bool = True) -> ssl.SSLContext:
    """TLS for a collector. With ``client_certificate`` only devices that the CA knows get through."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED if client_certificate else ssl.CERT_OPTIONAL
    return context


def certificate_name(transport_info: ssl.SSLObject | None) -> str | None:
    """The common name of the peer's verified certificate, or None when it showed none."""
    certificate = transport_info.getpeercert() if transport_info else None
    if not certificate:
        return None
    subject: tuple[tuple[tuple[str, str], ...], ...] = certificate.get("subject", ())  # type: ignore[assignment]
    names = [value for parts in subject for key, value in parts if key == "commonName"]
    return names[0] if len(names) == 1 else None
