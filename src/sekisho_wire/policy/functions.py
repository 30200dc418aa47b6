"""The security functions besides the firewall: one section each, all off or harmless unless stated.

``failure`` is the same question everywhere: what happens to traffic while the engine is down.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec

from sekisho_wire.policy.kinds import (
    APPLICATIONS_MAX,
    CLASSES_MAX,
    EXCEPTIONS_MAX,
    URL_ENTRIES_MAX,
    Code,
    Kbps,
    Name,
    Port,
    Sid,
    Strict,
    Title,
)
from sekisho_wire.policy.objects import Addresses
from sekisho_wire.policy.rules import Services

Failure = Literal["open", "closed"]
HOLD_SECONDS_MAX = 50
FILE_BYTES_MAX = 1 << 30
ARCHIVE_DEPTH_MAX = 16

UrlEntries = Annotated[tuple[str, ...], msgspec.Meta(max_length=URL_ENTRIES_MAX)]
"""Each entry: a domain with everything below it (example.com), or a part of a site (example.com/private/)."""


class SignatureException(Strict):
    """What one signature does instead of what the definitions say, for these addresses; empty means everybody."""

    name: Name
    sid: Sid
    action: Literal["silence", "alert", "drop"]
    source: Addresses = ()
    destination: Addresses = ()
    until: datetime.date | None = None
    comment: Title = ""


class IntrusionPrevention(Strict):
    """How the sensor sits in the line.

    ``detect`` only reports; ``prevent`` also drops what the signatures of severity Major and Critical match.
    ``failure`` says what happens to traffic while the sensor is down: ``open`` lets it pass uninspected.
    ``inspect_bytes_max`` ends the inspection of a connection after that many bytes; 0 means never.
    ``profile`` chooses how many signatures are loaded: more see more and carry less traffic.
    """

    mode: Literal["off", "detect", "prevent"] = "detect"
    failure: Failure = "open"
    inspect_bytes_max: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0
    silenced_sids: tuple[Sid, ...] = ()
    profile: Literal["light", "balanced", "full"] = "balanced"
    exceptions: Annotated[tuple[SignatureException, ...], msgspec.Meta(max_length=EXCEPTIONS_MAX)] = ()


class CategoryRule(Strict):
    """What happens to sites of one category. ``name`` is the category's code."""

    name: Code
    action: Literal["allow", "log", "block"]


class UrlFilter(Strict):
    """Sites by category and by list; ``allowed`` beats ``blocked``, and both beat the categories.

    ``layers`` says where a name is looked at. Each sees another part: ``dns`` the name that is asked for, ``sni``
    the name that a TLS or QUIC connection announces, ``http`` the whole URL where the traffic can be read.
    """

    layers: tuple[Literal["dns", "sni", "http"], ...] = ()
    categories: tuple[CategoryRule, ...] = ()
    allowed: UrlEntries = ()
    blocked: UrlEntries = ()
    message: Title = ""


class ApplicationRule(Strict):
    """What happens to one application of the catalogue. ``name`` is its code there."""

    name: Code
    action: Literal["allow", "block", "view_only"]
    source: Addresses = ()


class ApplicationFilter(Strict):
    """First match decides; what no rule matches is allowed."""

    rules: Annotated[tuple[ApplicationRule, ...], msgspec.Meta(max_length=APPLICATIONS_MAX)] = ()


class AntiMalware(Strict):
    """Files in web traffic. ``detect`` reports; ``prevent`` replaces infected downloads and refuses uploads.

    What is larger than ``file_bytes_max``, or nested deeper than ``archive_depth_max``, gets ``unscanned``.
    """

    mode: Literal["off", "detect", "prevent"] = "off"
    protocols: tuple[Literal["http", "https"], ...] = ("http",)
    file_bytes_max: Annotated[int, msgspec.Meta(ge=1, le=FILE_BYTES_MAX)] = 64 << 20
    archive_depth_max: Annotated[int, msgspec.Meta(ge=0, le=ARCHIVE_DEPTH_MAX)] = 8
    unscanned: Literal["allow", "block"] = "allow"
    failure: Failure = "open"


class Sandbox(Strict):
    """Unknown files of risky types: let through and alert later, or held until the verdict or the deadline."""

    mode: Literal["off", "alert_later", "hold"] = "off"
    hold_seconds_max: Annotated[int, msgspec.Meta(ge=1, le=HOLD_SECONDS_MAX)] = HOLD_SECONDS_MAX
    at_deadline: Literal["allow", "block"] = "allow"


class TlsInspection(Strict):
    """Whose TLS is read. ``inspect`` needs the line's CA on the clients of ``zones``.

    The exempt ones pass unread. ``quic`` can't be read: ``block`` makes browsers fall back to TLS.
    """

    mode: Literal["off", "inspect"] = "off"
    zones: tuple[str, ...] = ()
    exempt_categories: tuple[Code, ...] = ()
    exempt_domains: UrlEntries = ()
    exempt_addresses: Addresses = ()
    quic: Literal["allow", "block"] = "allow"


class Mail(Strict):
    """Mail that passes the line: spam is tagged or deleted, an infected part removed and the rest delivered."""

    protocols: tuple[Literal["smtp", "pop3"], ...] = ()
    spam: Literal["off", "tag", "delete"] = "off"
    spam_subject: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] = "[SPAM]"
    virus: Literal["off", "tag", "remove", "delete"] = "off"
    virus_subject: Annotated[str, msgspec.Meta(min_length=1, max_length=32)] = "[VIRUS]"
    failure: Failure = "open"


class BandwidthClass(Strict):
    """A share of the line: ``guaranteed_kbps`` under contention, never more than ``limit_kbps``."""

    name: Name
    guaranteed_kbps: Kbps
    limit_kbps: Kbps | None = None
    source: Addresses = ()
    services: Services = ()


class Bandwidth(Strict):
    """The line's access item, by its code in the contract, and how its capacity is shared."""

    access_item: Code | None = None
    classes: Annotated[tuple[BandwidthClass, ...], msgspec.Meta(max_length=CLASSES_MAX)] = ()


class LogTarget(Strict):
    """A log server of the contractor's own, besides the centre, which always gets everything."""

    name: Name
    address: str
    port: Port = 514
    protocol: Literal["udp", "tcp", "tls"] = "udp"


class Logging(Strict):
    """What the edge writes down besides alerts, and who else gets it."""

    firewall: Literal["none", "refused", "all"] = "refused"
    metadata: bool = True
    targets: tuple[LogTarget, ...] = ()
