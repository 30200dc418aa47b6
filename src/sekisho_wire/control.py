"""The control link: a connection of its own, to the address of the logs, that begins with ``Attend``.

It is not the log link, so that a block never waits behind a backlog of logs. Dialled by the box, like everything.

    edge   -> Attend(protocol)              who I am is in my certificate
    centre -> State(signed)                 at once what is desired now, later whatever changes (``desired``)
    edge   -> Report(body)                  what became of a desired state (``reports``), until the centre has it
    centre -> Noted(series, number)         that report is in the centre's books
    edge   -> Status(body)                  how the box is, now and then
    edge   -> Renewal(csr_pem)              a certificate for a new key, before the old one ends
    centre -> Renewed(...) or NotRenewed    the new certificate and the centre's signing keys
"""

from __future__ import annotations

import msgspec

CONTROL_PROTOCOL = 1


class Attend(msgspec.Struct, frozen=True, tag_field="t", tag="attend"):
    protocol: int


class Report(msgspec.Struct, frozen=True, tag_field="t", tag="report"):
    body: bytes


class Status(msgspec.Struct, frozen=True, tag_field="t", tag="status"):
    body: bytes


class Renewal(msgspec.Struct, frozen=True, tag_field="t", tag="renewal"):
    csr_pem: str


class State(msgspec.Struct, frozen=True, tag_field="t", tag="state"):
    signed: bytes


class Noted(msgspec.Struct, frozen=True, tag_field="t", tag="noted"):
    series: str
    number: int


class Renewed(msgspec.Struct, frozen=True, tag_field="t", tag="renewed"):
    certificate_pem: str
    ca_pem: str
    signing_pem: str


class NotRenewed(msgspec.Struct, frozen=True, tag_field="t", tag="not_renewed"):
    reason: str
