"""Indicators: addresses, networks, domains, URLs, hashes and JA3 that somebody says are bad, joined with events.

A million of them cost what ten cost: equal strings are found by a hash table made once (domains with every
domain above them), networks by the handful of prefix lengths that there are. Guards drop what would
only make noise: private and reserved networks, very wide ones, the customer's own and well-known domains.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.ocsf.finding import Level
from sekisho.pipeline.columnar import join

Kind = Literal["ip", "network", "domain", "url", "hash", "ja3"]

HALF_LIFE_DAYS = 30.0
CONFIDENCE_DEFAULT = 0.5
PREFIX_MIN = {4: 8, 6: 16}
"""Wider networks are somebody's mistake."""
LEVELS: tuple[tuple[float, Level], ...] = ((0.8, "high"), (0.5, "medium"), (0.2, "low"), (0.0, "informational"))
"""Confidence that is left -> level, the first that is reached."""

_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "ip": ("src_endpoint.ip", "dst_endpoint.ip", "answers.rdata"),
    "domain": ("query.hostname", "tls.sni", "http_request.url.hostname"),
    "url": ("http_request.url.url_string",),
    "hash": ("file.hashes.md5", "file.hashes.sha1", "file.hashes.sha256"),
    "ja3": ("tls.ja3_hash.value", "tls.ja3s_hash.value"),
}
_HOST = "http_request.url.hostname"


class Indicator(msgspec.Struct, frozen=True):
    """``value`` in its one spelling (``spelt``). ``confidence`` is 0 to 1 on the day ``seen_on``, and halves since."""

    kind: Kind
    value: str
    confidence: float = CONFIDENCE_DEFAULT
    seen_on: dt.date | None = None
    source: str = ""

    def confidence_on(self, day: dt.date) -> float:
        """What is left of the confidence; all of it where nobody said how old it is."""
        if self.seen_on is None:
            return self.confidence
        return self.confidence * 2 ** (-max((day - self.seen_on).days, 0) / HALF_LIFE_DAYS)


class Hit(NamedTuple):
    """``row`` of the events, the column where it was found, and what was found."""

    row: int
    column: str
    indicator: Indicator


def spelt(kind: Kind, text: str) -> str | None:
    """A value in its one spelling, or None if it is nothing of the kind."""
    text = text.strip()
    try:
        if kind == "ip":
            return str(ipaddress.ip_address(text))
        if kind == "network":
            return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return None
    if kind == "url":
        text = text.split("#", 1)[0].partition("://")[2] or text
        host, slash, rest = text.partition("/")
        return f"{host.lower()}/{rest}" if host and slash else None
    text = text.lower().rstrip(".")
    return text if text and not text.isspace() else None


def guard(indicator: Indicator, own: Iterable[str] = (), known: Iterable[str] = ()) -> str | None:
    """Why an indicator would only make noise, or None. ``own`` are networks, ``known`` domains that anybody uses."""
    if indicator.kind in ("ip", "network"):
        network = ipaddress.ip_network(indicator.value)
        if not network.is_global or network.is_multicast:
            return "private or reserved"
        if network.prefixlen < PREFIX_MIN[network.version]:
            return f"wider than /{PREFIX_MIN[network.version]}"
        mine = map(ipaddress.ip_network, own)
        return "the customer's own" if any(n.version == network.version and n.overlaps(network) for n in mine) else None
    if indicator.kind == "domain" and ("." not in indicator.value or indicator.value in known):
        return "a domain that anybody uses"
    return None


class Indicators:
    """All of them, ready to join. ``dropped`` counts why others are not among them."""

    def __init__(self, indicators: Iterable[Indicator], own: Iterable[str] = (), known: Iterable[str] = ()) -> None:
        self.dropped: Counter[str] = Counter()
        own, known = tuple(own), frozenset(known)
        kinds: dict[Kind, dict[str, Indicator]] = defaultdict(dict)
        for each in indicators:
            reason = guard(each, own, known)
            if reason is not None:
                self.dropped[reason] += 1
            elif each.value not in kinds[each.kind] or kinds[each.kind][each.value].confidence < each.confidence:
                kinds[each.kind][each.value] = each
        self._networks = _Networks(kinds.pop("network", {}).values())
        self._joins = {kind: _Join(list(of_kind.values()), parents=kind == "domain") for kind, of_kind in kinds.items()}
        self.count = len(self._networks.known) + sum(len(each.known) for each in self._joins.values())

    def hits(self, events: pa.Table) -> list[Hit]:
        """Every row and column where an indicator is; of a name and the domains above it each that is known."""
        found: list[Hit] = []
        for kind, names in _COLUMNS.items():
            joins = [self._joins[kind]] if kind in self._joins else []
            if kind == "ip" and self._networks.known:
                joins.append(self._networks)
            for name in names if joins else ():
                rows, values = _column(events, name)
                found += [Hit(int(rows[at]), name, each) for one in joins for at, each in one.found(values)]
        return sorted(found, key=lambda hit: (hit.row, hit.column, hit.indicator.kind, hit.indicator.value))


class _Join:
    """Indicators that are equal to a value, or a domain above it."""

    def __init__(self, known: list[Indicator], *, parents: bool) -> None:
        self.known = known
        self._parents = parents
        self._table = join.table(pa.array([each.value for each in known], pa.string()))

    def found(self, values: pa.Array) -> Iterator[tuple[int, Indicator]]:
        positions, numbers = join.candidates(values, self._table, parents=self._parents)
        for position, number in zip(positions.tolist(), numbers.tolist(), strict=True):
            indicator = self.known[number]
            if self._is(values[position].as_py(), indicator):
                yield position, indicator

    def _is(self, value: str, indicator: Indicator) -> bool:
        if indicator.kind == "url":
            return value == indicator.value
        value = value.lower().removesuffix(".")
        return value == indicator.value or (self._parents and value.endswith(f".{indicator.value}"))


class _Networks:
    """Networks by version and prefix length; each address is looked up once for each length that there is."""

    def __init__(self, known: Iterable[Indicator]) -> None:
        self.known = {ipaddress.ip_network(each.value): each for each in known}
        of_4 = [(network, each) for network, each in self.known.items() if network.version == 4]
        keys = [(n.prefixlen, int(n.network_address) >> n.max_prefixlen - n.prefixlen) for n, _ in of_4]
        self._of_4 = [each for _, each in of_4]
        self._lengths = np.unique(np.array([length for length, _ in keys], np.int64))
        self._table = join.network_table(keys)
        self._of_6 = _by_length(self.known)

    def found(self, values: pa.Array) -> Iterator[tuple[int, Indicator]]:
        positions, numbers = join.networks_of(values, self._lengths, self._table)
        for position, number in zip(positions.tolist(), numbers.tolist(), strict=True):
            if number != join.NOT_IPV4:
                yield position, self._of_4[number]
            elif self._of_6:
                yield from ((position, each) for each in self._around(values[position].as_py()))

    def _around(self, text: str) -> Iterator[Indicator]:
        try:
            address = ipaddress.IPv6Address(text)
        except ValueError:
            return
        for length, networks in self._of_6.items():
            if (found := networks.get(int(address) >> address.max_prefixlen - length)) is not None:
                yield found


def _by_length(
    known: dict[ipaddress.IPv4Network | ipaddress.IPv6Network, Indicator],
) -> dict[int, dict[int, Indicator]]:
    """Prefix length -> number of the network without the host's bits -> indicator, of IPv6."""
    lengths: dict[int, dict[int, Indicator]] = defaultdict(dict)
    for network, indicator in known.items():
        if network.version == 6:
            shift = network.max_prefixlen - network.prefixlen
            lengths[network.prefixlen][int(network.network_address) >> shift] = indicator
    return lengths


def _column(events: pa.Table, name: str) -> tuple[np.ndarray, pa.Array]:
    """(row of each value, values) of a column: strings without nulls; a URL with its host in front."""
    column = pa.concat_arrays(events[name].chunks) if events[name].num_chunks else pa.array([], events[name].type)
    if name == "http_request.url.url_string":
        hosts = pc.utf8_lower(events[_HOST].combine_chunks())
        whole = pc.replace_substring_regex(column, r"^[A-Za-z][A-Za-z0-9+.-]*://", "")
        column = pc.if_else(pc.starts_with(column, "/"), pc.binary_join_element_wise(hosts, column, ""), whole)
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    rows = np.arange(len(column))
    if pa.types.is_list(column.type):
        rows, column = pc.list_parent_indices(column).to_numpy(), pc.list_flatten(column)
    there = column.is_valid().to_numpy(zero_copy_only=False)
    return rows[there], column.drop_null()
