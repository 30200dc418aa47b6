"""The public rules about network and web logs, on events that Suricata wrote."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter

import pytest
import yaml

from sekisho.pipeline.detect import Detector, RuleSet, load
from sekisho.pipeline.detect.evaluate import Engine
from sekisho.pipeline.normalise import normalise_body
from sekisho.pipeline.normalise.cells import Batch

from . import reference
from .eve import DEVICE, RECEIVED, real_events, shared_file, unpack_rules

NETWORK_AND_WEB = ("rules/network", "rules/web")
SIGMA_SECONDS_MAX = 1.0


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    return load(*unpack_rules(tmp_path_factory.mktemp("sigmahq"), *NETWORK_AND_WEB))


def test_each_of_the_98_rules_loads_or_says_why_not(rules):
    silent = {rule_id for rule_id, _ in rules.unfirable}
    assert rules.errors == ()
    assert len(rules.rules) + len(silent) == 98
    assert len(rules.rules) >= 65
    assert not silent & {rule.id for rule in rules.rules}


def test_every_reason_names_a_file_and_a_line(rules):
    for problem in rules.problems:
        line = problem.path.read_text(encoding="utf-8").splitlines()[problem.line - 1]
        assert ":" in line, str(problem)


def test_findings_on_real_events_are_those_of_the_slow_reading(rules):
    events = real_events()
    found = {(number, rule.id) for number, rule in Engine(rules.rules).matches(events)}
    read = [yaml.safe_load(rule.path.read_text(encoding="utf-8")) for rule in rules.rules]
    expected = {
        (number, rule["id"])
        for number, row in enumerate(events.to_pylist())
        for rule in read
        if reference.fires(rule, row)
    }
    assert found == expected
    assert len({rule_id for _, rule_id in found}) >= 4


GOLDEN = {
    "Suspicious User-Agents Related To Recon Tools": 768,
    "Download From Suspicious TLD - Whitelist": 237,
    "Exploit Framework User Agent": 37,
    "Path Traversal Exploitation Attempts": 32,
    "Source Code Enumeration Detection by Keyword": 24,
    "Hack Tool User Agent": 17,
    "Server Side Template Injection Strings": 14,
    "Windows Webshell Strings": 11,
    "SQL Injection Strings In URI": 10,
}
"""What the 98 find in ``make_eve.py 100000``. The slow reading of all rules on all those events found the same."""


def test_made_events_give_the_golden_findings(rules, tmp_path):
    made = tmp_path / "eve.json"
    subprocess.run([sys.executable, str(shared_file("make_eve.py")), "100000", str(made)], check=True)
    read = normalise_body(made.read_bytes(), Batch("UTM100001/eve/0", RECEIVED, DEVICE))
    assert (read.events.num_rows, read.unparsed.num_rows) == (100_000, 0)
    found = Engine(rules.rules).matches(read.events.combine_chunks())
    assert Counter(rule.title for _, rule in found) == GOLDEN


def test_batches_do_not_change_what_is_found(rules):
    events, detector = real_events(), Detector(rules)
    whole = {f.key for f in detector.findings(events)}
    parts = {f.key for start in range(0, len(events), 997) for f in detector.findings(events.slice(start, 997))}
    assert parts == whole


def test_all_rules_on_all_events_take_well_under_a_second(rules):
    events, detector = real_events(), Detector(rules)
    detector.findings(events)
    started = time.perf_counter()
    Engine(rules.rules).matches(events)
    assert time.perf_counter() - started < SIGMA_SECONDS_MAX


def test_every_rule_of_the_whole_collection_loads_or_says_why_not(tmp_path):
    everything = load(*unpack_rules(tmp_path, "rules"))
    silent = {rule_id for rule_id, _ in everything.unfirable}
    assert len(everything.rules) + len(silent) + len({p.path for p in everything.errors}) == 3_141
    assert [str(problem) for problem in everything.errors] == []
