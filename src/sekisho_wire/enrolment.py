"""Enrolment: a new edge turns a one-time code into a certificate of its own.

The edge makes its key and keeps it; what travels is a signing request. The centre answers with the
certificate of the device that the code belongs to, the platform's CA and where the collector listens.
Plain JSON over HTTP(S): ``POST {url}/api/devices/enrol``.
"""

from __future__ import annotations

import re

import msgspec

ENROL_PATH = "/api/devices/enrol"
CODE_CHARS_MAX = 128
PEM_BYTES_MAX = 64 * 1024

DEVICE_ID = re.compile(r"[A-Z]{2,8}[0-9]{4,12}")
"""A device id is also a common name, a bus subject and a folder: capitals and digits only."""


class EnrolmentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the edge sends. The request's own subject counts for nothing: the code names the device."""

    code: str
    csr_pem: str


class Enrolment(msgspec.Struct, frozen=True):
    """What the centre answers. ``centre`` is ``host:port`` of the collector, as this edge reaches it.

    ``signing_pem``: the public keys by which this edge knows what its centre has signed; "" of a centre without.
    """

    device: str
    certificate_pem: str
    ca_pem: str
    centre: str
    signing_pem: str = ""


class EnrolmentError(Exception):
    """The answer is no enrolment: nothing was stored, ask the centre for a new code."""


def read_enrolment(body: bytes) -> Enrolment:
    """The centre's answer, or EnrolmentError. The device id is checked, because it becomes a file name."""
    if len(body) > PEM_BYTES_MAX:
        raise EnrolmentError(f"the answer has {len(body)} bytes, the limit is {PEM_BYTES_MAX}")
    try:
        enrolment = msgspec.json.decode(body, type=Enrolment)
    except msgspec.MsgspecError as error:
        raise EnrolmentError(f"the answer is no enrolment: {error}") from error
    if not DEVICE_ID.fullmatch(enrolment.device):
        raise EnrolmentError(f"not a device id: {enrolment.device!r}")
    return enrolment
