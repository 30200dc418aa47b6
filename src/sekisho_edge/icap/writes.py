"""View only: which requests write to an application, by the rules of the catalogue. Pure.

A rule says where an application is written to: its hosts (with everything below them), and as many of method, path and
content type as are needed to tell writing from reading; many applications read by POST as well.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sekisho_edge.icap.http_head import Head
from sekisho_edge.icap.settings import ApplicationSetting

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

    def __init__(self, settings: Sequence[ApplicationSetting], writes: Mapping[str, Sequence[WriteRule]]) -> None:
        self._rules = [(item.application, item.action, list(map(_range, item.source))) for item in settings]
        self._writes = {item.application: writes.get(item.application, ()) for item in settings}

    def refused(self, request: Head, client: str) -> str | None:
        """The application that this request would write to, or None when it may pass."""
        if not self._rules:
            return None
        written = self._written(request)
        for application, action, source in self._rules:
            if application in written and _is_in(client, source):
                if action == "view_only":
                    return application
                written.discard(application)
        return None

    def _written(self, request):
        """Applications that this request writes to, whoever sends it."""
        method, host, path = target_of(request)
        content_type = request.get("content-type").partition(";")[0].strip().lower()
        length = request.get("content-length")
        size = int(length) if length.isascii() and length.isdigit() else None
        return {
            application
            for application, rules in self._writes.items()
            if any(rule.matches(method, host, path, content_type, size) for rule in rules)
        }


def target_of(request: Head) -> tuple[str, str, str]:
    """Method, host in lower case and path with query of a proxied request."""
    method, _, rest = request.first.partition(" ")
    url = urlsplit(rest.rpartition(" ")[0])
    host = url.hostname or request.get("host").partition(":")[0]
    return method.upper(), host.lower().rstrip("."), (url.path or "/") + (f"?{url.query}" if url.query else "")


def url_of(request: Head | None) -> str:
    """The address of a proxied request as it was asked for."""
    return request.first.partition(" ")[2].rpartition(" ")[0] if request else ""


def _range(source):
    first, last = map(ipaddress.IPv4Address, source)
    return first, last


def _is_in(client: str, ranges: Sequence) -> bool:
    if not ranges:
        return True
    try:
        address = ipaddress.IPv4Address(client)
    except ValueError:
        return True  # who can't be told apart is not let off
    return any(first <= address <= last for first, last in ranges)
