"""Boxes of other vendors: the same device record with fewer powers. Their logs come in; their rules are read.

A driver reads what a box enforces and never writes: what should be otherwise becomes a change request, a document for
the people who work at that box. Once they have, the box is read again and says itself what is done.

DriverError: the box can't be asked, or answers what is no answer; the message says which and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sekisho_wire.policy import SecurityPolicy
from sekisho_wire.policy_import import Left


class DriverError(Exception):
    """The box could not be read. Nothing was changed, here or there."""


@dataclass(frozen=True)
class VendorState:
    """What a box says that it is and enforces. ``left``: all of its rules that our model can't say.

    ``configuration`` is the vendor's own mark of this configuration; "" where there is none.
    """

    serial: str
    hostname: str
    firmware: str
    configuration: str
    policy: SecurityPolicy
    left: tuple[Left, ...]


class VendorDriver(Protocol):
    """One kind of box."""

    def read(self) -> VendorState:
        """Ask the box. DriverError."""
