"""What the service says on the ICAP wire, as bytes. Pure."""

from __future__ import annotations

from sekisho_edge.icap.http_head import Head

PREVIEW_BYTES = 1024
OPTIONS_SECONDS = 3600
CONNECTIONS_MAX = 512

CONTINUE = b"ICAP/1.0 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"

_REASONS = {
    400: "Bad Request",
    404: "Service Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    500: "Server Error",
    503: "Service Overloaded",
}


def options(method: str, tag: str) -> bytes:
    """What this service wants to see; ``tag`` changes with the definitions, so that proxies forget old answers."""
    return _head(
        "200 OK",
        tag,
        f"Methods: {method}",
        "Service: Sekisho",
        f"Max-Connections: {CONNECTIONS_MAX}",
        f"Options-TTL: {OPTIONS_SECONDS}",
        "Allow: 204",
        f"Preview: {PREVIEW_BYTES}",
        "Transfer-Preview: *",
        "Encapsulated: null-body=0",
    )


def unchanged(tag: str) -> bytes:
    """Pass it as it is."""
    return _head("204 No Modifications Needed", tag, "Encapsulated: null-body=0")


def changed(tag: str, head: Head, *, is_request: bool, has_body: bool) -> bytes:
    """Pass this head instead; with ``has_body`` chunks follow."""
    encoded = head.encode()
    kind = "req" if is_request else "res"
    body = f"{kind}-body" if has_body else "null-body"
    return _head("200 OK", tag, f"Encapsulated: {kind}-hdr=0, {body}={len(encoded)}") + encoded


def chunk(data: bytes) -> bytes:
    """A piece of a body; nothing for no data, because an empty chunk would end it."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def page(tag: str, status: int, reason: str, html: bytes, language: str = "ja, en") -> bytes:
    """A whole page in place of what was asked for."""
    head = Head(
        f"HTTP/1.1 {status} {reason}",
        (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Language", language),
            ("Content-Length", str(len(html))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ),
    )
    return changed(tag, head, is_request=False, has_body=True) + chunk(html) + LAST_CHUNK


def failed(status: int) -> bytes:
    """The transaction can't be done; the connection ends with it."""
    reason = _REASONS.get(status, "Error")
    return f"ICAP/1.0 {status} {reason}\r\nConnection: close\r\nEncapsulated: null-body=0\r\n\r\n".encode()


def _head(status, tag, *fields):
    return "\r\n".join([f"ICAP/1.0 {status}", f'ISTag: "{tag}"', *fields, "", ""]).encode("latin-1")
