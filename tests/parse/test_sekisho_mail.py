"""The box's own mail service: its lines are findings or email activity, with the envelope and what was done."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.ocsf import classes
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.normalise.cells import COLUMN
from sekisho.pipeline.normalise.sekisho_mail import SEKISHO_MAIL, recognises
from sekisho.pipeline.normalise.vendor import Normaliser
from sekisho_edge.mail.events import Events, facts_of
from sekisho_edge.mail.examine import Findings, Infection
from sekisho_edge.mail.mime import leaves
from sekisho_edge.mail.rspamd import Opinion

RECEIVED = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
MESSAGE = b'Message-ID: <1@lab.example>\r\nContent-Type: text/plain; name="bill.com"\r\n\r\nx\r\n'
INFECTED = Findings(infections=(Infection("Eicar-Test-File", "hash-list", leaves(MESSAGE)[0]), Infection("T", "clamd")))
SPAM = Findings(Opinion(True, 15.0, 15.0, ("GTUBE",)))


def line(action: str, findings: Findings = Findings()) -> bytes:  # noqa: B008 - frozen
    """As the service itself writes it."""
    said: list[str] = []
    Events(said.append).report(
        "message", action, protocol="smtp", client="192.168.10.11", server="198.51.100.25", server_port=25,
        sender="a@lab.example", recipients=["b@lab.example", "c@lab.example"], reply="250 kept",
        **facts_of(MESSAGE, findings),
    )  # fmt: skip
    return said[0].encode()


def row(text: bytes) -> dict[str, object]:
    device = DeviceContext(device="UTM100001", contract="SK100001")
    _, cells, unparsed = Normaliser(SEKISHO_MAIL, device).rows([(0, text)], RECEIVED)
    assert not unparsed
    return {name: cells[number][0] for name, number in COLUMN.items() if cells[number] is not None}


def test_an_infected_part_is_a_finding_with_its_name_and_the_envelope():
    found = row(line("cleaned", INFECTED))
    assert found["class_uid"] == classes.DETECTION_FINDING and found["outcome"] == "blocked"
    assert found["finding_info.title"] == "Eicar-Test-File" == found["malware.name"]
    assert found["file.name"] == "bill.com" and found["email.message_uid"] == "<1@lab.example>"
    assert found["email.smtp_to"] == ["b@lab.example", "c@lab.example"]
    assert (found["src_endpoint.ip"], found["dst_endpoint.ip"]) == ("192.168.10.11", "198.51.100.25")
    assert '"more_threats"' in found["unmapped"]


@pytest.mark.parametrize(
    ("action", "outcome"),
    [("tagged", "detected"), ("deleted", "blocked"), ("delivered", "allowed"), ("deferred", "blocked")],
)
def test_what_is_not_infected_is_email_activity(action: str, outcome: str):
    found = row(line(action, SPAM))
    assert (found["class_uid"], found["outcome"], found["app_name"]) == (classes.EMAIL_ACTIVITY, outcome, "smtp")


def test_only_its_own_lines_are_recognised():
    assert recognises(line("tagged").decode())
    assert not recognises('{"time": "2026-11-24T00:00:00.000Z", "event": "download", "action": "blocked"}')
