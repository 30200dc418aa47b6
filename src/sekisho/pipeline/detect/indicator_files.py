"""Files of indicators: STIX 2.1 bundles, MISP events, CSV with a header, plain lists. Pure but for reading the file.

What can't be used is counted with its reason, never an error; a file that is none of these raises ValueError.
"""

from __future__ import annotations

import csv
import datetime as dt
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from sekisho.pipeline.detect.indicators import CONFIDENCE_DEFAULT, Indicator, Kind, spelt

FILE_BYTES_MAX = 1_000_000_000
_STIX = re.compile(
    r"(ipv4-addr|ipv6-addr|domain-name|url|file|network-traffic):"
    r"(value|hashes\.'?[\w-]+'?)\s*(?:=|IN|ISSUBSET)\s*'((?:[^'\\]|\\.)*)'"
)
_STIX_KINDS: dict[str, Kind] = {"domain-name": "domain", "url": "url", "file": "hash"}
_MISP: dict[str, Kind] = {
    **dict.fromkeys(("ip-src", "ip-dst"), "ip"),
    **dict.fromkeys(("domain", "hostname"), "domain"),
    "url": "url",
    **dict.fromkeys(("md5", "sha1", "sha256"), "hash"),
    **dict.fromkeys(("ja3-fingerprint-md5",), "ja3"),
}
_NAMES: dict[str, Kind] = {**_MISP, "ip": "ip", "ipv4": "ip", "ipv6": "ip", "network": "network", "cidr": "network",
                           "hash": "hash", "ja3": "ja3", "ja3s": "ja3"}  # fmt: skip
_HASH = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.)+[A-Za-z][\w-]{1,62}\.?")


def read(path: Path) -> tuple[list[Indicator], Counter[str]]:
    """(indicators, what could not be used and how often) of one file, whatever its form."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise ValueError(f"larger than {FILE_BYTES_MAX} bytes")
    text = path.read_bytes().decode("utf-8", "replace")
    unused: Counter[str] = Counter()
    found = [each for each in _told(text, path.name, unused) if each is not None]
    return found, unused


def _told(text: str, source: str, unused: Counter[str]) -> Iterator[Indicator | None]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            content = msgspec.json.decode(text)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no JSON: {error}") from None
        yield from _of_json(content, source, unused)
        return
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", ";"))]
    header = [name.strip().lower() for name in next(csv.reader(lines[:1]), [])]
    yield from _of_csv(lines, header, source, unused) if "value" in header else _of_list(lines, source, unused)


def _of_json(content: Any, source: str, unused: Counter[str]) -> Iterator[Indicator | None]:
    if isinstance(content, dict) and content.get("type") == "bundle":
        for each in content.get("objects") or ():
            if isinstance(each, dict) and each.get("type") == "indicator" and not each.get("revoked"):
                yield from _of_stix(each, source, unused)
        return
    events = content if isinstance(content, list) else content.get("response", [content])
    for each in events if isinstance(events, list) else [events]:
        event = each.get("Event", each) if isinstance(each, dict) else {}
        attributes = [*(event.get("Attribute") or ())]
        attributes += [a for inner in event.get("Object") or () for a in inner.get("Attribute") or ()]
        if not attributes:
            raise ValueError("neither a STIX bundle nor a MISP event")
        for attribute in attributes:
            yield from _of_misp(attribute, source, unused)


def _of_stix(each: Mapping[str, Any], source: str, unused: Counter[str]) -> Iterator[Indicator | None]:
    found = _STIX.findall(str(each.get("pattern", "")))
    if not found:
        unused["a pattern without a value that logs have"] += 1
    confidence = each.get("confidence")
    sure = confidence / 100 if isinstance(confidence, int) else CONFIDENCE_DEFAULT
    for thing, _, value in found:
        value = re.sub(r"\\(.)", r"\1", value)
        kind = _STIX_KINDS.get(thing) or ("network" if "/" in value else "ip")
        yield _made(kind, value, sure, _day(each.get("valid_from")), source, unused)


def _of_misp(attribute: Mapping[str, Any], source: str, unused: Counter[str]) -> Iterator[Indicator | None]:
    if attribute.get("to_ids") is False:
        unused["not meant for detection"] += 1
        return
    stamp = str(attribute.get("timestamp") or "")
    seen = dt.datetime.fromtimestamp(int(stamp), dt.UTC).date() if stamp.isdigit() and len(stamp) < 12 else None
    names, values = str(attribute.get("type", "")).split("|"), str(attribute.get("value", "")).split("|")
    for name, value in zip(names, values, strict=False):
        if name in ("filename", "port"):
            continue
        kind = "network" if _MISP.get(name) == "ip" and "/" in value else _MISP.get(name)
        yield _made(kind, value, CONFIDENCE_DEFAULT, seen, source, unused)


def _of_csv(lines: list[str], header: list[str], source: str, unused: Counter[str]) -> Iterator[Indicator | None]:
    for row in csv.reader(lines[1:]):
        cells = dict(zip(header, row, strict=False))
        value = cells.get("value", "").strip()
        kind = _NAMES.get(cells.get("type", "").strip().lower()) or kind_of(value)
        yield _made(kind, value, _confidence(cells.get("confidence")), _day(cells.get("date")), source, unused)


def _of_list(lines: list[str], source: str, unused: Counter[str]) -> Iterator[Indicator | None]:
    """One a line; of a hosts file what is blocked, of a zone file what stands first."""
    for line in lines:
        words = line.split()
        value = words[1] if len(words) > 1 and words[0] in ("0.0.0.0", "127.0.0.1") else words[0]  # noqa: S104
        yield _made(kind_of(value), value, CONFIDENCE_DEFAULT, None, source, unused)


def kind_of(value: str) -> Kind | None:
    """What a value without a kind is, by its form."""
    if "://" in value:
        return "url"
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        if _HASH.fullmatch(value):
            return "hash"
        return "domain" if _DOMAIN.fullmatch(value) else None
    return "network" if "/" in value else "ip"


def _made(
    kind: Kind | None, value: str, confidence: float, seen: dt.date | None, source: str, unused: Counter[str]
) -> Indicator | None:
    text = spelt(kind, value) if kind is not None else None
    if kind is None or text is None:
        unused["no address, network, domain, URL or hash"] += 1
        return None
    return Indicator(kind, text, confidence, seen, source)


def _confidence(text: str | None) -> float:
    try:
        number = float(text or "")
    except ValueError:
        return CONFIDENCE_DEFAULT
    number = number / 100 if number > 1 else number
    return number if 0 <= number <= 1 else CONFIDENCE_DEFAULT


def _day(text: Any) -> dt.date | None:
    try:
        return dt.datetime.fromisoformat(str(text)).date()
    except ValueError:
        return None
