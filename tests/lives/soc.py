"""The watch of the story: what a device saw comes in, an analyst judges it, somebody calls, the carrier reviews."""

from __future__ import annotations

from sekisho.apps.incidents.intake import record_findings
from sekisho.gateways import clock

from ..apps.world import finding
from .visitor import Visitor


def arrives(contract: str, record: int = 0) -> None:
    """The pipeline hands over a finding of this moment; each record is from another machine outside."""
    external = f"203.0.113.{66 + record}"
    now = clock.now()
    record_findings([finding(contract, record, time=now, received_at=now, external=external, src_ip=external)])


class Soc:
    """The partner's analyst and the carrier's desk at the console."""

    def __init__(self, analyst: Visitor, desk: Visitor) -> None:
        self.analyst, self.desk = analyst, desk

    def determines(self, level: str) -> str:
        """The first group of the queue is judged; the number of its incident."""
        queue = self.analyst.open("/console/triage")
        group = next(path for path in queue.links if path.startswith("/console/groups/"))
        page = self.analyst.send(group, "/determine", level=level)
        return page.url.rpartition("/")[2]

    def calls(self, incident: str) -> None:
        """The first contact is dialled now; nobody answers."""
        page = self.analyst.send(f"/console/incidents/{incident}", "/call", result="no_answer")
        assert incident in page.text

    def reviews(self, fault: str, reason: str) -> None:
        """Whose fault the missed level was that waits for a review."""
        self.desk.send("/console/breaches", "/review", fault=fault, reason=reason)
