"""A FortiGate is read by its REST API, compared with what should be, and never written to."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho.entry.cli import main
from sekisho.gateways import ca
from sekisho.gateways.drivers import DriverError, VendorState
from sekisho.gateways.drivers import fortigate as driver
from sekisho.gateways.drivers.change_request import builtins, document, outcome, propose
from sekisho.gateways.drivers.fortigate import FortiGate
from sekisho_wire.policy import FirewallRule, Service

from .fortigate_server import TOKEN, Box, fortigate, named, policy

NOW = dt.datetime(2026, 5, 1, 3, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca")
    ca.create_ca(folder)
    ca.issue_server_certificate(folder, ["127.0.0.1"])
    return folder


@pytest.fixture
def box(certificates: Path) -> Iterator[Box]:
    with fortigate(certificates) as made:
        yield made


def read(box: Box, certificates: Path, token: str = TOKEN) -> VendorState:
    return FortiGate(box.url, token, ca=certificates / "ca.pem").read()


def test_the_rules_of_the_box_come_out_as_a_policy_with_its_marks(box: Box, certificates: Path):
    state = read(box, certificates)
    assert (state.serial, state.hostname, state.firmware) == ("FGT60F0000000001", "fg-aoba", "v7.4.4 build 2662")
    assert state.configuration == "r1"
    rules = {rule.name: rule for rule in state.policy.rules}
    assert list(rules) == ["web", "rest"]
    assert (rules["web"].from_zone, rules["web"].to_zone, rules["web"].action) == ("port2", "port1", "allow")
    assert rules["rest"].action == "drop" and rules["rest"].log
    services = {item.name: item.entries for item in state.policy.services}
    assert services["app"] == (Service("tcp", ("8000-8010",)), Service("tcp", (9000,)))
    lan = state.policy.zone("port2")
    assert lan.inside and lan.networks == ("192.168.10.0/24",) and lan.title == '社内 "LAN"'
    assert state.policy.source_nat


def test_what_cannot_be_said_is_named_and_what_stands_at_its_factory_value_is_not(box: Box, certificates: Path):
    lost = [left.text for left in read(box, certificates).left if left.weight == "lost"]
    assert lost == ["edit update.example", "edit 2"]
    box.tables["firewall/policy"][0]["av-profile"] = "strict"
    assert "set av-profile strict" in [left.text for left in read(box, certificates).left]


def test_nothing_is_asked_but_what_makes_rules_and_nothing_is_written(box: Box, certificates: Path):
    read(box, certificates)
    assert all(
        path == "monitor/system/status" or path.startswith(("cmdb/firewall", "cmdb/system/")) for path in box.asked
    )
    assert not any("backup" in path or "admin" in path for path in box.asked)


def test_a_large_table_is_read_page_by_page_and_complete(box: Box, certificates: Path):
    many = driver.PAGE_ENTRIES * 2
    box.tables["firewall/policy"] = [policy(n, f"rule {n}", "all", ("HTTPS",)) for n in range(1, many + 1)]
    assert len(read(box, certificates).policy.rules) == many


def test_a_box_that_is_changed_while_it_is_read_is_read_again(box: Box, certificates: Path):
    def change(path: str) -> None:
        if path == "cmdb/firewall/address" and box.revision == "r1":
            box.revision = "r2"
            box.tables["firewall/policy"].append(policy(4, "late", "clients", ("HTTPS",)))

    box.changes = change
    state = read(box, certificates)
    assert state.configuration == "r2" and state.policy.rules[-1].name == "late"


def test_a_box_that_never_rests_is_given_up(box: Box, certificates: Path):
    def change(path: str) -> None:
        box.revision += "x"

    box.changes = change
    with pytest.raises(DriverError, match="changed while it was read"):
        read(box, certificates)


def test_a_change_request_says_each_change_in_both_languages_and_the_box_says_when_it_is_done(
    box: Box, certificates: Path
):
    state = read(box, certificates)
    rule = FirewallRule("no-smb", "port2", "port1", "drop", services=(Service("tcp", (445,)),))
    wanted = replace(state.policy, rules=(rule, *state.policy.rules))
    request = propose(state, wanted, why="社外への SMB を止める", ticket="CHG-7", at=NOW)
    (change,) = request.changes
    assert "no-smb" in change.ja and "added" in change.en and "追加" in change.ja
    assert request.configuration == "r1" and request.begins_with != request.comes_to
    text = document(request)
    assert "fg-aoba (FGT60F0000000001)" in text and "1. " in text and "CHG-7" in text and "edit 2" in text
    assert "What to change" in document(request, "en")
    assert builtins(request)["changes"][0]["change"]["kind"] == "added"

    assert not outcome(state, wanted).done
    smb = {"name": "SMB-OUT", "protocol": "TCP/UDP/SCTP", "tcp-portrange": "445"}
    box.tables["firewall.service/custom"].append(smb)
    box.tables["firewall/policy"].insert(0, policy(9, "no-smb", "all", ("SMB-OUT",), "deny"))
    assert outcome(read(box, certificates), wanted).remaining == ()
    box.tables["firewall/policy"].append(policy(10, "unasked", "all", ("ALL",), srcintf=named("port1")))
    assert "unasked" in " ".join(one.en for one in outcome(read(box, certificates), wanted).remaining)


@pytest.mark.parametrize(
    ("table", "why"), [("firewall/policy", "there is no cmdb/firewall/policy"), ("firewall/vip", "firewall/vip")]
)
def test_a_table_that_has_to_be_there_and_is_not_is_an_error(box: Box, certificates: Path, table: str, why: str):
    del box.tables[table]
    with pytest.raises(DriverError, match=why):
        read(box, certificates)


def test_a_wrong_token_and_a_box_that_nobody_vouches_for_are_told(box: Box, certificates: Path):
    with pytest.raises(DriverError, match="token is not accepted"):
        read(box, certificates, "another")
    with pytest.raises(DriverError, match="no answer"):
        FortiGate(box.url, TOKEN).read()
    with pytest.raises(DriverError, match="only https"):
        FortiGate("http://127.0.0.1:1", TOKEN)


def test_the_command_reads_proposes_and_checks(box: Box, certificates: Path, tmp_path: Path, capsys):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    common = ["--token-file", str(tmp_path / "token"), "--ca", str(certificates / "ca.pem")]
    assert main(["vendor", "read", box.url, *common]) == 0
    said = capsys.readouterr()
    assert "not carried over: edit 2" in said.err
    wanted = json.loads(said.out)
    (tmp_path / "wanted.json").write_text(said.out)
    assert main(["vendor", "check", box.url, str(tmp_path / "wanted.json"), *common]) == 0
    wanted["rules"][0]["action"] = "reject"
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    assert main(["vendor", "check", box.url, str(tmp_path / "wanted.json"), *common]) == 1
    assert main(["vendor", "propose", box.url, str(tmp_path / "wanted.json"), "--why", "止める", *common]) == 0
    assert "reject" in capsys.readouterr().out
