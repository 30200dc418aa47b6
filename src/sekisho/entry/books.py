"""Where the collector's control desk keeps what boxes report: the fleet's tables. Needs Django; called in threads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.db import close_old_connections

from sekisho.apps.fleet.actions import Told, renew_certificate, take_reports
from sekisho.apps.refusals import Refused
from sekisho.gateways.signing import public_keys
from sekisho.pipeline.collect.control import Word
from sekisho_wire.control import NotRenewed, Renewed


class FleetBooks:
    """Raises what the database raises when it is away."""

    def __init__(self, ca: Path) -> None:
        self._ca = ca

    def take(self, words: Sequence[Word]) -> None:
        close_old_connections()
        take_reports([Told(*word) for word in words])

    def renew(self, device: str, csr_pem: str) -> Renewed | NotRenewed:
        close_old_connections()
        try:
            certificate = renew_certificate(device_id=device, csr_pem=csr_pem)
        except Refused as refused:
            return NotRenewed(refused.words.en)
        return Renewed(certificate.certificate_pem, certificate.ca_pem, public_keys(self._ca))
