"""What is refused, where, and why: the plan, the box, contradictions, and what nobody could enforce."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho_wire.policy import (
    AddressObject,
    AntiMalware,
    ApplicationFacts,
    ApplicationFilter,
    ApplicationRule,
    Bandwidth,
    BandwidthClass,
    FirewallRule,
    IntrusionPrevention,
    Mail,
    Once,
    PolicyError,
    PortForward,
    Powers,
    Sandbox,
    Schedule,
    SecurityPolicy,
    Service,
    ServiceObject,
    SignatureException,
    SourceNat,
    StaticNat,
    TlsInspection,
    UrlFilter,
    Weekly,
    problems,
    read_policy,
    upgraded,
    write_policy,
)
from sekisho_wire.policy.powers import FEATURES
from sekisho_wire.policy.shape import shape_problems
from tests.wire.policies import policies, policy

INSPECTED = TlsInspection("inspect", ("lan",), quic="block")
CATALOGUE = {
    "x": ApplicationFacts(("x.example",)),
    "line": ApplicationFacts(("line.example",), pinned=True),
    "odd": ApplicationFacts(("odd.example",), writes_known=False),
}


def rule(**parts) -> FirewallRule:
    return FirewallRule(**({"name": "a", "from_zone": "lan", "to_zone": "wan", "action": "allow"} | parts))


def refused(whole: SecurityPolicy, powers: Powers | None = None) -> dict[str, str]:
    found = problems(whole, powers) if powers else problems(whole)
    assert all(problem.words.ja and problem.words.en for problem in found)
    return {problem.pointer: problem.words.en for problem in found}


def view_only(name: str, tls: TlsInspection = INSPECTED) -> dict[str, str]:
    whole = policy(applications=ApplicationFilter((ApplicationRule(name, "view_only"),)), tls=tls)
    return refused(whole, Powers(applications=CATALOGUE))


def test_view_only_is_fine_behind_inspection():
    assert view_only("x") == {}


@pytest.mark.parametrize(
    ("name", "tls", "reason"),
    [
        ("x", TlsInspection(), "needs TLS inspection"),
        ("line", INSPECTED, "pins its certificate"),
        ("odd", INSPECTED, "does not know which requests"),
        ("x", msgspec.structs.replace(INSPECTED, exempt_domains=("x.example",)), "exempt from TLS inspection"),
    ],
    ids=["no inspection", "pinned", "unknown writes", "exempt"],
)
def test_view_only_that_nobody_could_enforce_is_refused_with_the_reason(name: str, tls: TlsInspection, reason: str):
    assert reason in view_only(name, tls)["/applications/rules/0/action"]


def test_an_application_outside_of_the_catalogue_is_refused_with_the_nearest():
    assert "did you mean 'line'?" in view_only("lines")["/applications/rules/0/name"]


@pytest.mark.parametrize("text", ["2001:db8::1", "::ffff:192.0.2.1", "::ffff:192.0.2.0/120", "fe80::/10"])
def test_ipv6_is_refused_by_name_also_where_it_is_mapped(text: str):
    found = refused(policy(rules=(rule(source=(text,)),)))
    assert "IPv6 is not part of the service" in found["/rules/0/source/0"]


def test_host_bits_are_refused_with_the_network_that_was_meant():
    assert (
        "did you mean '192.0.2.0/24'?" in refused(policy(rules=(rule(source=("192.0.2.7/24",)),)))["/rules/0/source/0"]
    )


def test_a_reference_to_nothing_is_refused_with_the_nearest_name():
    whole = policy(addresses=(AddressObject("printers", ("10.0.0.1",)),), rules=(rule(source=("printer",)),))
    assert refused(whole)["/rules/0/source/0"] == "no address is called 'printer'; did you mean 'printers'?"
    assert list(refused(policy(rules=(rule(services=("web",), schedule="noon"),)))) == [
        "/rules/0/services/0",
        "/rules/0/schedule",
    ]


def test_groups_that_contain_themselves_are_refused():
    circle = (AddressObject("a", ("b",)), AddressObject("b", ("a",)))
    assert list(refused(policy(addresses=circle))) == ["/addresses/0/entries", "/addresses/1/entries"]
    deep = tuple(ServiceObject(f"s{i}", (f"s{i + 1}",)) for i in range(12))
    assert "/services/0/entries" in refused(policy(services=(*deep, ServiceObject("s12", (Service("tcp"),)))))


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"rules": (rule(stage="last"), rule(name="b"))}, "/rules/1/stage"),
        ({"rules": (rule(source_negated=True),)}, "/rules/0/source_negated"),
        ({"rules": (rule(services=(Service("tcp", ("90-80",)),)),)}, "/rules/0/services/0/ports/0"),
        ({"rules": (rule(services=(Service("tcp", icmp_type=8),)),)}, "/rules/0/services/0/icmp_type"),
        ({"schedules": (Schedule("s"),)}, "/schedules/0"),
        ({"schedules": (Schedule("s", (Weekly(("mon",), "09:00", "09:00"),)),)}, "/schedules/0/weekly/0/start"),
        (
            {"schedules": (Schedule("s", once=(Once("2026-02-30T09:00", "2026-03-01T09:00"),)),)},
            "/schedules/0/once/0/start",
        ),
        ({"source_nat": (SourceNat("s", "moon", to_addresses=("x",)),)}, "/source_nat/0/zone"),
        ({"static_nat": (StaticNat("s", "wan", "192.0.2.1", "192.0.2.1"),)}, "/static_nat/0/to_address"),
        (
            {"port_forwards": (PortForward("f", "wan", "192.0.2.1", "tcp", 80, "10.0.0.1", 80, port_last=79),)},
            "/port_forwards/0/port_last",
        ),
        (
            {"intrusion": IntrusionPrevention(exceptions=(SignatureException("e", 1, "drop"),))},
            "/intrusion/exceptions/0/action",
        ),
        ({"url": UrlFilter(blocked=("example.com",))}, "/url/layers"),
        ({"url": UrlFilter(("dns",), blocked=("example.com/a",))}, "/url/blocked/0"),
        ({"url": UrlFilter(("http",), blocked=("example.com/a",))}, "/url/blocked/0"),
        ({"url": UrlFilter(("dns",), allowed=("a.com",), blocked=("a.com",))}, "/url/blocked/0"),
        ({"tls": TlsInspection("inspect", ("lan",))}, "/tls/quic"),
        ({"tls": TlsInspection("inspect", quic="block")}, "/tls/zones"),
        ({"malware": AntiMalware("prevent", ("http", "https"))}, "/malware/protocols"),
        ({"sandbox": Sandbox("hold")}, "/sandbox/mode"),
        ({"mail": Mail(spam="tag")}, "/mail/protocols"),
        ({"mail": Mail(("pop3",), spam="delete")}, "/mail/spam"),
        ({"mail": Mail(spam_subject="a\r\nBcc: x")}, "/mail/spam_subject"),
        ({"bandwidth": Bandwidth(classes=(BandwidthClass("a", 1),))}, "/bandwidth/access_item"),
        ({"bandwidth": Bandwidth("guaranteed_10m", (BandwidthClass("a", 10_001),))}, "/bandwidth/classes"),
    ],
)
def test_what_contradicts_itself_or_cannot_be_enforced_is_refused_in_its_place(parts: dict, pointer: str):
    assert pointer in refused(policy(**parts))


def test_forwards_may_not_overlap():
    first = PortForward("a", "wan", "192.0.2.1", "tcp", 8000, "10.0.0.1", 8000, port_last=8010)
    second = PortForward("b", "wan", "192.0.2.1", "tcp", 8010, "10.0.0.2", 80)
    assert list(refused(policy(port_forwards=(first, second)))) == ["/port_forwards/1/port"]


@pytest.mark.parametrize(
    ("entry", "meant"),
    [
        ("https://Example.com/", "'example.com'"),
        ("*.example.com", "'example.com'"),
        ("日本.example", "'xn--wgv71a.example'"),
    ],
)
def test_a_domain_that_is_written_otherwise_is_refused_with_how_it_is_written(entry: str, meant: str):
    assert f"is written {meant}" in refused(policy(url=UrlFilter(("dns",), blocked=(entry,))))["/url/blocked/0"]


def test_what_the_plan_does_not_include_is_refused():
    whole = policy(
        rules=(rule(),), mail=Mail(("smtp",), virus="remove"), bandwidth=Bandwidth("guaranteed_100m"),
        intrusion=IntrusionPrevention(mode="off"),
    )  # fmt: skip
    powers = Powers(functions=frozenset({"firewall"}), access_items=frozenset({"best_effort_100m"}))
    assert list(refused(whole, powers)) == ["/mail/virus", "/bandwidth/access_item"]


@given(policies())
def test_a_box_with_every_feature_refuses_nothing_and_one_with_none_only_what_is_used(whole: SecurityPolicy):
    assert problems(whole, Powers(features=frozenset(FEATURES))) == []
    plain = policy()
    assert problems(plain, Powers(features=frozenset())) == []


def test_schema_1_is_schema_2_without_anything_new():
    old = read_policy(
        b'{"schema":1,"revision":3,"zones":[{"name":"lan","interface":"e","networks":["10.0.0.0/8"],"inside":true}]}'
    )
    assert problems(old) == [] and problems(upgraded(old)) == []
    assert b"mail" not in write_policy(old)  # an edge that knows only schema 1 can read it
    newer = msgspec.structs.replace(policy(rules=(rule(log=True),), url=UrlFilter(("dns",))), schema=1)
    assert list(refused(newer)) == ["/url", "/rules/0/log"]


def test_every_problem_of_shape_is_found_not_only_the_first():
    with pytest.raises(PolicyError) as error:
        read_policy(
            b'{"schema":2,"revision":true,"zones":{},"rules":[{"name":"A","action":"alow","services":["Web",{}]}],'
            b'"rules2":[],"intrusion":{"mode":"off","mode":"off"},"url":{"categories":[{"name":"a"}]}}'
        )
    assert {problem.pointer: problem.words.en for problem in error.value.problems} == {
        "/revision": "a whole number from 1 is expected",
        "/zones": "a list is expected here",
        "/rules/0/name": "'A' is not up to 63 of a-z, 0-9, _ and -, starting with a letter",
        "/rules/0/from_zone": "this required field is missing",
        "/rules/0/to_zone": "this required field is missing",
        "/rules/0/action": "'alow' is not one of: allow, drop, reject; did you mean 'allow'?",
        "/rules/0/services/0": "'Web' is not up to 63 of a-z, 0-9, _ and -, starting with a letter",
        "/rules/0/services/1/protocol": "this required field is missing",
        "/rules2": "unknown field 'rules2'; did you mean 'rules'?",
        "/intrusion/mode": "this key is written twice",
        "/url/categories/0/action": "this required field is missing",
    }


def _paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in items:
        yield from _paths(entry, (*path, key))


@settings(max_examples=200, deadline=None)
@given(policies(), st.data())
def test_the_shape_that_is_checked_is_the_shape_that_is_read(whole: SecurityPolicy, data: st.DataObject):
    """Spoil any one value: our check and msgspec's agree, and ours names a place on the way to it."""
    document = json.loads(write_policy(whole))
    path = data.draw(st.sampled_from(sorted(_paths(document), key=str)[1:]))
    wrong = data.draw(
        st.sampled_from([None, True, -1, 10**9, "", "?", "any", [], {}, [[]], {"name": "a"}, 1.5, "24:00"])
    )
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = wrong
    found = shape_problems(document, SecurityPolicy)
    try:
        msgspec.convert(document, SecurityPolicy)
    except msgspec.ValidationError:
        at = "".join(f"/{key}" for key in path)
        assert found and all(at.startswith(problem.pointer) or problem.pointer.startswith(at) for problem in found)
    else:
        assert found == []


@given(st.binary(max_size=60))
def test_no_bytes_do_more_than_be_refused(text: bytes):
    with pytest.raises(PolicyError):
        read_policy(text)
