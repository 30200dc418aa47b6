"""FortiGate by its REST API: reads the tables that make its rules, and only those. Never writes.

An administrator of the box makes a read-only API token for us. A whole backup would be one request instead of twelve,
and would carry every secret of the box; so it is the tables. Pages of ``PAGE_ENTRIES``; the box must name the same
configuration in every answer, or somebody changed it meanwhile and it is read again.
"""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sekisho_wire.policy import PolicyError
from sekisho_wire.policy.model import policy_of
from sekisho_wire.policy_import import ImportFailed, import_fortigate

from . import DriverError, VendorState
from .fortigate_tables import TABLES, configuration_text

ANSWER_SECONDS_MAX = 30.0
ANSWER_BYTES_MAX = 32 * 1024 * 1024
PAGE_ENTRIES = 500
PAGES_MAX = 100
READS_MAX = 3
OPTIONAL = frozenset({"system/zone", "firewall.schedule/group", "firewall/ippool"})
"""Tables that a small model or an old firmware may not have."""


class FortiGate:
    """One virtual domain of one box. ``ca`` is the file of the authority that signed the box's certificate."""

    def __init__(self, address: str, token: str, *, ca: Path | None = None, vdom: str = "root") -> None:
        if urlsplit(address).scheme != "https":
            raise DriverError(f"{address}: only https, because the token travels with every question")
        self._address = address.rstrip("/")
        self._token = token
        self._vdom = vdom
        self._tls = ssl.create_default_context(cafile=str(ca) if ca else None)

    def read(self) -> VendorState:
        """Ask for every table, and make a policy of them."""
        status = self._ask("monitor/system/status", {})
        for _ in range(READS_MAX):
            before = self._mark()
            tables = {path: self._table(path) for path in TABLES}
            if self._mark() == before:
                return self._state(status, before, tables)
        raise DriverError(f"{self._address}: its configuration changed while it was read, {READS_MAX} times")

    def _state(self, status, mark, tables) -> VendorState:
        try:
            imported = import_fortigate(configuration_text(tables).encode())
            policy = policy_of(imported.document)
        except (ImportFailed, PolicyError) as error:
            raise DriverError(f"{self._address}: its rules can't be read: {error}") from error
        facts = status.get("results")
        facts = facts if isinstance(facts, Mapping) else {}
        return VendorState(
            serial=str(status.get("serial", "")),
            hostname=str(facts.get("hostname", "")),
            firmware=f"{status.get('version', '')} build {status.get('build', '')}".strip(),
            configuration=mark,
            policy=policy,
            left=imported.left,
        )

    def _mark(self) -> str:
        """The box's own mark of the rules' table: it changes with every change there."""
        return str(self._ask("cmdb/firewall/policy", {"start": 0, "count": 1}).get("revision", ""))

    def _table(self, path) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        for page in range(PAGES_MAX):
            asked = {"start": page * PAGE_ENTRIES, "count": PAGE_ENTRIES}
            try:
                results = self._ask(f"cmdb/{path}", asked).get("results")
            except _NotThere:
                if path in OPTIONAL:
                    return []
                raise
            if not isinstance(results, list) or not all(isinstance(entry, dict) for entry in results):
                raise DriverError(f"{self._address}: {path} is no table")
            entries += results
            if len(results) < PAGE_ENTRIES:
                return entries
        raise DriverError(f"{self._address}: {path} has more than {PAGES_MAX * PAGE_ENTRIES} entries")

    def _ask(self, path, asked) -> dict[str, Any]:
        address = f"{self._address}/api/v2/{path}?{urlencode({'vdom': self._vdom, **asked})}"
        request = urllib.request.Request(  # noqa: S310 - https, see above
            address, headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX, context=self._tls) as answer:  # noqa: S310
                text = answer.read(ANSWER_BYTES_MAX + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(self._address, path, error.code) from error
        except OSError as error:
            raise DriverError(f"{self._address}: no answer: {error}") from error
        return _read(self._address, path, text)


class _NotThere(DriverError):
    """The box has no such table."""


def _refusal(address, path, code) -> DriverError:
    if code in (401, 403):
        return DriverError(f"{address}: the token is not accepted for {path} ({code}); it needs to read firewall rules")
    if code == 404:
        return _NotThere(f"{address}: there is no {path}")
    return DriverError(f"{address}: {path} answered {code}")


def _read(address, path, text) -> dict[str, Any]:
    if len(text) > ANSWER_BYTES_MAX:
        raise DriverError(f"{address}: {path} answers more than {ANSWER_BYTES_MAX} bytes")
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise DriverError(f"{address}: {path} answers no JSON; is it a FortiGate?") from error
    if not isinstance(answer, dict) or answer.get("status", "success") != "success":
        raise DriverError(f"{address}: {path} answers without success")
    return answer
