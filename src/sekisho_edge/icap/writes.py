"""View only: which requests write to an application, by the rules of the catalogue. Pure.

A rule says where an application is written to: its hosts (with everything below them), and as many of method, path and
content type as are needed to tell writing from reading; many applications read by POST as well.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sekisho_edge.icap.http_head import Head
from sekisho_edge.icap.settings import ViewOnly

WRITING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class WriteRule:
    """Everything that is stated must hold. ``path`` is a regular expression over path and query."""

    hosts: tuple[str, ...]
    methods: frozenset[str] = WRITING_METHODS
    path: re.Pattern[str] | None = None
    content_types: tuple[str, ...] = ()
    bytes_min: int = 0

    def matches(self, method: str, host: str, path: str, content_type: str, size: int | None) -> bool:
        return (
            method in self.methods
            and any(host == own or host.endswith("." + own) for own in self.hosts)
            and (self.path is None or self.path.search(path) is not None)
            and (not self.content_types or content_type in self.content_types)
            and (size is None or size >= self.bytes_min)
        )


class ViewOnlyRules:
    """The rules in force, in the policy's order."""

    def __init__(self, settings: Sequence[ViewOnly], catalogue: Mapping[str, Sequence[WriteRule]]) -> None:
        self._rules = [
            (item.application, [ipaddress.ip_network(net, strict=False) for net in item.source], rule)
            for item in settings
            for rule in catalogue.get(item.application, ())
        ]

    def refused(self, request: Head, client: str) -> str | None:
        """The application that this request would write to, or None when it may pass."""
        if not self._rules:
            return None
        method, host, path = target_of(request)
        content_type = request.get("content-type").partition(";")[0].strip().lower()
        length = request.get("content-length")
        size = int(length) if length.isascii() and length.isdigit() else None
        for application, sources, rule in self._rules:
            if rule.matches(method, host, path, content_type, size) and _is_in(client, sources):
                return application
        return None


def target_of(request: Head) -> tuple[str, str, str]:
    """Method, host in lower case and path with query of a proxied request."""
    method, _, rest = request.first.partition(" ")
    url = urlsplit(rest.rpartition(" ")[0])
    host = url.hostname or request.get("host").partition(":")[0]
    return method.upper(), host.lower().rstrip("."), (url.path or "/") + (f"?{url.query}" if url.query else "")


def url_of(request: Head | None) -> str:
    """The address of a proxied request as it was asked for."""
    return request.first.partition(" ")[2].rpartition(" ")[0] if request else ""


def _is_in(client: str, networks: Iterable) -> bool:
    if not networks:
        return True
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return True  # who can't be told apart is not let off
    return any(address in network for network in networks)
